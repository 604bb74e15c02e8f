import { z } from "zod";
import { named, time } from "../http/answer-fields.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { toIso } from "../time.ts";
import { requireSession, SESSION_ENDED } from "./guard.ts";
import { findUser } from "./users/users.ts";
import { dropPendingEmail, findPendingEmail } from "./verification/find-verification.ts";

/** A user's address, and the one to change to. */
const ownEmailView = named("OwnEmail", {
  email: z.string(),
  verified: z.boolean().describe("Whether the address is verified."),
  pending: z
    .strictObject({ email: z.string(), expiresAt: time })
    .nullable()
    .describe("The new address, until it is verified."),
});

/** `/api/auth/email`: the caller's address. */
export const ownEmailRoutes = router()
  .get(
    "/",
    requireSession,
    describeRoute("Returns the caller's email address and any pending change.", ownEmailView, []),
    async (c) => {
      const { ctx, caller } = c.var;
      const [user, pending] = await Promise.all([
        findUser(ctx.db, caller.userId),
        findPendingEmail(ctx, caller.userId),
      ]);
      if (user === undefined) return refuse(c, SESSION_ENDED.failure);
      return c.json({
        email: user.email,
        verified: user.emailVerifiedAt !== null,
        pending:
          pending === undefined
            ? null
            : { email: pending.email, expiresAt: toIso(pending.expiresAt) },
      });
    },
  )
  .delete(
    "/pending",
    requireSession,
    describeRoute("Cancels a pending change of the email address.", null, []),
    async (c) => {
      await dropPendingEmail(c.var.ctx.db, c.var.caller.userId);
      return c.body(null, 204);
    },
  );
