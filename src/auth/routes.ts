import { z } from "zod";
import { boundedText } from "../http/bounded.ts";
import { clearSiteData } from "../http/clear-site-data.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { requestLanguage } from "../http/request-language.ts";
import { refuse } from "../http/respond.ts";
import { lineField } from "../http/text.ts";
import { validate } from "../http/validate.ts";
import { sendSoon } from "../mail/index.ts";
import { passkeyRoutes } from "./factor-routes.ts";
import { passkeyChallengeView, passkeySignatureField } from "./factors/passkey-wire.ts";
import { identifyOnce, requireSessionCaller, requireSessionEvenSuspended } from "./guard.ts";
import { ownSessionRoutes } from "./own-session-routes.ts";
import { passwordField } from "./passwords/password-rules.ts";
import { answerSecondFactor } from "./sessions/answer-second-factor.ts";
import { changePassword } from "./sessions/change-password.ts";
import { checkTurnstile, turnstileTokenField } from "./sessions/check-turnstile.ts";
import { readDevice } from "./sessions/device.ts";
import { refuseTokensOf } from "./sessions/end-sessions.ts";
import { refreshSession } from "./sessions/refresh-session.ts";
import { hashRefreshToken } from "./sessions/refresh-token.ts";
import { isFirstAdminAwaited, registerFirstAdmin } from "./sessions/register-first-admin.ts";
import { registerUser } from "./sessions/register-user.ts";
import { endSession, endSessionOfToken } from "./sessions/sessions.ts";
import { signIn } from "./sessions/sign-in.ts";
import { beginPasskeySignIn, signInByPasskey } from "./sessions/sign-in-by-passkey.ts";
import { checkSignInRateLimit } from "./sessions/sign-in-rate-limit.ts";
import {
  secondFactorRequiredView,
  signedInView,
  signUpPendingView,
  tokenPairView,
} from "./sessions/wire.ts";
import { emailField, normalizeEmail } from "./users/email.ts";

const registerParams = z.strictObject({
  email: emailField,
  password: passwordField,
  name: lineField(200).optional(),
  turnstileToken: turnstileTokenField.optional(),
});
const firstAdminParams = z.strictObject({
  setupToken: boundedText(200).trim(),
  email: emailField,
  password: passwordField,
  name: lineField(200).optional(),
});
const loginParams = z.strictObject({ email: emailField, password: passwordField });
const secondFactorParams = z.strictObject({
  challengeId: boundedText(100).trim(),
  code: boundedText(50).trim(),
});
const passkeySignInParams = z.strictObject({
  challengeId: boundedText(100).trim(),
  credential: passkeySignatureField,
});
const refreshTokenField = boundedText(1000);
const refreshParams = z.strictObject({ refreshToken: refreshTokenField });
const logoutParams = z.strictObject({ refreshToken: refreshTokenField.optional() });
const changePasswordParams = z.strictObject({
  currentPassword: passwordField.optional(),
  newPassword: passwordField,
});

