import { enAdminAudit } from "./en-admin-audit.ts";
import { enAdminCatalog } from "./en-admin-catalog.ts";
import { enAdminKeys } from "./en-admin-keys.ts";
import { enAdminLists } from "./en-admin-lists.ts";
import { enAdminSales } from "./en-admin-sales.ts";
import { enAdminSystem } from "./en-admin-system.ts";
import { enAdminUsers } from "./en-admin-users.ts";
import { createPluralizer } from "./plural.ts";

const plural = createPluralizer("en");

/** The words of the operator's pages in English. */
export const enAdmin = {
  lists: enAdminLists,
  log: enAdminAudit,
  sale: enAdminSales,
  system: enAdminSystem,
  shop: enAdminCatalog,
  customer: enAdminUsers,
  keys: enAdminKeys,
  label: "Admin",
  overview: "Overview",
  users: "Users",
  usage: "Usage",
  orders: "Orders",
  events: "Webhooks",
  drift: "Drift",
  audit: "Audit log",
  mails: "Emails",
  catalog: "Catalog",
  filter: "Show",
  from: "From",
  to: "To",
  user: "User",
  plan: "Plan",
  status: "Status",
  kind: "Kind",
  amount: "Amount",
  reason: "Reason",
  never: "never",
  none: "none",
  revenue: (currency: string) => `Revenue in ${currency}`,
  noRevenue: "Nothing was sold on these days.",
  recurring: "Each month from subscriptions",
  subscriptions: plural({ one: "# subscription", other: "# subscriptions" }),
  activeUsers: "Active users",
  day: "Day",
  paid: "Paid",
  back: "Refunded",
  net: "Net",
  cost: "Its cost",
  margin: "Margin",
  noCreditValue: "Set CREDIT_VALUE to see the margin, and each model's cost in the catalog.",
  topUsers: "Top users",
  role: "Role",
  roles: { user: "User", admin: "Admin" },
  email: "Email",
  name: "Name",
  signedUp: "Signed up",
  firstPaid: "First paid",
  balance: "Credits",
  credits: "Credits",
  change: "Change",
  kinds: {
    plan: "Plan or pack",
    subscription: "Subscription",
    conversation: "Conversation",
    agent: "Agent",
  },
  orderStatuses: {
    pending: "pending",
    completed: "completed",
    failed: "failed",
    refunded: "refunded",
    disputed: "disputed",
  },
  subject: "Subject",
  plans: "Plans",
  models: "Models",
  numberProblem: "Enter a number.",
};
