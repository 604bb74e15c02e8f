/** The groups of the reference, by how the paths in them begin. The first that fits is taken. */
const TAGS: readonly (readonly [path: RegExp, tag: string])[] = [
  [/^\/api\/admin\//, "Admin"],
  [/^\/api\/(auth|users|api-keys)\b/, "Sign-in and users"],
  [/^\/(api\/plans|v1\/models)\b/, "Catalog"],
  [/^\/api\/payments\/link\b/, "Buying"],
  [/^\/api\/payments\b/, "Payments"],
  [/^\/api\/(checkout|stripe-sessions|orders|invoices|billing|subscription)\b/, "Buying"],
  [/^\/(api\/webhooks|webhook|stripe)\//, "Buying"],
];

/** Returns the group of a path in the reference. */
export const tagOf = (path: string): string =>
  TAGS.find(([pattern]) => pattern.test(path))?.[1] ?? "Chat, agents, usage";
