import { creditAccount } from "../account/index.ts";
import type { Failure } from "../errors.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { sendSoon } from "../mail/index.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { requireCaller, requireSession } from "./guard.ts";
import { auditKey } from "./keys/audit-key.ts";
import { issueKey, rotateKey } from "./keys/issue-key.ts";
import { keyListQuery, showKeyPage } from "./keys/key-page.ts";
import {
  createKeyParams,
  rotateKeyParams,
  toKeyChanges,
  toKeyParams,
  updateKeyParams,
} from "./keys/key-params.ts";
import { requireApiAccess, requirePaymentForKeys } from "./keys/key-policy.ts";
import { showKey } from "./keys/show-key.ts";
import { apiKeyListView, apiKeyView, newApiKeyView, revokedKeyView } from "./keys/wire.ts";

const noKey = (keyId: string): Failure => ({
  code: "not_found",
  message: `You have no API key ${keyId}.`,
});

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
      const params = toKeyParams(c.req.valid("json"), ctx.nowMs);
      if (!params.ok) return refuse(c, params.failure);
      const issued = await issueKey(ctx, caller.userId, params.value);
      if (!issued.ok) return refuse(c, issued.failure);
      const { key, text } = issued.value;
      const { userId } = caller;
      const { keyId } = key;
      const { name, scopes } = params.value;
      await auditKey(ctx, {
        action: "api_key.created",
        keyId,
        userId,
        after: { scopes },
        newSecret: { name },
      });
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
  .get(
    "/:keyId",
    requireCaller("read"),
    describeRoute("Returns one of the caller's API keys.", apiKeyView, [
      "not_found",
      "billing_unavailable",
    ]),
    async (c) => {
      const account = creditAccount(c.var.ctx.env, c.var.caller.userId);
      const keyId = c.req.param("keyId");
      const keys = await orUnavailable(account.listKeys());
      const key = keys.find((one) => one.keyId === keyId);
      return key === undefined ? refuse(c, noKey(keyId)) : c.json(showKey(key));
    },
  )
  .patch(
    "/:keyId",
    requireSession,
    validate("json", updateKeyParams),
    describeRoute(
      "Updates an API key, from its next request on. Running chats end as they began. Scopes " +
        "don't change.",
      apiKeyView,
      ["not_found", "billing_unavailable"],
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const params = c.req.valid("json");
      const changes = toKeyChanges(params, ctx.nowMs);
      if (!changes.ok) return refuse(c, changes.failure);
      const { userId } = caller;
      const keyId = c.req.param("keyId");
      const account = creditAccount(ctx.env, userId);
      const updated = await orUnavailable(account.updateKey({ keyId, ...changes.value }));
      if (!updated.ok) return refuse(c, updated.failure);
      const fields = Object.keys(params);
      const { disabled } = params;
      if (fields.length > 0)
        await auditKey(ctx, {
          action: "api_key.updated",
          keyId,
          userId,
          after: { fields, ...(disabled === undefined ? {} : { disabled }) },
        });
      return c.json(showKey(updated.value.key));
    },
  )
  .post(
    "/:keyId/rotate",
    requireSession,
    validate("json", rotateKeyParams),
    describeRoute(
      "Replaces the secret of an API key. The new one is returned only once; the earlier ones " +
        "work for `overlapSeconds` more. Budget, usage and ID stay.",
      newApiKeyView,
      ["not_found", "limit_reached", "billing_unavailable"],
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const { userId } = caller;
      const keyId = c.req.param("keyId");
      const { overlapSeconds } = c.req.valid("json");
      const rotated = await rotateKey(ctx, userId, { keyId, overlapSeconds });
      if (!rotated.ok) return refuse(c, rotated.failure);
      const { key, text } = rotated.value;
      await auditKey(ctx, {
        action: "api_key.rotated",
        keyId,
        userId,
        after: { overlapSeconds },
        newSecret: { name: key.name, isRotation: true },
      });
      sendSoon(ctx, c.executionCtx);
      return c.json({ ...showKey(key), key: text });
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
