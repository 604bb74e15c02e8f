import type { ManagementScope } from "../auth/index.ts";

/** Some routes of `/api/admin`, which a scope opens to management keys. */
interface Opening {
  readonly scope: ManagementScope;
  readonly methods: readonly string[];
  /** The path after `/api/admin`. */
  readonly path: RegExp;
}

const READING = ["GET"];

/**
 * The routes of `/api/admin` that management keys may call, and the scope that each takes; `read`
 * reads all of them. It is the only such list: what is not in it is for admins alone. Nothing in it
 * makes admins or keys, ends sessions, shows mails or Stripe's events, or refunds money.
 */
const OPENINGS: readonly Opening[] = [
  { scope: "users", methods: READING, path: /^\/users(\/[^/]+)?$/ },
  { scope: "credits", methods: ["GET", "POST"], path: /^\/users\/[^/]+\/grants$/ },
  {
    scope: "catalog",
    methods: ["GET", "POST", "PATCH", "DELETE"],
    path: /^\/(plans|models)(\/.+)?$/,
  },
  { scope: "catalog", methods: ["POST"], path: /^\/catalog\/push$/ },
  {
    scope: "read",
    methods: READING,
    path: /^\/(usage|revenue|stats|drift|audit|orders|subscriptions|invoices|disputes)(\/[^/]+)?$/,
  },
];

const BASE = "/api/admin";

/**
 * Returns the scopes by any of which a management key may call a route of `/api/admin`.
 * @param path of a request, or a route's pattern (`/api/admin/users/:userId`)
 */
export function managementScopesOf(method: string, path: string): readonly ManagementScope[] {
  const inAdmin = path.slice(BASE.length);
  const opening = OPENINGS.find((each) => each.methods.includes(method) && each.path.test(inAdmin));
  if (opening === undefined) return [];
  return method === "GET" && opening.scope !== "read" ? [opening.scope, "read"] : [opening.scope];
}
