/**
 * What a route does, in words, and with which status it answers when all is well (200 unless said).
 */
export type Operation = string | { readonly what: string; readonly status: 201 | 204 };

const created = (what: string): Operation => ({ what, status: 201 });
const noContent = (what: string): Operation => ({ what, status: 204 });

const AUTH = {
  "POST /api/auth/register": created("Signs a user up, and in."),
  "POST /api/auth/login": "Signs in. A wrong address and a wrong password look the same.",
  "POST /api/auth/refresh":
    "Gives a new pair of tokens for a refresh token, which works once; reusing one ends its whole family.",
  "POST /api/auth/logout": noContent("Ends the session of a refresh token."),
  "POST /api/auth/password": noContent("Changes the password, and ends every other session."),
  "GET /api/users/:userId": "A user with plan and balance; `me` is the caller.",
  "PATCH /api/users/:userId": "Changes the name, or with the current password the address.",
  "DELETE /api/users/:userId": noContent(
    "Erases a user: the account with all that is in it, and what is known of the person.",
  ),
  "POST /api/api-keys": created(
    "Makes an API key. Its text is in this one answer, and nowhere else.",
  ),
  "GET /api/api-keys": "The caller's API keys, with what each has spent.",
  "DELETE /api/api-keys/:keyId": "Revokes a key, from the next request on.",
} as const satisfies Operations;

const CATALOG = {
  "GET /api/plans": "Plans and packs, in the operator's order.",
  "GET /api/plans/active": "Those that are sold now.",
  "GET /api/plans/:idOrSlug": "A plan by its id or slug.",
  "GET /v1/models": "The models that may be used, with their prices in credits per million tokens.",
  "GET /v1/models/:id": "One model.",
} as const satisfies Operations;

const CHECKOUT = {} as const satisfies Operations;

const PAYMENTS = {} as const satisfies Operations;

const CHAT = {
  "GET /v1/credits": "Credits and usage in all, as OpenRouter tells them.",
  "GET /v1/key": "The API key that asks, as OpenRouter tells it.",
  "GET /api/usage": "Allowances and credits.",
  "GET /api/usage/daily": "What was used on each day, by model; as CSV when asked.",
  "GET /api/usage/chats": "The caller's latest chats: model, tokens, cost.",
  "GET /api/credits": "The balance.",
  "GET /api/credits/ledger": "Every entry that moved the balance, newest first.",
  "GET /api/credits/grants": "Every grant of credits, newest first.",
} as const satisfies Operations;

const ADMIN = {} as const satisfies Operations;

type Operations = Readonly<Record<string, Operation>>;

/** Every route of the wire, by its method and path as Hono has it, by what it belongs to. */
export const OPERATIONS: Readonly<Record<string, Operations>> = {
  "Sign-in and users": AUTH,
  Catalog: CATALOG,
  Buying: CHECKOUT,
  Payments: PAYMENTS,
  "Chat, agents, usage": CHAT,
  Admin: ADMIN,
};

/** Paths that are known under another name as well. */
const ALIASES: readonly (readonly [alias: string, path: string])[] = [
  ["/api/characters", "/api/agents"],
  ["/webhook/stripe", "/api/webhooks/stripe"],
  ["/stripe/webhook", "/api/webhooks/stripe"],
];

/** What is told of a route. `name`: its method and path, those of the first of its names. */
export interface DocumentedRoute {
  readonly tag: string;
  readonly name: string;
  readonly operation: Operation;
}

/** What a route is documented with. @param path as Hono has it */
export function findOperation(method: string, path: string): DocumentedRoute | undefined {
  const plain = path.replaceAll(/\{[^}]*\}/g, "");
  const alias = ALIASES.find(([name]) => plain === name || plain.startsWith(`${name}/`));
  const key = `${method} ${alias === undefined ? plain : alias[1] + plain.slice(alias[0].length)}`;
  for (const [tag, operations] of Object.entries(OPERATIONS)) {
    const operation = Object.hasOwn(operations, key) ? operations[key] : undefined;
    if (operation !== undefined) return { tag, name: key, operation };
  }
  return undefined;
}
