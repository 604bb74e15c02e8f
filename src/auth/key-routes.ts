import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { type ApiKey, creditAccount, SCOPES } from "../account/index.ts";
import { database } from "../db.ts";
import { router } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { lineField } from "../http/text.ts";
import { validate } from "../http/validate.ts";
import { PERIODS } from "../meters.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { toCredits, toMicrocredits } from "../units.ts";
import type { AuthEnv } from "./caller.ts";
import { requireCaller, requireSession } from "./guard.ts";
import { issueKey } from "./keys/issue-key.ts";
import { findUser } from "./users/users.ts";

const budgetParams = z.strictObject({
  credits: z
    .number()
    .positive()
    .max(1_000_000_000)
    .refine((credits) => toMicrocredits(credits) > 0, "must be at least 0.000001"),
  /** `at_once` never starts again: a budget for the key's whole life. */
  period: z.enum(PERIODS),
});
const createKeyParams = z.strictObject({
  name: lineField(100),
  scopes: z
    .array(z.enum(SCOPES))
    .min(1)
    .default([...SCOPES])
    .transform((scopes) => [...new Set(scopes)]),
  expiresAt: z.iso
    .datetime({ offset: true })
    .transform((time) => Date.parse(time))
    .optional(),
  budget: budgetParams.optional(),
  models: z
    .array(lineField(200))
    .min(1)
    .max(100)
    .transform((models) => [...new Set(models)])
    .optional(),
});

const toIso = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString();

/**
 * A key as the wire shows it. Credits are decimal; `spent` is what counts against the budget now,
 * `totalSpent` all it ever cost.
 */
export const showKey = (key: ApiKey) => ({
  id: key.keyId,
  prefix: key.prefix,
  name: key.name,
  scopes: key.scopes,
  models: key.models,
  budget:
    key.budget === null
      ? null
      : { credits: toCredits(key.budget.limitMicrocredits), period: key.budget.period },
  spent: toCredits(key.spentMicrocredits),
  totalSpent: toCredits(key.totalMicrocredits),
  createdAt: toIso(key.createdAt),
  lastUsedAt: toIso(key.lastUsedAt),
  expiresAt: toIso(key.expiresAt),
});

/** The operator's policy on who has keys: everyone, or who has completed a payment. */
const requirePayment = createMiddleware<AuthEnv>(async (c, next) => {
  if (c.var.ctx.config.API_KEYS_REQUIRE_PAYMENT) {
    const user = await findUser(database(c.env.DB), c.var.caller.userId);
    if (user === undefined || user.firstPaidAt === null) {
      return refuse(c, {
        code: "payment_required_for_keys",
        message: "API keys come with the first payment. Buy credits or a plan.",
      });
    }
  }
  return await next();
});

/** `/api/api-keys`: the caller's own keys. */
export const keyRoutes = router()
  .post("/", requireSession, requirePayment, validate("json", createKeyParams), async (c) => {
    const { name, scopes, expiresAt = null, budget, models = null } = c.req.valid("json");
    if (expiresAt !== null && expiresAt <= Date.now()) {
      return refuse(c, {
        code: "invalid_request",
        message: "expiresAt: must be in the future.",
        param: "expiresAt",
      });
    }
    const limit =
      budget === undefined
        ? null
        : { limitMicrocredits: toMicrocredits(budget.credits), period: budget.period };
    const params = { name, scopes, models, budget: limit, expiresAt };
    const issued = await issueKey(c.var.ctx, c.var.caller.userId, params);
    return issued.ok
      ? c.json({ ...showKey(issued.value.key), key: issued.value.text }, 201)
      : refuse(c, issued.failure);
  })
  .get("/", requireCaller("read"), requirePayment, async (c) => {
    const keys = await orUnavailable(creditAccount(c.env, c.var.caller.userId).listKeys());
    return c.json({ keys: keys.map(showKey) });
  })
  .delete("/:keyId", requireCaller("write"), async (c) => {
    const revoked = await orUnavailable(
      creditAccount(c.env, c.var.caller.userId).revokeKey(c.req.param("keyId")),
    );
    return revoked.ok ? c.json({ success: true }) : refuse(c, revoked.failure);
  });
