import { z } from "zod";
import {
  checkAdminEmail,
  confirmCaller,
  findUser,
  passwordField,
  requireSession,
  resolveUserId,
  USER_NOT_FOUND,
} from "../auth/index.ts";
import { ok } from "../errors.ts";
import { clearSiteData } from "../http/clear-site-data.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { eraseUser } from "./erase-user.ts";
import { mayEraseThemselves } from "./may-erase.ts";

/**
 * `currentPassword` is the caller's own, an admin's too: it proves who is at the keyboard. Users
 * without one signed in a moment ago.
 */
const eraseUserParams = z.strictObject({ currentPassword: passwordField.optional() });

/** `DELETE /api/users/:userId` */
export const erasureRoutes = router().delete(
  "/:userId",
  requireSession,
  validate("json", eraseUserParams),
  describeRoute("Deletes a user: the account, its contents, and personal data.", null, [
    "not_found",
    "invalid_credentials",
    "recent_sign_in_required",
    "rate_limit_exceeded",
    "conflict",
    "billing_unavailable",
  ]),
  async (c) => {
    const { ctx, caller } = c.var;
    const userId = resolveUserId(caller, c.req.param("userId"));
    const user = userId === undefined ? undefined : await findUser(ctx.db, userId);
    if (user === undefined) return refuse(c, USER_NOT_FOUND.failure);
    const { currentPassword } = c.req.valid("json");
    const { headers } = c.req.raw;
    const own = { userId: caller.userId, sessionId: caller.via.sessionId };
    const confirmed = await confirmCaller(ctx, headers, own, currentPassword);
    if (!confirmed.ok) return refuse(c, confirmed.failure);
    const released = checkAdminEmail(ctx.config, user);
    if (!released.ok) return refuse(c, released.failure);
    const allowed = caller.role === "admin" ? ok(true) : await mayEraseThemselves(ctx, user.id);
    if (!allowed.ok) return refuse(c, allowed.failure);
    const erased = await eraseUser(ctx, user.id);
    if (!erased.ok) return refuse(c, erased.failure);
    if (user.id === caller.userId) clearSiteData(c);
    return c.body(null, 204);
  },
);
