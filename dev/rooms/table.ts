import type { Rooms } from "./borders.ts";

/** The kernel's words: they import nothing, so that everything may import them. */
const WORDS = [
  "actor.ts",
  "errors.ts",
  "ids.ts",
  "languages.ts",
  "meters.ts",
  "time.ts",
  "units.ts",
];

/** A file of the kernel that imports nothing. */
const word = (purpose: string) => ({
  purpose,
  mayImport: [],
  instead: "The kernel's words import nothing, so that everything may import them.",
});

/** The words, and rooms by their names. */
const wordsAnd = (...names: string[]) => [...WORDS, ...names.flatMap((some) => some.split(" "))];

/** The surroundings with which a verb of any room works. */
const VERB =
  "config.ts context.ts converge.ts db.ts digest.ts env.ts for-each-due.ts in-list.ts log.ts";

/** An inner room of billing: what it may import of billing, and of the rooms below billing. */
const billing = (purpose: string, inner: string, outer = "") => ({
  purpose,
  mayImport: wordsAnd(
    VERB,
    "http object catalog audit account auth",
    "billing/tables.ts",
    ...inner.split(" ").flatMap((name) => (name === "" ? [] : [`billing/${name}`])),
    ...(outer === "" ? [] : [outer]),
  ),
  instead: "An inner room of billing imports only those below it: see src/billing/README.md.",
});

const ORDERING = "stripe access payments entitlement stripe-catalog orders";
const SUBSCRIBING = `${ORDERING} subscriptions subscriptions/invoices subscriptions/sync`;

/** An inner room of account. */
const account = (purpose: string, inner: string) => ({
  purpose,
  mayImport: wordsAnd(
    "db.ts env.ts in-list.ts json.ts log.ts object",
    ...inner.split(" ").map((name) => `account/${name}`),
  ),
  instead: "account moves value and knows no other room and no HTTP: pass facts in, return values.",
});

/** An inner room of auth. */
const auth = (purpose: string, inner: string) => ({
  purpose,
  mayImport: wordsAnd(
    VERB,
    "http object catalog audit brand mail account",
    "auth/caller.ts auth/tables.ts auth/token-cache.ts",
    ...inner.split(" ").flatMap((name) => (name === "" ? [] : [`auth/${name}`])),
  ),
  instead: "auth says who is calling. Buying, chatting and showing belong to the rooms above it.",
});

/**
 * The rooms of src, from the lowest to the highest, and what each may import: anything else is
 * refused. A room inside another ("billing/orders", "billing/tables.ts") has a list of its own.
 */
