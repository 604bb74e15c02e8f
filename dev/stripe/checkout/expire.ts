import type { Context } from "../context.ts";
import { emit } from "../events.ts";
import { cancelIntent } from "../payments/intent.ts";
import type { Session } from "../wire.ts";
import { intentIdOf } from "./intent.ts";

/** Expires an open session: it can no longer be paid, and an attempt in progress is cancelled. */
export function expireSession(ctx: Context, session: Session): Session {
  const expired = ctx.store.sessions.put({ ...session, status: "expired", url: null });
  emit(ctx, "checkout.session.expired", expired);
  const intent = ctx.store.paymentIntents.get(intentIdOf(ctx, session) ?? "");
  if (intent !== undefined && intent.status !== "succeeded") {
    cancelIntent(ctx, intent, "expired");
  }
  return expired;
}

/** Expires the sessions that are due. */
export function expireDueSessions(ctx: Context): void {
  for (const session of ctx.store.sessions.oldestFirst()) {
    if (session.status === "open" && session.expires_at <= ctx.nowSeconds())
      expireSession(ctx, session);
  }
}
