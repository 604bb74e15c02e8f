import { Hono } from "hono";
import { z } from "zod";
import { creditAccount } from "../account/index.ts";
import { auditIfChanged } from "../audit/index.ts";
import {
  type AuthEnv,
  apiKeyListView,
  endSessionsByAdmin,
  findUser,
  keyListQuery,
  listSessions,
  removeTotp,
  revokedKeyView,
  sessionView,
  showKeyPage,
  showSession,
} from "../auth/index.ts";
import type { Context } from "../context.ts";
import { fail } from "../errors.ts";
import { list } from "../http/answer-fields.ts";
import { describeRoute } from "../http/describe-route.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { findMailPreferences, sendSoon } from "../mail/index.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { reasonField } from "./reason.ts";
import { revokeUserKey } from "./revoke-key.ts";

const reasonBody = z.strictObject({ reason: reasonField });

const userNotFound = (userId: string) => fail("not_found", `There is no user ${userId}.`).failure;

/**
 * Ends sessions of a user, with the audit entry in the same batch.
 * @param sessionId null for all of them
 */
const endSessions = (ctx: Context, userId: string, sessionId: string | null, reason: string) => {
  const { db, actor, nowMs } = ctx;
  const entry = {
    actor,
    action: sessionId === null ? "sessions.ended" : "session.ended",
    subjectId: sessionId ?? userId,
    userId,
    reason,
  };
  return endSessionsByAdmin(ctx, userId, sessionId, auditIfChanged(db, entry, nowMs));
};

/** `/api/admin/users/:userId`: where a user is signed in, and by which keys programs call. */
export const adminAccessRoutes = new Hono<AuthEnv>()
  .get(
    "/:userId/sessions",
    describeRoute("Lists a user's sessions, newest first: 50 at most.", list(sessionView), [
      "not_found",
    ]),
    async (c) => {
      const { ctx, caller } = c.var;
      const userId = c.req.param("userId");
      if ((await findUser(ctx.db, userId)) === undefined) return refuse(c, userNotFound(userId));
      const sessions = await listSessions(ctx.db, userId, ctx.nowMs);
      const currentId = caller.via.kind === "session" ? caller.via.sessionId : null;
      const data = sessions.map((session) => ({
        ...showSession(session),
        isCurrent: session.id === currentId,
      }));
      return c.json({ object: "list" as const, data, hasMore: false, nextCursor: null });
    },
  )
  .delete(
    "/:userId/sessions",
    validate("json", reasonBody),
    describeRoute("Ends all of a user's sessions.", null, ["not_found"]),
    async (c) => {
      const { ctx } = c.var;
      const userId = c.req.param("userId");
      if ((await findUser(ctx.db, userId)) === undefined) return refuse(c, userNotFound(userId));
      await endSessions(ctx, userId, null, c.req.valid("json").reason);
      return c.body(null, 204);
    },
  )
  .delete(
    "/:userId/sessions/:sessionId",
    validate("json", reasonBody),
    describeRoute("Ends one of a user's sessions.", null, ["not_found"]),
    async (c) => {
      const { userId, sessionId } = c.req.param();
      const ended = await endSessions(c.var.ctx, userId, sessionId, c.req.valid("json").reason);
      if (ended) return c.body(null, 204);
      return refuse(c, fail("not_found", `This user has no session ${sessionId}.`).failure);
    },
  )
  .delete(
    "/:userId/totp",
    validate("json", reasonBody),
    describeRoute(
      "Removes the authenticator app and recovery codes of a user who lost access to them.",
      null,
      ["not_found"],
    ),
    async (c) => {
      const { ctx } = c.var;
      const userId = c.req.param("userId");
      const user = await findUser(ctx.db, userId);
      if (user === undefined) return refuse(c, userNotFound(userId));
      const { language } = await findMailPreferences(ctx.db, userId);
      const { id, email } = user;
      const owner = { id, email, language: language ?? "en" };
      const removed = await removeTotp(ctx, owner, c.req.valid("json").reason);
      if (!removed.ok) return refuse(c, removed.failure);
      sendSoon(ctx, c.executionCtx);
      return c.body(null, 204);
    },
  )
  .get(
    "/:userId/api-keys",
    validate("query", keyListQuery),
    describeRoute("Lists a user's API keys, newest first.", apiKeyListView, [
      "not_found",
      "billing_unavailable",
    ]),
    async (c) => {
      const { env, db } = c.var.ctx;
      const userId = c.req.param("userId");
      if ((await findUser(db, userId)) === undefined) return refuse(c, userNotFound(userId));
      const { limit, cursor } = c.req.valid("query");
      const keys = await orUnavailable(creditAccount(env, userId).listKeys());
      return c.json(showKeyPage(keys, limit, cursor));
    },
  )
  .delete(
    "/:userId/api-keys/:keyId",
    validate("json", reasonBody),
    describeRoute(
      "Revokes a user's API key. It stops working with the next request.",
      revokedKeyView,
      ["not_found", "billing_unavailable"],
    ),
    async (c) => {
      const { userId, keyId } = c.req.param();
      const { reason } = c.req.valid("json");
      const revoked = await revokeUserKey(c.var.ctx, userId, { keyId, reason });
      return revoked.ok ? c.json({ success: true as const }) : refuse(c, revoked.failure);
    },
  );
