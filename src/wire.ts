import type { Context as RouteContext } from "hono";
import { HTTPException } from "hono/http-exception";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import type { Actor } from "./actor.ts";
import { adminRoutes } from "./admin/index.ts";
import { agentRoutes, marketplaceRoutes } from "./agents/index.ts";
import {
  authRoutes,
  factorRoutes,
  identityRoutes,
  keyRoutes,
  limitRequests,
  mailPreferenceRoutes,
  ownEmailRoutes,
  providerRoutes,
  refuseBadCredential,
  unsubscribeRoutes,
  userRoutes,
  verificationRoutes,
} from "./auth/index.ts";
import {
  checkoutRoutes,
  intentRoutes,
  invoiceRoutes,
  orderRoutes,
  paymentRoutes,
  paymentSubscriptionRoutes,
  portalRoutes,
  refundRoutes,
  sessionRoutes,
  subscriptionRoutes,
  webhookRoutes,
} from "./billing/index.ts";
import { brandRoutes } from "./brand/index.ts";
import { modelRoutes, planRoutes } from "./catalog/index.ts";
import { chatRoutes, listParameters } from "./chat/index.ts";
import { readConfig } from "./config.ts";
import {
  agentMessageRoutes,
  chatMessageRoutes,
  conversationRoutes,
  paymentLinkRoutes,
} from "./conversations/index.ts";
import { customerRoutes, customerSessionRoutes } from "./customers/index.ts";
import { database, formatErrorWithStack, isSchemaMissing } from "./db.ts";
import { endpointRoutes } from "./endpoints/index.ts";
import { erasureRoutes } from "./erasure/index.ts";
import { type Failure, Refusal } from "./errors.ts";
import { exportRoutes } from "./export/index.ts";
import { entryChecks, entryChecksOfV1 } from "./http/entry-checks.ts";
import { type BaseEnv, router } from "./http/factory.ts";
import { limitUrl } from "./http/limits.ts";
import { noStoreByDefault, noStoreRefusals, publicForAMinute } from "./http/no-store.ts";
import { routeNotFound } from "./http/not-found.ts";
import { requireHttps } from "./http/require-https.ts";
import { refuse } from "./http/respond.ts";
import { newId } from "./ids.ts";
import { log } from "./log.ts";
import { healthRoutes } from "./setup/index.ts";
import { checkExampleSettings, refuseSchema } from "./setup-problems.ts";
import {
  answerAnthropicErrors,
  completionsRoutes,
  countRoutes,
  messageRoutes,
  responsesRoutes,
} from "./surfaces/index.ts";
import { creditRoutes, featureRoutes, openRouterRoutes, usageRoutes } from "./usage/index.ts";

export { withPlainPath } from "./http/plain-path.ts";

/** Returns the failure that the wire shows for an error. The text of a bug stays in the log. */
export function failureOf(error: Error): Failure {
  if (error instanceof Refusal) return error.failure;
  if (isSchemaMissing(error)) return refuseSchema().failure;
  if (error instanceof HTTPException && error.status === 400)
    return { code: "invalid_request", message: "The body isn't valid JSON." };
  if (error instanceof HTTPException && error.status === 413)
    return { code: "body_too_large", message: "The body is too large." };
  return {
    code: "internal_error",
    message: "Something went wrong on our side. You weren't charged.",
  };
}

/** Answers a request whose handling threw. */
export function answerError(error: Error, c: RouteContext<BaseEnv>) {
  const failure = failureOf(error);
  if (failure.code === "internal_error")
    log.error("request.failed", {
      requestId: c.var.requestId,
      error: formatErrorWithStack(error),
    });
  return refuse(c, failure);
}

/** The actor of a request before its caller is known. */
const ANONYMOUS: Actor = { kind: "system", id: "anonymous" };

