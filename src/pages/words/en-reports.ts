import { createPluralizer } from "./plural.ts";

const plural = createPluralizer("en");

/** The words of the operator's figures in English. */
export const enReports = {
  overview: "Overview",
  usage: "Usage",
  custom: "Custom range",
  from: "From",
  to: "To",
  apply: "Apply",
  currency: "Currency",
  netRevenue: "Net revenue",
  mrr: "MRR",
  mrrNote: plural({ one: "# active subscription", other: "# active subscriptions" }),
  activeUsers: "Active users",
  churnRate: "Subscription churn",
  churnNote: (churned: string, before: string | null) =>
    `${churned} churned${before === null ? "" : ` · ${before} before`}`,
  trialConversion: "Trial conversion",
  trialNote: (converted: string, ended: string) => `${converted} of ${ended} converted`,
  revenue: "Revenue",
  revenueOf: (currency: string) => `Revenue in ${currency}`,
  net: "Net",
  gross: "Gross",
  refunds: "Refunds",
  revenueHint:
    "Refunds and lost disputes count on the day of the sale. Taxes are included, and Stripe's " +
    "fees aren't deducted.",
  noRevenue: "No sales in this period.",
  attention: "Needs attention",
  failedEvents: plural({
    one: "# webhook event failed",
    other: "# webhook events failed",
  }),
  dispute: (amount: string) => `Dispute of ${amount}`,
  respondBy: (when: string) => `Respond by ${when}`,
  noDeadline: "Check the deadline in Stripe",
  pastDue: "Payment past due",
  since: (when: string) => `Since ${when}`,
  allClear: "Nothing needs your attention.",
  subscriptions: "Subscriptions",
  active: "Active",
  started: "Started",
  ended: "Ended",
  churned: "Churned",
  trialsStarted: "Trials started",
  trialsConverted: "Trials converted",
  orders: "Orders",
  topCustomers: "Top customers",
  customer: "Customer",
  erased: "Deleted account",
  messages: "Messages",
  tokens: "Tokens",
  credits: "Credits charged",
  model: "Model",
  inputTokens: "Input tokens",
  outputTokens: "Output tokens",
  cost: "Provider cost",
  margin: "Margin",
  marginHint:
    "Margin is an estimate: credits charged at CREDIT_VALUE, minus provider cost. Usage included " +
    "in plans is charged no credits.",
  noCreditValue: "Set CREDIT_VALUE, and each model's cost in the catalog, to see margins.",
  measure: "Show",
  measures: { credits: "Credits", messages: "Messages", tokens: "Tokens" },
  usageOf: (measure: string) => `${measure} by model`,
  byModel: "By model",
  providers: "Model providers",
  provider: "Provider",
  unknownProvider: "Unknown",
  earned: "Earned",
  providersHint:
    "Earned is the value of the credits charged (CREDIT_VALUE). Unknown: chats from before " +
    "providers were recorded.",
  none: "No usage in this period.",
};
