import type { Context } from "hono";
import { z } from "zod";
import type { AuthEnv } from "../../auth/index.ts";
import { database } from "../../db.ts";
import type { Result } from "../../errors.ts";
import { refuse } from "../../http/respond.ts";
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

/** Answers with a subscription, or why not. */
export const respondWithSubscription = async (c: Context<AuthEnv>, result: Result<Subscription>) =>
  result.ok
    ? c.json(
        await showSubscription(
          database(c.env.DB),
          result.value,
          c.var.ctx.config.PAST_DUE_GRACE_DAYS,
        ),
      )
    : refuse(c, result.failure);