/** Creates a router that begins every request alike: its id, its context, and its errors. */
const newWire = (base = router()) =>
  base
    .use(requestId({ headerName: "x-request-id", generator: () => newId("req", Date.now()) }))
    .use(async (c, next) => {
      const { env } = c;
      const config = readConfig(env);
      checkExampleSettings(config.exampleSettings, c.req.url);
      c.set("ctx", { env, db: database(env.DB), config, nowMs: Date.now(), actor: ANONYMOUS });
      await next();
    })
    .use(requireHttps)
    .use(limitUrl)
    .use("/v1/*", entryChecksOfV1)
    .onError(answerError);

/** Creates the router of chats, whose replies set their own headers. */
export const newChatWire = () => newWire().use(noStoreRefusals);

const safeHeaders = secureHeaders({ crossOriginResourcePolicy: false });

/** Every route of the wire, in one chain. */
export const api = newWire(router().use("/v1/*", answerAnthropicErrors))
  .use("/api/*", safeHeaders, noStoreByDefault)
  .use("/v1/*", safeHeaders, noStoreByDefault)
  .use("/openapi.json", safeHeaders)
  .use("/health/*", safeHeaders, noStoreByDefault)
  .use("/api/*", entryChecks)
  // Not limited: Stripe signs what it sends, and the account object counts chats.
  .route("/", webhookRoutes)
  .route("/v1/chat", chatRoutes)
  .route("/v1/messages", messageRoutes)
  .route("/v1/responses", responsesRoutes)
  .route("/v1/completions", completionsRoutes)
  .route("/v1", endpointRoutes)
  .use("/api/*", limitRequests)
  .use("/v1/*", limitRequests)
  .use("/openapi.json", limitRequests)
  .use("/v1/models/*", publicForAMinute, refuseBadCredential)
  .use("/api/plans/*", publicForAMinute)
  .use("/api/marketplace/*", publicForAMinute)
  .use("/api/brand", publicForAMinute)
  .route("/health", healthRoutes)
  .route("/api/auth", authRoutes)
  .route("/api/auth", verificationRoutes)
  .route("/api/auth/email", ownEmailRoutes)
  .route("/api/auth", factorRoutes)
  .route("/api/auth/providers", providerRoutes)
  .route("/api/auth/identities", identityRoutes)
  .route("/api/users", userRoutes)
  .route("/api/users", mailPreferenceRoutes)
  .route("/api/mails", unsubscribeRoutes)
  .route("/api/users", erasureRoutes)
  .route("/api/users", exportRoutes)
  .route("/api/api-keys", keyRoutes)
  .route("/api/plans", planRoutes)
  .route("/api/brand", brandRoutes)
  .route("/api/admin", adminRoutes)
  .route("/api/customers", customerRoutes)
  .route("/api/sessions", customerSessionRoutes)
  .route("/api/checkout", checkoutRoutes)
  .route("/api/stripe-sessions", sessionRoutes)
  .route("/api/orders", orderRoutes)
  .route("/api/subscription", subscriptionRoutes)
  .route("/api/billing", portalRoutes)
  .route("/api/payments", paymentSubscriptionRoutes)
  .route("/api/payments/refunds", refundRoutes)
  .route("/api/payments/payment-intents", intentRoutes)
  .route("/api/payments", paymentLinkRoutes)
  .route("/api/payments", paymentRoutes)
  .route("/api/invoices", invoiceRoutes)
  .route("/api/usage", usageRoutes)
  .route("/api/credits", creditRoutes)
  .route("/api/features", featureRoutes)
  .route("/api/conversations", conversationRoutes)
  .route("/api/chat", chatMessageRoutes)
  .route("/api/agents", agentRoutes)
  .route("/api/agents", agentMessageRoutes)
  .route("/api/characters", agentRoutes)
  .route("/api/characters", agentMessageRoutes)
  .route("/api/marketplace", marketplaceRoutes)
  .route("/v1/messages", countRoutes)
  .route("/v1", openRouterRoutes)
  .route("/v1/models", modelRoutes(listParameters));

api.notFound((c) => {
  const { method, path } = c.req;
  return refuse(c, routeNotFound({ method, path }, api.routes, c.get("ctx").config.PUBLIC_URL));
});

/** The type of every route, for a typed client (`hc<AppType>`). */
export type AppType = typeof api;
