import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { type AuthEnv, networkOf } from "../../auth/index.ts";
import { refuse } from "../../http/respond.ts";
import { withMetadata } from "../../http/route-metadata.ts";
import { MINUTE_MS, SECOND_MS } from "../../time.ts";
import { beginTry, DECLINES_MAX, forgetTry } from "./decline-limit.ts";

/** The requests that may not be followed by another for a while if their card is declined. */
const lastTries = new WeakSet<object>();

/** Returns whether no card may be tried for a while if that of this request is declined. */
export const isLastTry = ({ req }: Pick<Context, "req">): boolean => lastTries.has(req);

const declined = z.object({ error: z.object({ code: z.literal("card_declined") }) });

const isDeclined = async (response: Response): Promise<boolean> =>
  !response.ok && declined.safeParse(await response.clone().json()).success;

/**
 * Lets a user, and a network, have five cards declined in an hour, over all routes that try a card,
 * and answers 429 to the rest: whoever tries stolen cards tries many. It runs after
 * `requireCaller`.
 */
export const limitDeclines = withMetadata(
  createMiddleware<AuthEnv>(async (c, next) => {
    const { caller, ctx } = c.var;
    const { db, nowMs } = ctx;
    const holder = { userId: caller.userId, network: networkOf(c.req.raw.headers) };
    const { id, isLast, resetAt } = await beginTry(db, holder, nowMs);
    if (id === null) {
      const retryAfterSeconds = Math.max(1, Math.ceil((resetAt - nowMs) / SECOND_MS));
      const minutes = Math.ceil(retryAfterSeconds / (MINUTE_MS / SECOND_MS));
      const message = `Too many declined cards (${DECLINES_MAX}). Try again in ${minutes} minutes.`;
      return refuse(c, { code: "rate_limit_exceeded", message, retryAfterSeconds });
    }
    if (isLast) lastTries.add(c.req);
    await next();
    if (!(await isDeclined(c.res))) await forgetTry(db, id);
    return undefined;
  }),
  { kind: "failures", failures: ["rate_limit_exceeded"] },
);
