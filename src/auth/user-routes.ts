import { z } from "zod";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { requestLanguage } from "../http/request-language.ts";
import { refuse } from "../http/respond.ts";
import { lineField } from "../http/text.ts";
import { validate } from "../http/validate.ts";
import { isMailOn, sendSoon } from "../mail/index.ts";
import { requireCaller, requireSessionCaller } from "./guard.ts";
import { passwordField } from "./passwords/password-rules.ts";
import { confirmPassword } from "./sessions/confirm-password.ts";
import { checkAdminEmail } from "./users/admin-email.ts";
import { emailField } from "./users/email.ts";
import { resolveUserId } from "./users/resolve-user-id.ts";
import { USER_NOT_FOUND, updateProfile } from "./users/update-profile.ts";
import { loadUserView } from "./users/user-view.ts";
import { findUser } from "./users/users.ts";
import { userView } from "./users/wire.ts";
import { sendEmailProof } from "./verification/send-email-proof.ts";

/**
 * `currentPassword` is always the caller's own, an admin's too: it proves who is at the keyboard.
 */
const updateProfileParams = z.strictObject({
  name: lineField(200).nullable().optional(),
  email: emailField.optional(),
  currentPassword: passwordField.optional(),
});

/** `/api/users`: a user's own data. */
export const userRoutes = router()
  .get(
    "/:userId",
    requireCaller("read"),
    describeRoute("Returns a user with plan and balance; `me` is the caller.", userView, [
      "not_found",
      "billing_unavailable",
    ]),
    async (c) => {
      const { ctx, caller } = c.var;
      const userId = resolveUserId(caller, c.req.param("userId"));
      const user = userId === undefined ? undefined : await findUser(ctx.db, userId);
      const view = user === undefined ? USER_NOT_FOUND : await loadUserView(ctx, user);
      return view.ok ? c.json(view.value) : refuse(c, view.failure);
    },
  )
  .patch(
    "/:userId",
    requireCaller("write"),
    validate("json", updateProfileParams),
    describeRoute("Changes the name, or with the current password the address.", userView, [
      "not_found",
      "missing_scope",
      "invalid_credentials",
      "rate_limit_exceeded",
      "conflict",
      "email_taken",
      "billing_unavailable",
    ]),
    async (c) => {
      const { ctx, caller } = c.var;
      const userId = resolveUserId(caller, c.req.param("userId"));
      if (userId === undefined) return refuse(c, USER_NOT_FOUND.failure);
      const { name, email, currentPassword } = c.req.valid("json");
      let isProvedFirst = false;
      if (email !== undefined) {
        const session = requireSessionCaller(caller);
        if (!session.ok) return refuse(c, session.failure);
        if (currentPassword === undefined) {
          const message = "currentPassword: to change the address, send your password too.";
          return refuse(c, { code: "invalid_request", message, param: "currentPassword" });
        }
        const { headers } = c.req.raw;
        const confirmed = await confirmPassword(ctx, headers, caller.userId, currentPassword);
        if (!confirmed.ok) return refuse(c, confirmed.failure);
        const user = await findUser(ctx.db, userId);
        const released = checkAdminEmail(ctx.config, user, email);
        if (!released.ok) return refuse(c, released.failure);
        // An admin knows what another user's address is. One's own is proved first.
        isProvedFirst = user !== undefined && user.id === caller.userId && isMailOn(ctx);
        if (user !== undefined && isProvedFirst) {
          const sent = await sendEmailProof(ctx, user, email, requestLanguage(c));
          if (!sent.ok) return refuse(c, sent.failure);
          sendSoon(ctx, c.executionCtx);
        }
      }
      const updated = await updateProfile(ctx, userId, {
        ...(name === undefined ? {} : { name }),
        ...(email === undefined || isProvedFirst ? {} : { email }),
      });
      const view = updated.ok ? await loadUserView(ctx, updated.value) : updated;
      return view.ok ? c.json(view.value) : refuse(c, view.failure);
    },
  );
