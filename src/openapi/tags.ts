/** The groups in the order in which a reader needs them. */
export const TAG_NAMES = [
  "Chat",
  "Conversations",
  "Agents",
  "Plans and models",
  "Usage and credits",
  "API keys",
  "Checkout",
  "Orders and invoices",
  "Subscriptions",
  "Payments",
  "Authentication",
  "Users",
  "Customers",
  "Webhooks",
  "Other",
  "Admin",
] as const;

type TagName = (typeof TAG_NAMES)[number];

/** The groups of the reference, by how the paths in them begin. The first that fits is taken. */
const TAGS: readonly (readonly [path: RegExp, tag: TagName])[] = [
  [/^\/api\/admin\//, "Admin"],
  [/^\/api\/auth\b/, "Authentication"],
  [/^\/api\/api-keys\b/, "API keys"],
  [/^\/api\/(users|mails)\b/, "Users"],
  [/^\/api\/(customers|sessions)\b/, "Customers"],
  [/^\/(api\/plans|api\/brand|v1\/models)\b/, "Plans and models"],
  [/^\/(v1|api\/chat)\b/, "Chat"],
  [/^\/api\/conversations\b/, "Conversations"],
  [/^\/api\/(agents|marketplace)\b/, "Agents"],
  [/^\/api\/(usage|credits|features)\b/, "Usage and credits"],
  [/^\/api\/payments\/link\b/, "Checkout"],
  [/^\/api\/payments\b/, "Payments"],
  [/^\/api\/(checkout|stripe-sessions)\b/, "Checkout"],
  [/^\/api\/(subscription|billing)\b/, "Subscriptions"],
  [/^\/api\/(orders|invoices|payment-methods)\b/, "Orders and invoices"],
  [/^\/(api\/webhooks|webhook|stripe)\//, "Webhooks"],
];

/** Returns the group of a path in the reference. */
export const tagOf = (path: string): TagName =>
  TAGS.find(([pattern]) => pattern.test(path))?.[1] ?? "Other";
