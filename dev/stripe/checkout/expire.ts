import type { Context } from "../context.ts";
import { emit } from "../events.ts";
import { cancelIntent } from "../payments/intent.ts";
import type { Session } from "../wire.ts";
import { intentIdOf } from "./intent.ts";

/**
 * Ends an open session: nobody can pay it any more, and an attempt that was under way is cancelled.
 */
export function expireSession(ctx: Context, session: Session): Session {
  const expired = ctx.store.sessions.put({ ...session, status: "expired", url: null });
  emit(ctx, "checkout.session.expired", expired);
  const intent = ctx.store.paymentIntents.get(intentIdOf(ctx, session) ?? "");
  if (intent !== undefined && intent.status !== "succeeded") {
    cancelIntent(ctx, intent, "expired");
  }
  return expired;
}

/** Ends the sessions whose time is over. */
export function expireDueSessions(ctx: Context): void {
  for (const session of ctx.store.sessions.oldestFirst()) {
    if (session.status === "open" && session.expires_at <= ctx.nowSeconds())
      expireSession(ctx, session);
  }
}
