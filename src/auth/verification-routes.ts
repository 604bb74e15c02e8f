import { z } from "zod";
import { fail } from "../errors.ts";
import { boundedText } from "../http/bounded.ts";
import { clearSiteData } from "../http/clear-site-data.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { requestLanguage } from "../http/request-language.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { isMailOn, sendSoon } from "../mail/index.ts";
import { requireSession } from "./guard.ts";
import { passwordField } from "./passwords/password-rules.ts";
import { checkTurnstile, turnstileTokenField } from "./sessions/check-turnstile.ts";
import { confirmSignUp, type SignUpProof } from "./sessions/confirm-sign-up.ts";
import { forgotPassword, resetPassword } from "./sessions/reset-password.ts";
import { checkSignInRateLimit } from "./sessions/sign-in-rate-limit.ts";
import { signedInView } from "./sessions/wire.ts";
import { emailField, normalizeEmail } from "./users/email.ts";
import { findUser } from "./users/users.ts";
import { confirmEmail } from "./verification/confirm-email.ts";
import { sendEmailProof } from "./verification/send-email-proof.ts";

const tokenField = boundedText(100).trim();
const codeField = boundedText(20)
  .transform((text) => text.replaceAll(/\s/g, ""))
  .pipe(z.string().regex(/^\d{6}$/, "must be the six-digit code from the mail"));
const verificationIdField = boundedText(100).trim();

const confirmSignUpParams = z
  .strictObject({
    verificationId: verificationIdField.optional(),
    code: codeField.optional(),
    token: tokenField.optional(),
    password: passwordField.optional(),
  })
  .transform(({ verificationId, code, token, password }, issues): SignUpProof => {
    if (verificationId !== undefined && code !== undefined) return { verificationId, code };
    if (token !== undefined && verificationId !== undefined) return { token, verificationId };
    if (token !== undefined && password !== undefined) return { token, password };
    issues.addIssue({
      code: "custom",
      path: [token === undefined ? "code" : "password"],
      message: "send verificationId and code, or the link's token with verificationId or password",
    });
    return z.NEVER;
  });
const confirmEmailParams = z
  .strictObject({ code: codeField.optional(), token: tokenField.optional() })
  .transform(({ code, token }, issues) => {
    if (token !== undefined) return { token };
    if (code !== undefined) return { code };
    issues.addIssue({ code: "custom", path: ["code"], message: "required unless you send token" });
    return z.NEVER;
  });
const forgotPasswordParams = z.strictObject({
  email: emailField,
  turnstileToken: turnstileTokenField.optional(),
});
const resetPasswordParams = z.strictObject({ token: tokenField, newPassword: passwordField });

const NO_MAIL = fail("misconfigured", "This site doesn't send mails. Contact its operator.");

/** `/api/auth`: links and codes of mails. */
export const verificationRoutes = router()
  .post(
    "/register/confirm",
    validate("json", confirmSignUpParams),
    describeRoute(
      "Completes a sign-up with the code or link from the mail, and signs in.",
      signedInView,
      [
        "invalid_request",
        "invalid_credentials",
        "rate_limit_exceeded",
        "email_taken",
        "billing_unavailable",
      ],
      { status: 201 },
    ),
    async (c) => {
      const proof = c.req.valid("json");
      const signedIn = await confirmSignUp(c.var.ctx, c.req.raw, proof, requestLanguage(c));
      return signedIn.ok ? c.json(signedIn.value, 201) : refuse(c, signedIn.failure);
    },
  )
  .post(
    "/email/send",
    requireSession,
    describeRoute("Mails a link and a code to verify the caller's address.", null, [
      "rate_limit_exceeded",
      "misconfigured",
    ]),
    async (c) => {
      const { ctx, caller } = c.var;
      if (!isMailOn(ctx)) return refuse(c, NO_MAIL.failure);
      const user = await findUser(ctx.db, caller.userId);
      if (user === undefined || user.emailVerifiedAt !== null) return c.body(null, 204);
      const sent = await sendEmailProof(ctx, user, undefined, requestLanguage(c));
      if (!sent.ok) return refuse(c, sent.failure);
      sendSoon(ctx, c.executionCtx);
      return c.body(null, 204);
    },
  )
  .post(
    "/email/confirm",
    requireSession,
    validate("json", confirmEmailParams),
    describeRoute(
      "Verifies the caller's address, or the pending new one, with the code or link from the " +
        "mail.",
      null,
      ["invalid_request", "email_taken"],
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const proof = c.req.valid("json");
      const confirmed = await confirmEmail(ctx, caller.userId, proof, requestLanguage(c));
      if (!confirmed.ok) return refuse(c, confirmed.failure);
      sendSoon(ctx, c.executionCtx);
      return c.body(null, 204);
    },
  )
  .post(
    "/forgot-password",
    validate("json", forgotPasswordParams),
    describeRoute(
      "Mails a link to reset the password. The response is the same for unknown addresses.",
      null,
      ["rate_limit_exceeded", "misconfigured", "server_busy"],
    ),
    async (c) => {
      const { ctx } = c.var;
      const { email, turnstileToken } = c.req.valid("json");
      if (!isMailOn(ctx)) return refuse(c, NO_MAIL.failure);
      const { headers } = c.req.raw;
      const allowed = await checkSignInRateLimit(ctx.env, "forgot", headers, normalizeEmail(email));
      if (!allowed.ok) return refuse(c, allowed.failure);
      const person = await checkTurnstile(ctx, headers, turnstileToken, "forgot-password");
      if (!person.ok) return refuse(c, person.failure);
      const language = requestLanguage(c);
      // After the answer, whose time then says nothing of whether there is such a user.
      const work = forgotPassword(ctx, email, language).then(() => sendSoon(ctx, c.executionCtx));
      c.executionCtx.waitUntil(work);
      return c.body(null, 204);
    },
  )
  .post(
    "/reset-password",
    validate("json", resetPasswordParams),
    describeRoute("Sets a new password with the link from the mail, and ends all sessions.", null, [
      "invalid_request",
      "rate_limit_exceeded",
    ]),
    async (c) => {
      const { ctx } = c.var;
      const input = c.req.valid("json");
      const { headers } = c.req.raw;
      const allowed = await checkSignInRateLimit(ctx.env, "confirm", headers, input.token);
      if (!allowed.ok) return refuse(c, allowed.failure);
      const reset = await resetPassword(ctx, input, requestLanguage(c));
      if (!reset.ok) return refuse(c, reset.failure);
      sendSoon(ctx, c.executionCtx);
      clearSiteData(c);
      return c.body(null, 204);
    },
  );
