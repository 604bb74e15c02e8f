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
import { identifyOnce, requireSession, requireSessionCaller } from "./guard.ts";
import { ownSessionRoutes } from "./own-session-routes.ts";
import { passwordField } from "./passwords/password-rules.ts";
import { changePassword } from "./sessions/change-password.ts";
import { refuseTokensOf } from "./sessions/end-sessions.ts";
import { refreshSession } from "./sessions/refresh-session.ts";
import { hashRefreshToken } from "./sessions/refresh-token.ts";
import { registerUser } from "./sessions/register-user.ts";
import { endSession, endSessionOfToken } from "./sessions/sessions.ts";
import { signIn } from "./sessions/sign-in.ts";
import { checkSignInRateLimit } from "./sessions/sign-in-rate-limit.ts";
import { signedInView, signUpPendingView, tokenPairView } from "./sessions/wire.ts";
import { emailField, normalizeEmail } from "./users/email.ts";

const registerParams = z.strictObject({
  email: emailField,
  password: passwordField,
  name: lineField(200).optional(),
});
const loginParams = z.strictObject({ email: emailField, password: passwordField });
const refreshTokenField = boundedText(1000);
const refreshParams = z.strictObject({ refreshToken: refreshTokenField });
const logoutParams = z.strictObject({ refreshToken: refreshTokenField.optional() });
const changePasswordParams = z.strictObject({
  currentPassword: passwordField,
  newPassword: passwordField,
});

/** `/api/auth`: signing up, in and out. */
export const authRoutes = router()
  .route("/sessions", ownSessionRoutes)
  .post(
    "/register",
    validate("json", registerParams),
    describeRoute(
      "Signs a user up, and in (201). Where the address has to be proved first, mails a link and " +
        "a code, and says nothing of whether it is taken (202).",
      z.union([signedInView, signUpPendingView]),
      ["email_taken", "rate_limit_exceeded", "billing_unavailable"],
      { status: 201, otherStatus: 202 },
    ),
    async (c) => {
      const { ctx } = c.var;
      const input = c.req.valid("json");
      const allowed = await checkSignInRateLimit(
        ctx.env,
        "register",
        c.req.raw.headers,
        normalizeEmail(input.email),
      );
      if (!allowed.ok) return refuse(c, allowed.failure);
      const signUp = await registerUser(ctx, input, requestLanguage(c));
      if (!signUp.ok) return refuse(c, signUp.failure);
      sendSoon(ctx, c.executionCtx);
      return signUp.value.kind === "pending"
        ? c.json(signUp.value.pending, 202)
        : c.json(signUp.value.signedIn, 201);
    },
  )
  .post(
    "/login",
    validate("json", loginParams),
    describeRoute("Signs in. A wrong address and a wrong password look the same.", signedInView, [
      "invalid_credentials",
      "rate_limit_exceeded",
      "billing_unavailable",
    ]),
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
      const signedIn = await signIn(ctx, input);
      return signedIn.ok ? c.json(signedIn.value) : refuse(c, signedIn.failure);
    },
  )
  .post(
    "/refresh",
    validate("json", refreshParams),
    describeRoute(
      "Gives a new pair of tokens for a refresh token, which works once. " +
        "Reusing one ends its whole family.",
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
    describeRoute("Ends the session of a refresh token, or of the access token.", null, [
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
    requireSession,
    validate("json", changePasswordParams),
    describeRoute("Changes the password, and ends every other session.", null, [
      "invalid_credentials",
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
