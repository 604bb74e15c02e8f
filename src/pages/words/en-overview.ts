import { createPluralizer } from "./plural.ts";

const plural = createPluralizer("en");

/** The words of the overview of a reader's own account in English. */
export const enOverview = {
  title: "Overview",
  balance: "Credit balance",
  /** What the balance would cost to buy. */
  worth: (amount: string) => `≈ ${amount}`,
  exactly: plural({ one: "# credit", other: "# credits" }),
  addCredits: "Add credits",
  debt: "Your balance is negative because credits were deducted. Your next top-up covers it first.",
  low: "Your balance is running low.",
  freeTaken:
    "This account has no free messages: another account with your mailbox uses them or used them " +
    "in the last month. You can still buy a plan or credits.",
  messagesToday: "Messages today",
  messages30: plural({ one: "# message in 30 days", other: "# messages in 30 days" }),
  spend: "Credits used, 30 days",
  tokens: "Tokens, 30 days",
  plan: "Plan",
  changePlan: "Change plan",
  manage: "Manage billing",
  renews: (when: string) => `Renews ${when}`,
  ends: (when: string) => `Ends ${when}`,
  trial: (when: string) => `Free trial until ${when}`,
  pastDue: (when: string, plan: string) =>
    `Your last payment failed. Update your card by ${when} to keep ${plan}.`,
  planUsage: "Plan usage",
  noMeters: "Your plan has no included usage. Messages use credits.",
  resets: (when: string) => `Resets ${when}`,
  thenEach: (each: string, most: string | null) =>
    `Then ${each} each${most === null ? "" : ` (up to ${most} more)`}.`,
  beyond: (count: string, each: string | null) =>
    `${count} over your plan's limit${each === null ? "" : ` at ${each} each`}, added to your ` +
    "next invoice.",
  usage: "Usage",
  measure: "Show",
  measures: { credits: "Credits", messages: "Messages", tokens: "Tokens" },
  usageOf: (measure: string) => `${measure} by model, last 30 days`,
  viewActivity: "View activity",
  emptyTitle: "No usage yet",
  emptyText: "Your messages, tokens and credits appear here after your first message.",
  firstMessage: "Send your first message",
  createKey: "Create API key",
  expiring: "Expiring credits",
  expires: (amount: string, when: string) => `${amount} on ${when}`,
  exportData: "Export your data (JSON)",
};