/** `/api/auth`: signing up, in and out. */
export const authRoutes = router()
  .route("/sessions", ownSessionRoutes)
  .route("/passkeys", passkeyRoutes)
  .post(
    "/register",
    validate("json", registerParams),
    describeRoute(
      "Creates a user and signs in (201). If the address must be verified first, mails a " +
        "link and a code; the response doesn't reveal whether the address is taken (202).",
      z.union([signedInView, signUpPendingView]),
      ["email_taken", "rate_limit_exceeded", "billing_unavailable", "server_busy"],
      { status: 201, otherStatus: 202 },
    ),
    async (c) => {
      const { ctx } = c.var;
      const { turnstileToken, ...input } = c.req.valid("json");
      const { headers } = c.req.raw;
      const address = normalizeEmail(input.email);
      const allowed = await checkSignInRateLimit(ctx.env, "register", headers, address);
      if (!allowed.ok) return refuse(c, allowed.failure);
      const person = await checkTurnstile(ctx, headers, turnstileToken, "sign-up");
      if (!person.ok) return refuse(c, person.failure);
      const signUp = await registerUser(ctx, c.req.raw, input, requestLanguage(c));
      if (!signUp.ok) return refuse(c, signUp.failure);
      sendSoon(ctx, c.executionCtx);
      return signUp.value.kind === "pending"
        ? c.json(signUp.value.pending, 202)
        : c.json(signUp.value.signedIn, 201);
    },
  )
  .get(
    "/first-admin",
    describeRoute(
      "Says whether the first admin may sign up by SETUP_TOKEN.",
      z.strictObject({ isAwaited: z.boolean() }),
      [],
    ),
    async (c) => c.json({ isAwaited: await isFirstAdminAwaited(c.var.ctx) }),
  )
  .post(
    "/first-admin",
    validate("json", firstAdminParams),
    describeRoute(
      "Signs up the first admin, who shows SETUP_TOKEN, and in.",
      signedInView,
      ["not_found", "invalid_credentials", "email_taken", "rate_limit_exceeded"],
      { status: 201 },
    ),
    async (c) => {
      const { ctx } = c.var;
      const input = c.req.valid("json");
      const { headers } = c.req.raw;
      const address = normalizeEmail(input.email);
      const allowed = await checkSignInRateLimit(ctx.env, "register", headers, address);
      if (!allowed.ok) return refuse(c, allowed.failure);
      const signedUp = await registerFirstAdmin(ctx, c.req.raw, input, requestLanguage(c));
      return signedUp.ok ? c.json(signedUp.value, 201) : refuse(c, signedUp.failure);
    },
  )
  .post(
    "/login",
    validate("json", loginParams),
    describeRoute(
      "Signs in (200), or asks for the second factor (202). A wrong email and a wrong " +
        "password get the same response.",
      z.union([signedInView, secondFactorRequiredView]),
      ["invalid_credentials", "rate_limit_exceeded", "billing_unavailable"],
      { otherStatus: 202 },
    ),
    async (c) => {
      const { ctx } = c.var;
      const input = c.req.valid("json");
      const allowed = await checkSignInRateLimit(
        ctx.env,
        "login",
        c.req.raw.headers,
        normalizeEmail(input.email),
      );
      if (!allowed.ok) return refuse(c, allowed.failure);
      const outcome = await signIn(ctx, input, readDevice(c.req.raw));
      if (!outcome.ok) return refuse(c, outcome.failure);
      sendSoon(ctx, c.executionCtx);
      return outcome.value.kind === "second_factor"
        ? c.json(outcome.value.required, 202)
        : c.json(outcome.value.signedIn, 200);
    },
  )
  .post(
    "/login/second-factor",
    validate("json", secondFactorParams),
    describeRoute("Completes a sign-in with a second-factor code.", signedInView, [
      "invalid_request",
      "invalid_credentials",
      "rate_limit_exceeded",
      "billing_unavailable",
    ]),
    async (c) => {
      const signedIn = await answerSecondFactor(c.var.ctx, c.req.raw, c.req.valid("json"));
      if (!signedIn.ok) return refuse(c, signedIn.failure);
      sendSoon(c.var.ctx, c.executionCtx);
      return c.json(signedIn.value);
    },
  )
  .post(
    "/login/passkey/begin",
    describeRoute("Returns options for signing in with a passkey.", passkeyChallengeView, [
      "rate_limit_exceeded",
    ]),
    async (c) => {
      const begun = await beginPasskeySignIn(c.var.ctx, c.req.raw.headers);
      return begun.ok ? c.json(begun.value) : refuse(c, begun.failure);
    },
  )
  .post(
    "/login/passkey",
    validate("json", passkeySignInParams),
    describeRoute("Signs in with a passkey.", signedInView, [
      "invalid_request",
      "invalid_credentials",
      "rate_limit_exceeded",
      "billing_unavailable",
    ]),
    async (c) => {
      const signedIn = await signInByPasskey(c.var.ctx, c.req.raw, c.req.valid("json"));
      if (!signedIn.ok) return refuse(c, signedIn.failure);
      sendSoon(c.var.ctx, c.executionCtx);
      return c.json(signedIn.value);
    },
  )
  .post(
    "/refresh",
    validate("json", refreshParams),
    describeRoute(
      "Exchanges a refresh token for new tokens. Each works once; reusing one ends its " +
        "session.",
      tokenPairView,
      ["invalid_token", "rate_limit_exceeded"],
    ),
    async (c) => {
      const { ctx } = c.var;
      const { refreshToken } = c.req.valid("json");
      const family = (await hashRefreshToken(refreshToken))?.familyHash ?? "none";
      const allowed = await checkSignInRateLimit(ctx.env, "refresh", c.req.raw.headers, family);
      if (!allowed.ok) return refuse(c, allowed.failure);
      const pair = await refreshSession(ctx, refreshToken);
      return pair.ok ? c.json(pair.value) : refuse(c, pair.failure);
    },
  )
  .post(
    "/logout",
    validate("json", logoutParams),
    describeRoute("Ends the session of the given refresh token or of the access token.", null, [
      "invalid_token",
      "token_expired",
      "invalid_api_key",
      "missing_scope",
    ]),
    async (c) => {
      const { ctx } = c.var;
      const { refreshToken } = c.req.valid("json");
      if (refreshToken !== undefined) {
        const ended = await endSessionOfToken(ctx.db, refreshToken);
        if (ended !== undefined)
          await refuseTokensOf(ctx, { userId: ended.userId, sessionIds: [ended.id] });
        clearSiteData(c);
        return c.body(null, 204);
      }
      const caller = await identifyOnce(c);
      const session = caller.ok ? requireSessionCaller(caller.value) : caller;
      if (!session.ok) return refuse(c, session.failure);
      const { userId, via } = session.value;
      await endSession(ctx.db, via.sessionId);
      await refuseTokensOf(ctx, { userId, sessionIds: [via.sessionId] });
      clearSiteData(c);
      return c.body(null, 204);
    },
  )
  .post(
    "/password",
    requireSessionEvenSuspended,
    validate("json", changePasswordParams),
    describeRoute("Changes the password, and ends all other sessions.", null, [
      "invalid_credentials",
      "recent_sign_in_required",
      "rate_limit_exceeded",
      "conflict",
    ]),
    async (c) => {
      const { userId, via } = c.var.caller;
      const session = { userId, sessionId: via.sessionId };
      const { headers } = c.req.raw;
      const changed = await changePassword(c.var.ctx, headers, session, c.req.valid("json"));
      return changed.ok ? c.body(null, 204) : refuse(c, changed.failure);
    },
  );
