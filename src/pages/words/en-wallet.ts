import { createPluralizer } from "./plural.ts";

const plural = createPluralizer("en");
const credits = plural({ one: "# credit", other: "# credits" });

/** The words of what a user bought, in English. */
export const enOrders = {
  title: "Orders",
  lead: "Everything you've bought, with receipts and invoices.",
  paidOnly: "Paid",
  all: "All",
  show: "Show",
  none: "No orders yet",
  noneHint: "Plans, credits and agents you buy appear here.",
  seePricing: "See pricing",
  date: "Date",
  item: "Item",
  amount: "Amount",
  status: "Status",
  documents: "Documents",
  statuses: {
    pending: "Not paid",
    paid: "Paid",
    failed: "Failed",
    canceled: "Canceled",
    refunded: "Refunded",
    partlyRefunded: "Partly refunded",
    disputed: "Disputed",
  },
  receipt: "Receipt",
  receiptOf: (title: string) => `Receipt: ${title}`,
  invoice: "Invoice",
  pdf: "PDF",
  pdfOf: (title: string) => `Invoice as PDF: ${title}`,
  invoicePage: "Invoice online",
  invoicePdf: "Invoice (PDF)",
  noReceipt: "Stripe has no receipt for this order.",
  noInvoice: "There's no invoice for this order.",
  back: "All orders",
  order: "Order",
  paidOn: "Paid",
  subtotal: "Subtotal",
  discount: "Discount",
  tax: "Tax",
  total: "Total",
  refunds: "Refunds",
  refundOn: "Refunded",
  granted: "Includes",
  grants: {
    credits,
    plan: (plan: string) => `The ${plan} plan`,
    conversation: "Full access to one conversation",
    agent: "A license for this agent",
  },
  openConversation: "Open conversation",
  openAgent: "Open agent",
  reason: "Reason",
  unavailable: "Stripe can't be reached right now. Receipts and taxes appear here once it can.",
  refund: "Request refund",
  refundQuestion: (days: number) =>
    `Refund what you haven't used? Unused credits and access are removed, and the money ` +
    `goes back to ` +
    `your payment method within ${days} business days. You can't undo this.`,
  refundConfirm: "Refund unused part",
  refundUntil: (day: string) => `You can request a refund until ${day}.`,
  invoiceKind: "Subscription",
};

/** The words of the credits page, in English. */
export const enCredits = {
  title: "Credits",
  balance: "Balance",
  available: "Available",
  onHold: "On hold",
  onHoldNote: "Reserved for messages in progress",
  frozenAmount: "Frozen",
  frozenNote: "A payment is disputed",
  debt:
    "Your balance is negative because a payment was reversed. Your next top-up covers it " +
    "first.",
  add: "Add credits",
  packs: "Add credits",
  view: "Show",
  ledger: "Transactions",
  grants: "Credit purchases",
  when: "Date",
  what: "Description",
  amount: "Credits",
  after: "Balance after",
  remaining: "Remaining",
  of: "Original",
  expires: "Expires",
  never: "Never",
  frozen: "Frozen",
  back: "Refunded",
  none: "No transactions yet",
  noGrants: "No credits yet",
  changes: {
    grant_effective: "Credits activated",
    grant_expiry: "Credits expired",
    grant_void: "Credits removed after a refund",
    grant_restore: "Credits restored",
  },
  chatWith: (model: string) => `Message to ${model}`,
};

