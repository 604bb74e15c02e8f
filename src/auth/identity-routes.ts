import { z } from "zod";
import { list } from "../http/answer-fields.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { requestLanguage } from "../http/request-language.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { sendSoon } from "../mail/index.ts";
import type { SessionCaller } from "./caller.ts";
import { requireSession } from "./guard.ts";
import { passwordField } from "./passwords/password-rules.ts";
import { beginSignIn } from "./providers/begin-sign-in.ts";
import { hasIdentity, listIdentities, showIdentity } from "./providers/identities.ts";
import { linkIdentity, linkIntent } from "./providers/link-identity.ts";
import { NO_IDENTITY, unlinkIdentity } from "./providers/unlink-identity.ts";
import {
  finishParams,
  identityView,
  providerIdField,
  providerSignInBegunView,
  redirectUriField,
} from "./providers/wire.ts";
import { confirmCaller } from "./sessions/confirm-caller.ts";

/** The caller's own password. Users without one signed in a moment ago. */
const currentPassword = passwordField.optional();
const beginParams = z.strictObject({
  providerId: providerIdField,
  redirectUri: redirectUriField,
  currentPassword,
});
const finishLinkParams = finishParams.extend({ providerId: providerIdField });
const removeParams = z.strictObject({ currentPassword });

const sessionOf = ({ userId, via }: SessionCaller) => ({ userId, sessionId: via.sessionId });

/** The failures of `confirmCaller`. */
const CONFIRMATION = [
  "invalid_credentials",
  "recent_sign_in_required",
  "rate_limit_exceeded",
] as const;

/** `/api/auth/identities`: the providers by which the caller signs in. */
export const identityRoutes = router()
  .get(
    "/",
    requireSession,
    describeRoute("Lists the sign-in providers linked to the caller.", list(identityView), []),
    async (c) => {
      const { ctx, caller } = c.var;
      const rows = await listIdentities(ctx.db, caller.userId);
      const data = rows.map((row) => showIdentity(ctx.config.SIGN_IN_PROVIDERS, row));
      return c.json({ object: "list" as const, data, hasMore: false, nextCursor: null });
    },
  )
  .post(
    "/begin",
    requireSession,
    validate("json", beginParams),
    describeRoute(
      "Starts linking a sign-in provider: returns its URL, and the state this browser must " +
        "keep.",
      providerSignInBegunView,
      [...CONFIRMATION, "not_found", "invalid_request", "misconfigured", "provider_error"],
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const { providerId, redirectUri, currentPassword: password } = c.req.valid("json");
      const { headers } = c.req.raw;
      const confirmed = await confirmCaller(ctx, headers, sessionOf(caller), password);
      if (!confirmed.ok) return refuse(c, confirmed.failure);
      const terms = { intent: linkIntent(caller), redirectUri };
      const begun = await beginSignIn(ctx, providerId, terms);
      return begun.ok ? c.json(begun.value) : refuse(c, begun.failure);
    },
  )
  .post(
    "/finish",
    requireSession,
    validate("json", finishLinkParams),
    describeRoute(
      "Links the provider's account to the caller, who started in the same session.",
      identityView,
      [
        "not_found",
        "invalid_request",
        "misconfigured",
        "provider_refused",
        "provider_error",
        "identity_taken",
      ],
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const { providerId, ...callback } = c.req.valid("json");
      const language = requestLanguage(c);
      const linked = await linkIdentity(ctx, caller, providerId, callback, language);
      if (!linked.ok) return refuse(c, linked.failure);
      sendSoon(ctx, c.executionCtx);
      return c.json(linked.value);
    },
  )
  .delete(
    "/:identityId",
    requireSession,
    validate("json", removeParams),
    describeRoute(
      "Unlinks a sign-in provider, unless it is the caller's only way to sign in.",
      null,
      [...CONFIRMATION, "not_found", "conflict"],
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const { headers } = c.req.raw;
      const { currentPassword: password } = c.req.valid("json");
      const identityId = c.req.param("identityId");
      if (!(await hasIdentity(ctx.db, caller.userId, identityId)))
        return refuse(c, NO_IDENTITY.failure);
      const confirmed = await confirmCaller(ctx, headers, sessionOf(caller), password);
      if (!confirmed.ok) return refuse(c, confirmed.failure);
      const { user } = confirmed.value;
      const removed = await unlinkIdentity(ctx, user, identityId, requestLanguage(c));
      if (!removed.ok) return refuse(c, removed.failure);
      sendSoon(ctx, c.executionCtx);
      return c.body(null, 204);
    },
  );
