import { z } from "zod";
import type { Context } from "../context.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { requestLanguage } from "../http/request-language.ts";
import { refuse } from "../http/respond.ts";
import { lineField } from "../http/text.ts";
import { validate } from "../http/validate.ts";
import { isMailOn, sendSoon } from "../mail/index.ts";
import { requireCaller, requireSessionCaller } from "./guard.ts";
import { passwordField } from "./passwords/password-rules.ts";
import { confirmCaller } from "./sessions/confirm-caller.ts";
import { checkAdminEmail } from "./users/admin-email.ts";
import { emailField } from "./users/email.ts";
import { resolveUserId } from "./users/resolve-user-id.ts";
import { USER_NOT_FOUND, updateProfile } from "./users/update-profile.ts";
import { loadUserView } from "./users/user-view.ts";
import { findUser, type User } from "./users/users.ts";
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

/**
 * Whether a user's new address is proved before it takes the place of the present one. One that was
 * never proved is worth no such care where accounts begin without a proof: it may be a slip.
 */
const mustProveFirst = (ctx: Context, { emailVerifiedAt }: User): boolean =>
  isMailOn(ctx) && (emailVerifiedAt !== null || ctx.config.FREE_PLAN_NEEDS_PROOF);

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
    describeRoute("Updates the name or, with the current password, the email address.", userView, [
      "not_found",
      "missing_scope",
      "invalid_credentials",
      "recent_sign_in_required",
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
        const own = { userId: caller.userId, sessionId: session.value.via.sessionId };
        const { headers } = c.req.raw;
        const confirmed = await confirmCaller(ctx, headers, own, currentPassword);
        if (!confirmed.ok) return refuse(c, confirmed.failure);
        const user = await findUser(ctx.db, userId);
        const released = checkAdminEmail(ctx.config, user, email);
        if (!released.ok) return refuse(c, released.failure);
        // An admin knows what another user's address is. One's own is proved first.
        isProvedFirst = user?.id === caller.userId && mustProveFirst(ctx, user);
        if (user !== undefined && isProvedFirst) {
          const sent = await sendEmailProof(ctx, user, email, requestLanguage(c));
          if (!sent.ok) return refuse(c, sent.failure);
          sendSoon(ctx, c.executionCtx);
        }
      }
      const change = {
        ...(name === undefined ? {} : { name }),
        ...(email === undefined || isProvedFirst ? {} : { email }),
      };
      const updated = await updateProfile(ctx, userId, change, requestLanguage(c));
      if (email !== undefined && !isProvedFirst) {
        if (updated.ok && userId === caller.userId && isMailOn(ctx))
          await sendEmailProof(ctx, updated.value, undefined, requestLanguage(c));
        sendSoon(ctx, c.executionCtx);
      }
      const view = updated.ok ? await loadUserView(ctx, updated.value) : updated;
      return view.ok ? c.json(view.value) : refuse(c, view.failure);
    },
  );