/** The words of the page of API keys, in English. */
export const enKeys = {
  title: "API keys",
  payFirst: "API keys come with your first payment.",
  toPricing: "See pricing",
  lead:
    "Use API keys to call the API from your apps. Anyone with a key can spend your " +
    "credits up to its limit.",
  create: "Create API key",
  name: "Name",
  nameHint: "For example, the app that uses it.",
  limit: "Credit limit (optional)",
  limitHint: "Leave empty for no limit.",
  period: "Limit resets",
  periods: { month: "Monthly", day: "Daily", at_once: "Never" },
  each: {
    month: "a month",
    day: "a day",
    hour: "an hour",
    minute: "a minute",
    at_once: "in total",
  },
  expires: "Expires (optional)",
  models: "Models (optional)",
  modelsHint: "Choose none to allow all models, also later ones.",
  modelsOf: (count: number) => (count === 1 ? "1 model" : `${count} models`),
  scopes: "Permissions",
  scopeTexts: {
    chat: "Chat: send messages and spend credits",
    read: "Read: see your usage, orders and settings",
    write: "Write: change your settings and agents, but not buy anything",
  },
  noScope: "Choose at least one.",
  made: "Your new API key",
  once: "Copy it now. You won't see it again.",
  key: "Key",
  limitColumn: "Limit",
  spent: (credits: string) => `${credits} spent, no limit`,
  createdAt: "Created",
  used: "Last used",
  never: "Never",
  expiresOn: (date: string) => `Expires ${date}`,
  manage: "Manage",
  all: "All API keys",
  edit: "Edit",
  save: "Save changes",
  keepDays: "Keep prompts and replies, in days (optional)",
  keepDaysHint: "Up to 30. You find them on each message's page. Leave empty to keep none.",
  disabled: "Disabled",
  isDisabled: "This key is disabled. Requests with it are refused.",
  rotate: "Rotate secret",
  rotateLead:
    "Replace the secret without downtime: you get a new one, and the old one keeps working while " +
    "you update your apps. The limit and the usage stay.",
  rotateQuestion: (name: string) => `Create a new secret for “${name}”?`,
  rotateConfirm: "Create new secret",
  overlap: "The old secret stops working",
  overlaps: {
    "0": "Right away, with all earlier ones",
    "3600": "In 1 hour",
    "86400": "In 24 hours",
    "604800": "In 7 days",
  },
  newSecret: "The new secret of your API key",
  oldSecretUntil: "An earlier secret of this key works until",
  stop: "Disable or revoke",
  disableLead:
    "A disabled key can be enabled again, a revoked one can't. Messages in progress are finished " +
    "either way.",
  enableLead: "Enable the key to use it again, or revoke it permanently.",
  disable: "Disable key",
  disableQuestion: (name: string) =>
    `Disable “${name}”? Apps that use it stop working until you enable it.`,
  enable: "Enable key",
  revoke: "Revoke",
  revokeQuestion: (name: string) =>
    `Revoke “${name}”? Apps that use it stop working right away. You can't undo this.`,
  revokeConfirm: "Revoke key",
  none: "No API keys yet",
};

/** The words after Stripe's page, in English. */
export const enSuccess = {
  title: "Payment received",
  confirming: "Confirming your payment",
  waiting: "This usually takes a few seconds; bank debits can take a few days.",
  waitingShort: "Waiting for Stripe…",
  again: "Refresh",
  added: (count: number) => `${credits(count)} added`,
  ready: (title: string) => `${title} is ready`,
  balance: (amount: string) => `Your balance is now ${amount} credits.`,
  receipt: "View order and receipt",
  failed: "Your payment didn't go through",
  cardHadTrial:
    "This card already had a free trial with another account, so the subscription was canceled. " +
    "You weren't charged. You can subscribe without a trial.",
  key: "Your new API key",
  keyOnce: "Copy it now. You won't see it again.",
  toConversation: "Back to your conversation",
  toAgent: "Chat",
  goOn: "Continue",
};

/** The words for a buyer who left Stripe's page, in English. */
export const enCancel = {
  title: "Checkout canceled",
  text: "You weren't charged.",
  back: "Back to pricing",
  goOn: "Continue",
};

/** The words of what is asked once before it is done, in English. */
export const enAsk = {
  cancelPlan: "Cancel plan",
  keepPlan: "Keep my plan",
  cancelQuestion: (plan: string, end: string) =>
    `Cancel ${plan}? You keep it until ${end} and won't be charged again. After that you ` +
    `move to the ` +
    "free plan and lose what only this plan includes. Credits you bought stay.",
  cancelReason: "Why are you canceling? (optional)",
  endSession: "End this session? That device has to sign in again.",
  endSessions: "End all other sessions? Every other device has to sign in again.",
  removePasskey: (name: string) => `Remove “${name}”? You can't sign in with it anymore.`,
  removePassword: "Remove your password? You can then only sign in with a passkey.",
  deleteAgent: (name: string) => `Delete ${name}? Buyers keep access. You can't undo this.`,
  unlistAgent: (name: string) =>
    `Take ${name} off the marketplace? Nobody else can buy it. Buyers keep access.`,
  deleteChat: "Delete this conversation and all its messages? You can't undo this.",
};

/** What is told after it was done, in English. */
export const enDone = {
  planCanceled: "Your plan is canceled. You keep it until {}.",
  planKept: "Your plan continues. It renews as before.",
  keyRevoked: "“{}” is revoked.",
  keySaved: "“{}” is saved.",
  keyDisabled: "“{}” is disabled.",
  keyEnabled: "“{}” is enabled.",
  refunded: "We refunded {}.",
  agentCreated: "{} is created.",
  agentSaved: "Changes saved.",
  agentListed: "{} is on the marketplace.",
  agentUnlisted: "{} is off the marketplace.",
  agentDeleted: "{} is deleted.",
  chatDeleted: "The conversation is deleted.",
};
