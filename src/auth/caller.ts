import type { BaseEnv } from "../http/factory.ts";

export const ROLES = ["user", "admin"] as const;
export type Role = (typeof ROLES)[number];

/**
 * The scopes of a management key. `users`: the founder's users, with their data. `sessions`: tokens
 * for them, and requests on their behalf. `credits`: grants and deductions. `catalog`: plans and
 * models. `read`: whatever is only read.
 */
export const MANAGEMENT_SCOPES = ["users", "sessions", "credits", "catalog", "read"] as const;
export type ManagementScope = (typeof MANAGEMENT_SCOPES)[number];

/** The management key of a request, as its row in D1 has it. */
interface ManagementCredential {
  readonly kind: "management";
  readonly keyId: string;
  readonly scopes: readonly ManagementScope[];
  /** The user on whose behalf it asks, by the founder's own id; null where it names none. */
  readonly externalId: string | null;
}

/**
 * The caller of a request. A key has no admin's rights, even an admin's: its role is `user`. A
 * management key that names no user is a caller of its own: then `userId` is the key's id.
 */
export interface Caller {
  readonly userId: string;
  readonly role: Role;
  /** The credential. A key is named by the SHA-256 (hex) of its text, as in the account object. */
  readonly via:
    | { readonly kind: "session"; readonly sessionId: string }
    | { readonly kind: "key"; readonly hash: string; readonly country?: string }
    | ManagementCredential;
}

/** A management key as a caller. */
export interface ManagementCaller extends Caller {
  readonly via: ManagementCredential;
}

/** A caller who signed in. */
export interface SessionCaller extends Caller {
  readonly via: { readonly kind: "session"; readonly sessionId: string };
}

/** The environment of a route behind a guard, which adds the caller. */
export interface AuthEnv<C extends Caller = Caller> extends BaseEnv {
  Variables: BaseEnv["Variables"] & { caller: C };
}
