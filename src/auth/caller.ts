import type { BaseEnv } from "../http/factory.ts";

export const ROLES = ["user", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** The caller of a request. A key has no admin's rights, even an admin's: its role is `user`. */
export interface Caller {
  readonly userId: string;
  readonly role: Role;
  /** The credential. A key is named by the SHA-256 (hex) of its text, as in the account object. */
  readonly via:
    | { readonly kind: "session"; readonly sessionId: string }
    | { readonly kind: "key"; readonly hash: string; readonly country?: string };
}

/** A caller who signed in. */
export interface SessionCaller extends Caller {
  readonly via: { readonly kind: "session"; readonly sessionId: string };
}

/** The environment of a route behind a guard, which adds the caller. */
export interface AuthEnv<C extends Caller = Caller> extends BaseEnv {
  Variables: BaseEnv["Variables"] & { caller: C };
}
