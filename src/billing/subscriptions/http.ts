import type { Context } from "hono";
import { z } from "zod";
import type { AuthEnv, Caller } from "../../auth/index.ts";
import { database } from "../../db.ts";
import type { Result } from "../../errors.ts";
import { refuse } from "../../http/respond.ts";
import type { ActionContext } from "./change/manage.ts";
import { showSubscription } from "./show.ts";
import type { Subscription } from "./store.ts";

/** What requests about subscriptions are made of. */
export const planId = z.string().min(1).max(100);
export const interval = z.enum(["day", "week", "month", "year"]);
export const quantity = z.int().min(1).max(100);
export const currency = z
  .string()
  .regex(/^[A-Za-z]{3}$/, "must be a three-letter currency code")
  .toLowerCase();

/** Who does it, and when, as the audit log is told. */
export const actionContext = ({ userId, role }: Caller): ActionContext => ({
  actor: { kind: role === "admin" ? "admin" : "user", id: userId },
  nowMs: Date.now(),
});

/** Answers with a subscription, or why not. */
export const respondWithSubscription = async (c: Context<AuthEnv>, result: Result<Subscription>) =>
  result.ok
    ? c.json(
        await showSubscription(database(c.env.DB), result.value, c.var.config.PAST_DUE_GRACE_DAYS),
      )
    : refuse(c, result.failure);
