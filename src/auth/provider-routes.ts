import { z } from "zod";
import { list } from "../http/answer-fields.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { requestLanguage } from "../http/request-language.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { sendSoon } from "../mail/index.ts";
import { beginSignIn } from "./providers/begin-sign-in.ts";
import { listProviders } from "./providers/find-provider.ts";
import { signInByProvider } from "./providers/sign-in-by-provider.ts";
import {
  finishParams,
  providerSignInBegunView,
  providerView,
  redirectUriField,
} from "./providers/wire.ts";
import { checkSignInRateLimit } from "./sessions/sign-in-rate-limit.ts";
import { secondFactorRequiredView, signedInView } from "./sessions/wire.ts";

const beginParams = z.strictObject({ redirectUri: redirectUriField });

/** `/api/auth/providers`: signing in and up by Google, GitHub and others. */
export const providerRoutes = router()
  .get("/", describeRoute("Lists the available sign-in providers.", list(providerView), []), (c) =>
    c.json({
      object: "list" as const,
      data: listProviders(c.var.ctx.config),
      hasMore: false,
      nextCursor: null,
    }),
  )
  .post(
    "/:providerId/begin",
    validate("json", beginParams),
    describeRoute(
      "Starts a sign-in with a provider: returns its URL, and the state this browser must " +
        "keep.",
      providerSignInBegunView,
      ["not_found", "invalid_request", "misconfigured", "provider_error"],
    ),
    async (c) => {
      const { redirectUri } = c.req.valid("json");
      const terms = { intent: { kind: "sign_in" }, redirectUri } as const;
      const begun = await beginSignIn(c.var.ctx, c.req.param("providerId"), terms);
      return begun.ok ? c.json(begun.value) : refuse(c, begun.failure);
    },
  )
  .post(
    "/:providerId/finish",
    validate("json", finishParams),
    describeRoute(
      "Completes a sign-in or sign-up with the provider's response (200), or asks for the " +
        "second factor (202).",
      z.union([signedInView, secondFactorRequiredView]),
      [
        "not_found",
        "invalid_request",
        "misconfigured",
        "provider_refused",
        "provider_error",
        "email_not_proved",
        "link_required",
        "conflict",
        "rate_limit_exceeded",
        "billing_unavailable",
      ],
      { otherStatus: 202 },
    ),
    async (c) => {
      const { ctx } = c.var;
      const callback = c.req.valid("json");
      const { headers } = c.req.raw;
      const providerId = c.req.param("providerId");
      const allowed = await checkSignInRateLimit(
        ctx.env,
        "provider",
        headers,
        callback.sealedState.slice(-100),
      );
      if (!allowed.ok) return refuse(c, allowed.failure);
      const surroundings = { request: c.req.raw, language: requestLanguage(c) };
      const outcome = await signInByProvider(ctx, providerId, callback, surroundings);
      if (!outcome.ok) return refuse(c, outcome.failure);
      sendSoon(ctx, c.executionCtx);
      return outcome.value.kind === "second_factor"
        ? c.json(outcome.value.required, 202)
        : c.json(outcome.value.signedIn, 200);
    },
  );
