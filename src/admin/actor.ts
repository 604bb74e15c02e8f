import type { Actor } from "../audit/index.ts";
import type { Caller } from "../auth/index.ts";

/** An admin as the audit log names one. */
export const toAdminActor = (caller: Caller): Actor => ({ kind: "admin", id: caller.userId });
