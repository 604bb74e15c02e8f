import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { call } from "../../support/call.ts";
import { signUp, type TestUser } from "../../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../../support/stripe.ts";
import {
  createSubscriptionPlans,
  type SubscriptionPlans,
  subscribeUser,
} from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });

interface Subscriber {
  readonly stripe: TestStripe;
  readonly plans: SubscriptionPlans;
  readonly user: TestUser;
  readonly path: string;
}

/** Creates a subscriber to Pro. `path` is the subscription's own. */
async function createSubscriber(): Promise<Subscriber> {
  const stripe = standInStripe();
  const plans = await createSubscriptionPlans();
  const user = await subscribeUser(stripe, plans.pro);
  const shown = await call("GET", "/api/subscription", { token: user.token });
  const { id } = await shown.json<{ id: string }>();
  return { stripe, plans, user, path: `/api/payments/subscriptions/${id}` };
}

async function failureOf(response: Response): Promise<[status: number, code: string]> {
  const { error } = await response.json<{ error: { code: string } }>();
  return [response.status, error.code];
}

/** Every request that changes a subscription at Stripe. */
const REQUESTS: readonly [
  name: string,
  send: (subscriber: Subscriber) => Promise<Response>,
  prepare?: (subscriber: Subscriber) => Promise<Response>,
][] = [
  ["cancel", ({ user }) => call("POST", "/api/subscription/cancel", { token: user.token })],
  [
    "resume",
    ({ user }) => call("POST", "/api/subscription/resume", { token: user.token }),
    ({ user }) => call("POST", "/api/subscription/cancel", { token: user.token }),
  ],
  [
    "change",
    ({ user, plans }) =>
      call("POST", "/api/subscription/change", {
        token: user.token,
        body: { planId: plans.pro, quantity: 2 },
      }),
  ],
  ["PATCH", ({ user, path }) => call("PATCH", path, { token: user.token, body: { quantity: 2 } })],
  ["DELETE", ({ user, path }) => call("DELETE", path, { token: user.token })],
];

it.each(REQUESTS)("%s says that Stripe refused, or cannot be reached", async (...request) => {
  const [, send, prepare] = request;
  const subscriber = await createSubscriber();
  if (prepare !== undefined) expect((await prepare(subscriber)).status).toBe(200);
  const { control } = subscriber.stripe;
  control.nextRequests({ answer: 400, path: "/v1/subscriptions/", times: 10 });
  expect(await failureOf(await send(subscriber))).toEqual([422, "stripe_refused"]);
  control.clearSwitches();
  control.nextRequests({ answer: 500, path: "/v1/subscriptions/", times: 10 });
  expect(await failureOf(await send(subscriber))).toEqual([503, "billing_unavailable"]);
  control.clearSwitches();
  expect((await send(subscriber)).status).toBe(200);
});

it("PATCH refuses the same plan, and a declined card", async () => {
  const { stripe, plans, user, path } = await createSubscriber();
  const patch = (planId: string) => call("PATCH", path, { token: user.token, body: { planId } });
  expect(await failureOf(await patch(plans.pro))).toEqual([409, "already_purchased"]);
  const customers = await stripe.client.customers.list({ email: user.email });
  stripe.control.failPayments(customers.data[0]?.id ?? "");
  expect(await failureOf(await patch(plans.max))).toEqual([422, "card_declined"]);
});

it("the portal says that Stripe refused", async () => {
  const { stripe, user } = await createSubscriber();
  stripe.control.nextRequests({ answer: 400, path: "/v1/billing_portal/", times: 10 });
  const opened = await call("POST", "/api/billing/portal", { token: user.token, body: {} });
  expect(await failureOf(opened)).toEqual([422, "stripe_refused"]);
});

it("subscribing to a plan that does not exist answers that there is none", async () => {
  const { token } = await signUp();
  const body = { planId: "pln_nowhere" };
  const subscribed = await call("POST", "/api/payments/subscriptions", { token, body });
  expect(await failureOf(subscribed)).toEqual([404, "not_found"]);
});

it("subscribing reports an unreachable Stripe, and a price that is elsewhere", async () => {
  const { stripe, plans } = await createSubscriber();
  const user = await signUp();
  const subscribe = () =>
    call("POST", "/api/payments/subscriptions", {
      token: user.token,
      body: { planId: plans.pro, interval: "month" },
    });
  stripe.control.nextRequests({ answer: 500, path: "/v1/subscriptions", times: 10 });
  expect(await failureOf(await subscribe())).toEqual([503, "billing_unavailable"]);
  stripe.control.clearSwitches();

  const other = await stripe.client.prices.create({
    currency: "usd",
    unit_amount: 15_000,
    recurring: { interval: "year" },
    product_data: { name: "Another plan" },
  });
  await env.DB.prepare(
    `update prices set stripe_price_id = case interval when 'year' then ? end
     where plan_id = (select id from plans where slug = ?)`,
  )
    .bind(other.id, plans.pro)
    .run();
  expect(await failureOf(await subscribe())).toEqual([409, "conflict"]);
});
