import { z } from "zod";
import { creditAccount, DEFAULT_SCOPES, SCOPES, type Scope } from "../account/index.ts";
import { boundedList } from "../http/bounded.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { currencyField, timeField } from "../http/fields.ts";
import { refuse } from "../http/respond.ts";
import { lineField } from "../http/text.ts";
import { validate } from "../http/validate.ts";
import { sendSoon } from "../mail/index.ts";
import { PERIODS } from "../meters.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { toMicrocredits } from "../units.ts";
import { requireCaller, requireSession } from "./guard.ts";
import { auditKey } from "./keys/audit-key.ts";
import { issueKey } from "./keys/issue-key.ts";
import { keyListQuery, showKeyPage } from "./keys/key-page.ts";
import { requireApiAccess, requirePaymentForKeys } from "./keys/key-policy.ts";
import { showKey } from "./keys/show-key.ts";
import { apiKeyListView, newApiKeyView, revokedKeyView } from "./keys/wire.ts";

const budgetParams = z.strictObject({
  credits: z
    .number()
    .positive()
    .max(1_000_000_000)
    .refine((credits) => toMicrocredits(credits) > 0, "must be at least 0.000001"),
  /** `at_once` never starts again: a budget for the key's whole life. */
  period: z.enum(PERIODS),
});
/** The most that a key may begin to buy, in minor units of one currency. */
const purchaseLimitParams = z.strictObject({
  amountMinor: z.int().min(1).max(99_999_999),
  currency: currencyField,
  period: z.enum(PERIODS),
});
const createKeyParams = z.strictObject({
  name: lineField(100),
  scopes: boundedList(z.enum(SCOPES), 20)
    .min(1)
    .default([...DEFAULT_SCOPES])
    .transform((scopes) => [...new Set(scopes)]),
  expiresAt: timeField.transform((time) => Date.parse(time)).optional(),
  budget: budgetParams.optional(),
  purchaseLimit: purchaseLimitParams.optional(),
  models: boundedList(lineField(200), 100)
    .min(1)
    .transform((models) => [...new Set(models)])
    .optional(),
});

/** Finds what is wrong with a purchase limit: a key that may buy has one, and no other has. */
function findLimitProblem(scopes: readonly Scope[], hasLimit: boolean): string | null {
  const canBuy = scopes.includes("billing");
  if (canBuy === hasLimit) return null;
  return canBuy
    ? 'purchaseLimit: required for a key with the scope "billing".'
    : 'purchaseLimit: allowed only with the scope "billing".';
}

/** `/api/api-keys`: the caller's own keys. */
export const keyRoutes = router()
  .post(
    "/",
    requireSession,
    requirePaymentForKeys,
    requireApiAccess,
    validate("json", createKeyParams),
    describeRoute(
      "Creates an API key. The key is returned only once.",
      newApiKeyView,
      ["payment_required_for_keys", "insufficient_quota", "limit_reached", "billing_unavailable"],
      { status: 201 },
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const {
        name,
        scopes,
        expiresAt = null,
        budget,
        models = null,
        purchaseLimit,
      } = c.req.valid("json");
      const limitProblem = findLimitProblem(scopes, purchaseLimit !== undefined);
      if (limitProblem !== null)
        return refuse(c, {
          code: "invalid_request",
          message: limitProblem,
          param: "purchaseLimit",
        });
      if (expiresAt !== null && expiresAt <= ctx.nowMs) {
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
      const purchases =
        purchaseLimit === undefined
          ? null
          : {
              limitMinor: purchaseLimit.amountMinor,
              currency: purchaseLimit.currency,
              period: purchaseLimit.period,
            };
      const params = {
        name,
        scopes,
        models,
        budget: limit,
        purchaseLimit: purchases,
        expiresAt,
      };
      const issued = await issueKey(ctx, caller.userId, params);
      if (!issued.ok) return refuse(c, issued.failure);
      const { key, text } = issued.value;
      const { userId } = caller;
      const { keyId } = key;
      await auditKey(ctx, { action: "api_key.created", keyId, userId, scopes, name });
      sendSoon(ctx, c.executionCtx);
      return c.json({ ...showKey(key), key: text }, 201);
    },
  )
  .get(
    "/",
    requireCaller("read"),
    requirePaymentForKeys,
    validate("query", keyListQuery),
    describeRoute("Lists the caller's API keys with their spend, newest first.", apiKeyListView, [
      "payment_required_for_keys",
      "billing_unavailable",
    ]),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const account = creditAccount(c.var.ctx.env, c.var.caller.userId);
      const keys = await orUnavailable(account.listKeys());
      return c.json(showKeyPage(keys, limit, cursor));
    },
  )
  .delete(
    "/:keyId",
    requireCaller("billing"),
    describeRoute("Revokes an API key. It stops working with the next request.", revokedKeyView, [
      "not_found",
      "billing_unavailable",
    ]),
    async (c) => {
      const account = creditAccount(c.var.ctx.env, c.var.caller.userId);
      const revoked = await orUnavailable(account.revokeKey(c.req.param("keyId")));
      if (!revoked.ok) return refuse(c, revoked.failure);
      const { keyId } = revoked.value;
      const { userId } = c.var.caller;
      await auditKey(c.var.ctx, { action: "api_key.revoked", keyId, userId });
      return c.json({ success: true as const });
    },
  );
