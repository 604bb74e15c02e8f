import type { Context } from "../context.ts";
import { type Attempted, aftermath } from "./attempt.ts";

/** What follows from an attempt to pay an intent that no checkout session made. */
export function follow(ctx: Context, attempted: Attempted): void {
  aftermath(ctx, attempted);
}
