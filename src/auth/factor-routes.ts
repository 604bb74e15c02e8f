import type { Context as HonoContext } from "hono";
import { z } from "zod";
import { loadBrand } from "../brand/index.ts";
import { fail, ok, type Result } from "../errors.ts";
import { boundedText } from "../http/bounded.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { requestLanguage } from "../http/request-language.ts";
import { refuse } from "../http/respond.ts";
import { lineField } from "../http/text.ts";
import { validate } from "../http/validate.ts";
import { sendSoon } from "../mail/index.ts";
import type { AuthEnv, SessionCaller } from "./caller.ts";
import { addPasskey, beginPasskey, NO_PASSKEY, removePasskey } from "./factors/change-passkeys.ts";
import {
  confirmTotp,
  type FactorOwner,
  removeTotp,
  renewRecoveryCodes,
} from "./factors/change-totp.ts";
import { loadSignInMethods } from "./factors/load-sign-in-methods.ts";
import { newPasskeyField, passkeyChallengeView, passkeyView } from "./factors/passkey-wire.ts";
import { hasPasskey, showPasskey } from "./factors/passkeys.ts";
import { removePassword } from "./factors/remove-password.ts";
import { beginTotp } from "./factors/totp.ts";
import { newTotpView, recoveryCodesView, signInMethodsView } from "./factors/wire.ts";
import { requireSession } from "./guard.ts";
import { passwordField } from "./passwords/password-rules.ts";
import { confirmCaller } from "./sessions/confirm-caller.ts";
import { checkSignInRateLimit } from "./sessions/sign-in-rate-limit.ts";
import { findUser, type User } from "./users/users.ts";

const confirmedParams = z.strictObject({ currentPassword: passwordField.optional() });
const confirmTotpParams = z.strictObject({ code: boundedText(20).trim() });
const addPasskeyParams = z.strictObject({
  challengeId: boundedText(100),
  name: lineField(100),
  credential: newPasskeyField,
});

/** The failures of `confirmCaller`. */
const CONFIRMATION = [
  "invalid_credentials",
  "recent_sign_in_required",
  "rate_limit_exceeded",
] as const;

/** The refusal of a session whose user has just been erased. */
const USER_GONE = fail("invalid_token", "This session's user has been deleted.");

type FactorContext = HonoContext<AuthEnv<SessionCaller>>;

const ownerOf = (c: FactorContext, { id, email }: Pick<User, "id" | "email">): FactorOwner => ({
  id,
  email,
  sessionId: c.var.caller.via.sessionId,
  language: requestLanguage(c),
});

/** Finds the caller, who has just confirmed that it is them. */
async function confirmOwner(
  c: FactorContext,
  currentPassword: string | undefined,
): Promise<Result<{ readonly owner: FactorOwner; readonly user: User }>> {
  const { ctx, caller } = c.var;
  const session = { userId: caller.userId, sessionId: caller.via.sessionId };
  const confirmed = await confirmCaller(ctx, c.req.raw.headers, session, currentPassword);
  if (!confirmed.ok) return confirmed;
  const { user } = confirmed.value;
  return ok({ user, owner: ownerOf(c, user) });
}

