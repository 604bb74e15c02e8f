import type { BaseEnv } from "../http/factory.ts";

export const ROLES = ["user", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Who is calling. A key never carries its owner's admin rights: its role is always `user`. */
export interface Caller {
  readonly userId: string;
  readonly role: Role;
  /** A key by the SHA-256 (hex) of its text, as the account object knows it. */
  readonly via:
    | { readonly kind: "session"; readonly sessionId: string }
    | { readonly kind: "key"; readonly hash: string };
}

/** A person who signed in. */
export interface SessionCaller extends Caller {
  readonly via: { readonly kind: "session"; readonly sessionId: string };
}

/** What the middlewares of `guard.ts` add to a request. */
export interface AuthEnv<C extends Caller = Caller> extends BaseEnv {
  Variables: BaseEnv["Variables"] & { caller: C };
}
