import { Hono } from "hono";
import { Stripe } from "stripe";
import { type Answer, answerRequest, errorAnswer } from "./answer.ts";
import { authenticate } from "./auth.ts";
import type { Context } from "./context.ts";
import type { Endpoint } from "./endpoint.ts";
import { ApiError, invalid } from "./errors.ts";
import type { InFlight } from "./idempotency.ts";
import { newId } from "./ids.ts";
import { meterReports } from "./meter-reports.ts";
import type { RateLimit } from "./rate-limit.ts";
import { account } from "./resources/account.ts";
import { charges } from "./resources/charges.ts";
import { checkoutSessions } from "./resources/checkout-sessions.ts";
import { coupons } from "./resources/coupons.ts";
import { customers } from "./resources/customers.ts";
import { disputes } from "./resources/disputes.ts";
import { events } from "./resources/events.ts";
import { invoicePayments, invoices } from "./resources/invoices.ts";
import { meters } from "./resources/meters.ts";
import { paymentIntents } from "./resources/payment-intents.ts";
import { paymentMethods } from "./resources/payment-methods.ts";
import { portalConfigurations } from "./resources/portal-configurations.ts";
import { portalSessions } from "./resources/portal-sessions.ts";
import { prices } from "./resources/prices.ts";
import { products } from "./resources/products.ts";
import { promotionCodes } from "./resources/promotion-codes.ts";
import { refunds } from "./resources/refunds.ts";
import { setupIntents } from "./resources/setup-intents.ts";
import { subscriptions } from "./resources/subscriptions.ts";
import { webhookEndpoints } from "./resources/webhook-endpoints.ts";

const ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** Every route of the API. A new resource is a file and a line here. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...customers,
  ...products,
  ...prices,
  ...checkoutSessions,
  ...paymentIntents,
  ...paymentMethods,
  ...setupIntents,
  ...charges,
  ...refunds,
  ...disputes,
  ...coupons,
  ...promotionCodes,
  ...meters,
  ...subscriptions,
  ...invoices,
  ...invoicePayments,
  ...portalConfigurations,
  ...portalSessions,
  ...events,
  ...meterReports,
  ...account,
  ...webhookEndpoints,
];

/**
 * Checks the version. Only one is modelled, and another would be answered wrongly, so it is
 * refused.
 */
function checkVersion(version: string | undefined): void {
  if (version !== undefined && version !== Stripe.API_VERSION) {
    throw invalid(
      `Invalid Stripe API version: ${version}. The local Stripe speaks ${Stripe.API_VERSION} only.`,
    );
  }
}

/** Creates the routes of Stripe's API. */
export function apiRoutes(ctx: Context, secretKey: string, rateLimit: RateLimit) {
  const inFlight: InFlight = new Set();

  async function reply(
    request: Request,
    key: string | null,
    work: (requestId: string) => Promise<Answer>,
  ): Promise<Response> {
    const requestId = newId("req");
    const done = await work(requestId).catch((error: unknown) =>
      errorAnswer(error, ctx.origin, requestId),
    );
    return new Response(done.body, {
      status: done.status,
      headers: {
        "content-type": "application/json",
        "request-id": requestId,
        "stripe-version": request.headers.get("stripe-version") ?? Stripe.API_VERSION,
        ...(key === null ? {} : { "idempotency-key": key }),
        ...done.headers,
      },
    });
  }

  const checkRequest = (request: Request): void => {
    rateLimit.count();
    authenticate(request.headers.get("authorization") ?? undefined, secretKey);
    checkVersion(request.headers.get("stripe-version") ?? undefined);
  };
  const app = new Hono();
  for (const endpoint of ENDPOINTS) {
    app.on(endpoint.method, endpoint.path, (c) =>
      reply(c.req.raw, c.req.header("idempotency-key") ?? null, async (requestId) => {
        checkRequest(c.req.raw);
        return await answerRequest(
          ctx,
          inFlight,
          endpoint,
          c.req.raw,
          c.req.param("id") ?? "",
          requestId,
        );
      }),
    );
  }
  app.on(ANY_METHOD, ["/v1/*", "/v2/*"], (c) =>
    reply(c.req.raw, null, async () => {
      checkRequest(c.req.raw);
      const requested = `${c.req.method}: ${new URL(c.req.url).pathname}`;
      const message =
        `Unrecognized request URL (${requested}). Please see https://stripe.com/docs ` +
        "or we can help at https://support.stripe.com/.";
      throw new ApiError(404, { type: "invalid_request_error", message });
    }),
  );
  return app;
}