/** `/api/auth`: how the caller signs in: authenticator app, recovery codes, passkeys. */
export const factorRoutes = router()
  .get(
    "/sign-in-methods",
    requireSession,
    describeRoute("Returns the caller's sign-in methods.", signInMethodsView, []),
    async (c) => c.json(await loadSignInMethods(c.var.ctx.db, c.var.caller.userId)),
  )
  .post(
    "/totp",
    requireSession,
    validate("json", confirmedParams),
    describeRoute(
      "Creates the secret for a new authenticator app. Confirm it with a code from the app.",
      newTotpView,
      [...CONFIRMATION, "conflict"],
      { status: 201 },
    ),
    async (c) => {
      const confirmed = await confirmOwner(c, c.req.valid("json").currentPassword);
      if (!confirmed.ok) return refuse(c, confirmed.failure);
      const { ctx } = c.var;
      const { name } = await loadBrand(ctx);
      const begun = await beginTotp(ctx, confirmed.value.user, name);
      return begun.ok ? c.json(begun.value, 201) : refuse(c, begun.failure);
    },
  )
  .post(
    "/totp/confirm",
    requireSession,
    validate("json", confirmTotpParams),
    describeRoute(
      "Confirms the new authenticator app with a code, and returns recovery codes.",
      recoveryCodesView,
      ["invalid_credentials", "rate_limit_exceeded"],
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const { headers } = c.req.raw;
      const allowed = await checkSignInRateLimit(ctx.env, "confirm", headers, caller.userId);
      if (!allowed.ok) return refuse(c, allowed.failure);
      const user = await findUser(ctx.db, caller.userId);
      if (user === undefined) return refuse(c, USER_GONE.failure);
      const confirmed = await confirmTotp(ctx, ownerOf(c, user), c.req.valid("json").code);
      if (!confirmed.ok) return refuse(c, confirmed.failure);
      sendSoon(ctx, c.executionCtx);
      return c.json({ recoveryCodes: [...confirmed.value] });
    },
  )
  .delete(
    "/totp",
    requireSession,
    validate("json", confirmedParams),
    describeRoute("Removes the caller's authenticator app and recovery codes.", null, [
      ...CONFIRMATION,
      "not_found",
    ]),
    async (c) => {
      const confirmed = await confirmOwner(c, c.req.valid("json").currentPassword);
      if (!confirmed.ok) return refuse(c, confirmed.failure);
      const removed = await removeTotp(c.var.ctx, confirmed.value.owner);
      if (!removed.ok) return refuse(c, removed.failure);
      sendSoon(c.var.ctx, c.executionCtx);
      return c.body(null, 204);
    },
  )
  .post(
    "/recovery-codes",
    requireSession,
    validate("json", confirmedParams),
    describeRoute("Replaces the recovery codes with ten new ones.", recoveryCodesView, [
      ...CONFIRMATION,
      "not_found",
    ]),
    async (c) => {
      const confirmed = await confirmOwner(c, c.req.valid("json").currentPassword);
      if (!confirmed.ok) return refuse(c, confirmed.failure);
      const renewed = await renewRecoveryCodes(c.var.ctx, confirmed.value.owner);
      if (!renewed.ok) return refuse(c, renewed.failure);
      sendSoon(c.var.ctx, c.executionCtx);
      return c.json({ recoveryCodes: [...renewed.value] });
    },
  )
  .delete(
    "/password",
    requireSession,
    validate("json", confirmedParams),
    describeRoute("Removes the caller's password, if another sign-in method remains.", null, [
      ...CONFIRMATION,
      "conflict",
    ]),
    async (c) => {
      const confirmed = await confirmOwner(c, c.req.valid("json").currentPassword);
      if (!confirmed.ok) return refuse(c, confirmed.failure);
      const removed = await removePassword(c.var.ctx, confirmed.value.owner);
      if (!removed.ok) return refuse(c, removed.failure);
      sendSoon(c.var.ctx, c.executionCtx);
      return c.body(null, 204);
    },
  );

/** `/api/auth/passkeys`: the caller's passkeys. */
export const passkeyRoutes = router()
  .post(
    "/begin",
    requireSession,
    validate("json", confirmedParams),
    describeRoute("Returns options for creating a passkey in the browser.", passkeyChallengeView, [
      ...CONFIRMATION,
      "limit_reached",
    ]),
    async (c) => {
      const confirmed = await confirmOwner(c, c.req.valid("json").currentPassword);
      if (!confirmed.ok) return refuse(c, confirmed.failure);
      const begun = await beginPasskey(c.var.ctx, confirmed.value.user);
      return begun.ok ? c.json(begun.value) : refuse(c, begun.failure);
    },
  )
  .post(
    "/",
    requireSession,
    validate("json", addPasskeyParams),
    describeRoute(
      "Adds the passkey the browser created.",
      passkeyView,
      ["limit_reached", "conflict"],
      { status: 201 },
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const user = await findUser(ctx.db, caller.userId);
      if (user === undefined) return refuse(c, USER_GONE.failure);
      const added = await addPasskey(ctx, ownerOf(c, user), c.req.valid("json"));
      if (!added.ok) return refuse(c, added.failure);
      sendSoon(ctx, c.executionCtx);
      return c.json(showPasskey(added.value), 201);
    },
  )
  .delete(
    "/:passkeyId",
    requireSession,
    validate("json", confirmedParams),
    describeRoute("Removes one of the caller's passkeys.", null, [
      ...CONFIRMATION,
      "not_found",
      "conflict",
    ]),
    async (c) => {
      const { ctx, caller } = c.var;
      const passkeyId = c.req.param("passkeyId");
      if (!(await hasPasskey(ctx.db, caller.userId, passkeyId)))
        return refuse(c, NO_PASSKEY.failure);
      const confirmed = await confirmOwner(c, c.req.valid("json").currentPassword);
      if (!confirmed.ok) return refuse(c, confirmed.failure);
      const removed = await removePasskey(ctx, confirmed.value.owner, passkeyId);
      if (!removed.ok) return refuse(c, removed.failure);
      sendSoon(c.var.ctx, c.executionCtx);
      return c.body(null, 204);
    },
  );
