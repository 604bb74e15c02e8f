import { fail } from "../errors.ts";
import { list } from "../http/answer-fields.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { requireSession } from "./guard.ts";
import { endOtherSessions, endOwnSession } from "./sessions/end-sessions.ts";
import { listSessions } from "./sessions/sessions.ts";
import { showSession } from "./sessions/show-session.ts";
import { sessionView } from "./sessions/wire.ts";

/** `/api/auth/sessions`: where the caller is signed in, for the caller to end. */
export const ownSessionRoutes = router()
  .get(
    "/",
    requireSession,
    describeRoute("Lists the caller's sessions, newest first: 50 at most.", list(sessionView), []),
    async (c) => {
      const { ctx, caller } = c.var;
      const sessions = await listSessions(ctx.db, caller.userId, ctx.nowMs);
      const data = sessions.map((session) => ({
        ...showSession(session),
        isCurrent: session.id === caller.via.sessionId,
      }));
      return c.json({ object: "list" as const, data, hasMore: false, nextCursor: null });
    },
  )
  .delete(
    "/",
    requireSession,
    describeRoute("Ends all of the caller's other sessions.", null, []),
    async (c) => {
      const { ctx, caller } = c.var;
      await endOtherSessions(ctx, caller.userId, caller.via.sessionId);
      return c.body(null, 204);
    },
  )
  .delete(
    "/:sessionId",
    requireSession,
    describeRoute("Ends one of the caller's sessions.", null, ["not_found"]),
    async (c) => {
      const { ctx, caller } = c.var;
      const sessionId = c.req.param("sessionId");
      const ended = await endOwnSession(ctx, caller.userId, sessionId);
      return ended
        ? c.body(null, 204)
        : refuse(c, fail("not_found", `You have no session ${sessionId}.`).failure);
    },
  );
