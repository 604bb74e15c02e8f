import { env } from "cloudflare:workers";
import { beforeEach, expect, it, vi } from "vitest";
import { call, readError } from "../support/call.ts";
import { signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";
import { createSubscriptionPlans, subscribeUser } from "../support/subscriber.ts";

beforeEach(() => vi.spyOn(console, "error").mockImplementation(() => undefined));

const UNAVAILABLE = { status: 503, code: "billing_unavailable" };

it("a promotion code cannot be checked while Stripe is down", async () => {
  const stripe = standInStripe();
  const { token } = await signUp();
  stripe.control.nextRequests({ answer: 500, path: "/v1/", times: 50 });
  const body = { promotionCode: "SPRING" };
  const answer = await call("POST", "/api/checkout/promotion-code", { token, body });
  expect(await readError(answer)).toMatchObject(UNAVAILABLE);
});

it("an invoice cannot be shown while Stripe is down", async () => {
  const stripe = standInStripe();
  const { pro } = await createSubscriptionPlans();
  const { token, userId } = await subscribeUser(stripe, pro);
  const invoiceId = await env.DB.prepare("select id from subscription_invoices where user_id = ?")
    .bind(userId)
    .first<string>("id");
  const path = `/api/invoices/${invoiceId}`;
  expect((await call("GET", path, { token })).status).toBe(200);
  stripe.control.nextRequests({ answer: 500, path: "/v1/", times: 50 });
  expect(await readError(await call("GET", path, { token }))).toMatchObject(UNAVAILABLE);
});
