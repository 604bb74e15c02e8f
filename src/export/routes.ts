import { record } from "../audit/index.ts";
import { requireSession } from "../auth/index.ts";
import { resolveUser } from "../billing/index.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { buildDocument } from "./document.ts";
import { toDocumentStream } from "./json-stream.ts";
import { readProfile } from "./profile.ts";
import { exportedUserView } from "./wire.ts";

/** `GET /api/users/:userId/export` */
export const exportRoutes = router().get(
  "/:userId/export",
  requireSession,
  describeRoute(
    "Exports all of a user's data as one document. Admins get it without conversations and " +
      "agents' system prompts.",
    exportedUserView,
    ["not_found", "billing_unavailable"],
  ),
  async (c) => {
    const { caller, ctx } = c.var;
    const user = await resolveUser(ctx.db, caller, c.req.param("userId"));
    if (!user.ok) return refuse(c, user.failure);
    const { id: userId } = user.value;
    const profile = await readProfile(ctx, user.value);
    if (!profile.ok) return refuse(c, profile.failure);
    const isOwner = userId === caller.userId;
    if (!isOwner) {
      const entry = { actor: ctx.actor, action: "user.exported", subjectId: userId, userId };
      await record(ctx.db, entry, ctx.nowMs);
    }
    const document = buildDocument(ctx, { userId, profile: profile.value, isOwner });
    return c.body(toDocumentStream(document), 200, {
      "content-type": "application/json",
      "content-disposition": `attachment; filename="${userId}.json"`,
    });
  },
);