export const ROOMS: Rooms = {
  "actor.ts": word("the person or system that does something"),
  "errors.ts": word("every way in which a request can be refused"),
  "ids.ts": word("ids, with a prefix for each kind"),
  "languages.ts": word("the languages of pages and mails"),
  "meters.ts": word("what can be counted, and what a plan includes of it"),
  "time.ts": word("milliseconds, ISO times, UTC days, intervals"),
  "units.ts": word("credits, money, and how they are written"),
  "converge.ts": word("repeats reading and applying until nothing changes"),
  "digest.ts": word("SHA-256 and HMAC in hex"),
  "in-list.ts": word("SQL conditions on lists of any length"),
  "json.ts": word("JSON texts that remember their type"),
  "log.ts": word("one line of JSON for each event"),
  "env.ts": word("the bindings of the Worker"),
  "db.ts": { purpose: "D1, and what may be logged of its errors", mayImport: [] },
  "provider-settings.ts": { purpose: "the setting of providers to sign in by", mayImport: [] },
  "brand-settings.ts": { purpose: "the settings of the operator's brand", mayImport: [] },
  "checkout-settings.ts": { purpose: "the settings of Stripe's checkout pages", mayImport: [] },
  "example-settings.ts": word("the values of the examples, on which nothing deployed may run"),
  "setup-problems.ts": {
    purpose: "what keeps Farebox from running, and what its operator does about it",
    mayImport: ["errors.ts", "example-settings.ts"],
  },
  "config.ts": {
    purpose: "the settings, checked",
    mayImport: [
      ...WORDS,
      "brand-settings.ts",
      "checkout-settings.ts",
      "provider-settings.ts",
      "example-settings.ts",
      "setup-problems.ts",
    ],
  },
  "seal.ts": { purpose: "encryption of what is kept for a while", mayImport: ["config.ts"] },
  "context.ts": {
    purpose: "the context of a request or run",
    mayImport: ["actor.ts", "config.ts", "db.ts", "env.ts"],
  },
  "for-each-due.ts": {
    purpose: "the loop of the cron's jobs",
    mayImport: ["db.ts", "errors.ts", "log.ts"],
  },
  object: {
    purpose: "what both Durable Objects share: migrations, long rows, calls that may fail",
    mayImport: wordsAnd("db.ts log.ts"),
    isOpen: true,
  },
  http: {
    purpose: "what all routes share on the wire",
    mayImport: wordsAnd("config.ts context.ts digest.ts env.ts"),
    instead: "http is what all routes share; it knows no room. Pass in what it needs.",
    isOpen: true,
  },
  catalog: {
    purpose: "plans, packs, prices and models: a leaf",
    mayImport: wordsAnd(VERB, "http"),
    instead: "catalog is a leaf. Rooms that use it import it.",
  },
  audit: {
    purpose: "the log of money that moved and of what admins did: a leaf",
    mayImport: wordsAnd("db.ts http"),
    instead: "audit is a leaf: it records what others did and knows none of them.",
  },
  brand: {
    purpose: "the name, colors and addresses that customers see: a leaf",
    mayImport: wordsAnd(VERB, "http brand-settings.ts audit"),
    instead: "brand is a leaf: pass in what a page or letter tells.",
  },
  upstream: {
    purpose: "model providers behind one interface: a leaf",
    mayImport: wordsAnd("config.ts db.ts log.ts"),
    instead: "upstream is a leaf: it calls model providers and knows no other room.",
  },
  mail: {
    purpose: "an outbox of mails, and the services that send them: a leaf",
    mayImport: wordsAnd(VERB, "http seal.ts brand"),
    instead: "mail is a leaf: pass in what a letter tells.",
  },
  checks: {
    purpose: "what was last seen to work: a leaf",
    mayImport: wordsAnd("db.ts"),
    instead: "checks is a leaf: it remembers what others saw and knows none of them.",
  },
  "account/types.ts": account("commands and answers of a credit account", "ledger"),
  "account/rpc-result.ts": account("the form of a Result that RPC methods return", "types.ts"),
  "account/ledger": account(
    "entries, their fold, grants, debts and what time makes due",
    "types.ts",
  ),
  "account/reporting": account("usage, overage and notices on their way to D1", "ledger types.ts"),
  "account/stores": account("keys, kept answers and the request window", "ledger types.ts"),
  "account/account.ts": account("one account, loaded", "ledger reporting stores types.ts"),
  "account/methods": account(
    "one verb of an account in each file",
    "account.ts ledger stores types.ts",
  ),
  "account/next-wake.ts": account("when the object wakes next", "account.ts ledger reporting"),
  "account/credit-account.ts": account("the Durable Object", "*"),
  "account/account-client.ts": account("the object as other rooms call it", "*"),
  "account/index.ts": account("the front door", "*"),
  "auth/caller.ts": auth("the caller of a request", ""),
  "auth/tables.ts": auth("the tables of users and sessions", ""),
  "auth/token-cache.ts": auth("credentials that were verified lately", ""),
  "auth/passwords": auth("hashing and rules", ""),
  "auth/users": auth("users and their views", "passwords"),
  "auth/verification": auth("links and codes of mails", "users"),
  "auth/factors": {
    ...auth("authenticator apps, recovery codes and passkeys", "passwords users"),
    mayImport: [...auth("", "passwords users").mayImport, "seal.ts"],
  },
  "auth/sessions": auth("signing in, tokens and cookies", "factors passwords users verification"),
  "auth/providers": {
    ...auth("signing in by Google, GitHub and others", ""),
    mayImport: [
      ...auth("", "factors passwords sessions users").mayImport,
      "seal.ts",
      "provider-settings.ts",
    ],
  },
  "auth/notices": auth("mails about an account, and which of them its user wants", "users"),
  "auth/keys": auth("API keys on the wire", "notices users"),
  "auth/external": auth("users of the founder's own backend", "passwords users"),
  "auth/management": auth("management keys on the wire", "external keys"),
  "auth/replay-idempotent.ts": {
    ...auth("answers to a repeated Idempotency-Key", ""),
    mayImport: [...auth("", "").mayImport, "seal.ts"],
  },
  "auth/guard.ts": auth(
    "middleware that checks the caller",
    "external keys management sessions replay-idempotent.ts",
  ),
  "auth/limit-requests.ts": auth("how often anybody may ask", "guard.ts sessions"),
  "auth/own-session-routes.ts": auth("/api/auth/sessions", "guard.ts sessions"),
  "auth/own-email-routes.ts": auth("/api/auth/email", "guard.ts users verification"),
  "auth/routes.ts": auth(
    "/api/auth",
    "factor-routes.ts factors guard.ts own-session-routes.ts passwords sessions users",
  ),
  "auth/factor-routes.ts": auth(
    "how a caller signs in",
    "factors guard.ts passwords sessions users",
  ),
  "auth/verification-routes.ts": auth(
    "/api/auth: mails",
    "guard.ts passwords sessions users verification",
  ),
  "auth/provider-routes.ts": auth("/api/auth/providers", "providers sessions"),
  "auth/identity-routes.ts": auth("/api/auth/identities", "guard.ts passwords providers sessions"),
  "auth/user-routes.ts": auth("/api/users", "guard.ts passwords sessions users verification"),
  "auth/mail-preference-routes.ts": auth("/api/users: mail preferences", "guard.ts notices users"),
  "auth/key-routes.ts": auth("/api/api-keys", "guard.ts keys users"),
  "auth/index.ts": auth("the front door", "*"),
  "billing/tables.ts": { purpose: "the tables of billing", mayImport: [] },
  "billing/stripe": billing("calls to Stripe, its values, customers and failures", "", "seal.ts"),
  "billing/access": billing("who may see and how often somebody may pay", "stripe"),
  "billing/payments": billing("the state of a payment, and its reversals", "stripe"),
  "billing/entitlement": billing("the plan that a user has now", "stripe"),
  "billing/stripe-catalog": billing("the catalog at Stripe", "stripe"),
  "billing/orders": billing("one sale: its terms, payment and fulfilment", ORDERING, "seal.ts"),
  "billing/subscriptions": billing("rows of subscriptions, their views and overage", ORDERING),
  "billing/subscriptions/invoices": billing(
    "credits that invoices give and take",
    `${ORDERING} subscriptions`,
  ),
  "billing/subscriptions/sync": billing(
    "subscriptions brought to Stripe's state",
    `${ORDERING} subscriptions subscriptions/invoices`,
  ),
  "billing/subscriptions/change": billing("subscribing, changing and ending", SUBSCRIBING),
  "billing/subscriptions/routes": billing(
    "/api/subscription and its like",
    `${SUBSCRIBING} subscriptions/change`,
  ),
  "billing/sync": billing("Stripe's events, and everything else that syncs", SUBSCRIBING, "checks"),
  "billing/setup": billing(
    "what the operator sets up at Stripe",
    "stripe subscriptions/change sync",
    "example-settings.ts",
  ),
  "billing/checkout": billing(
    "Stripe's pages for buyers",
    `${SUBSCRIBING} subscriptions/change sync`,
  ),
  "billing/sales": billing("what other rooms sell", `${SUBSCRIBING} sync checkout`),
  "billing/refunds": billing("money back on request", `${SUBSCRIBING} sync`),
  "billing/customers": billing(
    "customers, payment methods, invoices",
    `${SUBSCRIBING} sync sales checkout`,
  ),
  "billing/drift": billing("differences between here and Stripe", `${SUBSCRIBING} sync`),
  "billing/reports": billing("sales and revenue for the operator", SUBSCRIBING),
  "billing/index.ts": billing("the front door", "*"),
  kept: {
    purpose: "prompts and replies that a key has kept",
    mayImport: wordsAnd("db.ts env.ts log.ts http object"),
    instead: "kept only calls the user's ChatHistory; whose it is, is decided by its callers.",
  },
  chat: {
    purpose: "one paid completion: authorize, call, relay, settle",
    mayImport: wordsAnd(VERB, "json.ts http object account audit auth catalog kept upstream"),
    instead: "chat works under a hold of account's; how it was paid for is billing's.",
  },
  surfaces: {
    purpose: "other front ends of a paid chat, translated to and from the core's",
    mayImport: wordsAnd(VERB, "json.ts http object account auth catalog chat"),
    instead: "a surface translates; what is held, called and charged is chat's.",
  },
  endpoints: {
    purpose: "OpenAI's endpoints beside chats: embeddings, images, audio, moderations",
    mayImport: wordsAnd(VERB, "http object account auth catalog chat upstream"),
    instead: "an endpoint works under a hold as chat does; what it costs is account's.",
  },
  agents: {
    purpose: "agents and the marketplace of licences to them",
    mayImport: wordsAnd(VERB, "http object account audit auth billing catalog"),
    instead: "agents touch money only through billing, and never chat: conversations does.",
  },
  usage: {
    purpose: "what users see of their own account",
    mayImport: wordsAnd(VERB, "http object account agents audit auth catalog kept"),
    instead: "usage shows what account returns, and how many agents there are; it decides nothing.",
  },
  conversations: {
    purpose: "conversations and their messages",
    mayImport: wordsAnd(
      VERB,
      "json.ts http object account agents audit auth billing catalog chat kept",
    ),
    instead: "conversations talks to models through chat and sells through billing.",
  },
  setup: {
    purpose: "whether Farebox is ready, and what is left to set up",
    mayImport: wordsAnd(
      VERB,
      "http object account audit auth billing catalog checks mail upstream",
    ),
    instead: "setup looks at other rooms by their front doors.",
  },
  admin: {
    purpose: "the operator's view",
    mayImport: wordsAnd(
      VERB,
      "http object account agents audit auth billing brand catalog mail setup usage",
    ),
    instead: "admin is the operator's view; it does not chat.",
  },
  erasure: {
    purpose: "the deletion of a user, room by room",
    mayImport: wordsAnd(
      VERB,
      "http object account agents audit auth billing catalog conversations mail",
    ),
    instead: "erasure calls each room through its front door, in one list.",
  },
  customers: {
    purpose: "the users of the founder's own backend, by its ids",
    mayImport: wordsAnd(VERB, "http object account audit auth erasure"),
    instead: "customers names users by another id; what they have is other rooms'.",
  },
  export: {
    purpose: "everything that a user has, in one document",
    mayImport: wordsAnd(
      VERB,
      "http object account agents audit auth billing catalog conversations kept usage",
    ),
    instead: "export reads what the rooms below it hand out; it changes nothing.",
  },
  openapi: {
    purpose: "the description of the wire",
    mayImport: wordsAnd("http brand"),
    instead: "openapi only assembles: schemas and failures stand at the route.",
  },
  "wire.ts": {
    purpose: "every route, and the type of them",
    mayImport: wordsAnd(
      VERB,
      "setup-problems.ts http admin agents auth billing brand catalog chat conversations",
      "customers endpoints erasure export setup surfaces usage",
    ),
  },
  pages: {
    purpose: "what a person sees in a browser",
    mayImport: wordsAnd(
      "config.ts context.ts env.ts log.ts setup-problems.ts example-settings.ts wire.ts http",
      "auth brand catalog mail",
    ),
    instead: "pages use the wire as any client does.",
  },
  "app.ts": {
    purpose: "the wire, its description and the pages, mounted",
    mayImport: wordsAnd("wire.ts http brand chat openapi pages"),
  },
  "cron.ts": {
    purpose: "the jobs of every minute",
    mayImport: wordsAnd(VERB, "admin agents auth billing checks erasure mail"),
  },
  "index.ts": {
    purpose: "the entry of the Worker",
    mayImport: ["app.ts", "cron.ts", "env.ts", "account", "conversations"],
  },
};
