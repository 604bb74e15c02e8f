import { record } from "../audit/index.ts";
import { findUser, requireSession } from "../auth/index.ts";
import { database } from "../db.ts";
import { router } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { buildDocument } from "./document.ts";
import { toDocumentStream } from "./json-stream.ts";
import { readProfile } from "./profile.ts";

/** `GET /api/users/:userId/export` */
export const exportRoutes = router().get("/:userId/export", requireSession, async (c) => {
  const { caller, ctx } = c.var;
  const { config } = ctx;
  const userIdOrMe = c.req.param("userId");
  const userId = userIdOrMe === "me" ? caller.userId : userIdOrMe;
  const isOwner = userId === caller.userId;
  const db = database(c.env.DB);
  const user = isOwner || caller.role === "admin" ? await findUser(db, userId) : undefined;
  if (user === undefined)
    return refuse(c, { code: "not_found", message: "There is no such user." });
  const profile = await readProfile(c.var.ctx, user);
  if (!profile.ok) return refuse(c, profile.failure);
  const nowMs = Date.now();
  const actor = { kind: "admin", id: caller.userId } as const;
  if (!isOwner)
    await record(db, { actor, action: "user.exported", subjectId: userId, userId }, nowMs);
  const subject = { user, profile: profile.value, isOwner, graceDays: config.PAST_DUE_GRACE_DAYS };
  return c.body(toDocumentStream(buildDocument(c.var.ctx, subject)), 200, {
    "content-type": "application/json",
    "content-disposition": `attachment; filename="${userId}.json"`,
  });
});
