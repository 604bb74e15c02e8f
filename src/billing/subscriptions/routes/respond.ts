import type { Context } from "hono";
import type { AuthEnv } from "../../../auth/index.ts";
import type { Result } from "../../../errors.ts";
import { refuse } from "../../../http/respond.ts";
import { showSubscription } from "../show.ts";
import type { Subscription } from "../store.ts";

/** Answers a request with a subscription, or with the reason why it failed. */
export async function respondWithSubscription(c: Context<AuthEnv>, result: Result<Subscription>) {
  if (!result.ok) return refuse(c, result.failure);
  const { db, config } = c.var.ctx;
  return c.json(await showSubscription(db, result.value, config.PAST_DUE_GRACE_DAYS));
}
