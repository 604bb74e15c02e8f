import type { Context } from "../context.ts";
import { followIntent } from "../invoices/follow-intent.ts";
import { type Attempted, aftermath } from "./attempt.ts";

/** What follows from an attempt to pay an intent that no checkout session made. */
export function follow(ctx: Context, attempted: Attempted): void {
  followIntent(ctx, attempted.intent);
  aftermath(ctx, attempted);
}
