import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { creditAccount } from "../../../src/account/index.ts";
import { deleteErasedCustomers } from "../../../src/billing/index.ts";
import { call } from "../../support/call.ts";
import { testContext } from "../../support/context.ts";
import type { TestUser } from "../../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../../support/stripe.ts";
import {
  config,
  createMeteredPlan,
  createSubscriptionPlans,
  subscribeUser,
} from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });

interface Subscriber {
  readonly stripe: TestStripe;
  readonly user: TestUser;
  readonly id: string;
}

/** Subscribes a user who has just used 50 messages past the plan, at 2 minor units each. */
async function subscribeWithOverage(): Promise<Subscriber> {
  // Its clock runs: usage counts only once it is made.
  const stripe = standInStripe({ nowMs: () => Date.now() });
  const user = await subscribeUser(stripe, (await createMeteredPlan()).slug);
  const account = creditAccount(env, user.userId);
  for (const quantity of [10, 50]) {
    const operationId = `track:${crypto.randomUUID()}`;
    const tracked = await account.track({ operationId, meter: "message", quantity });
    expect(tracked.ok).toBe(true);
  }
  const { id } = await (await call("GET", "/api/subscription", { token: user.token })).json<{
    id: string;
  }>();
  return { stripe, user, id };
}

/** Returns what was billed for usage, in minor units. */
async function billedForUsage({ client }: TestStripe, id: string): Promise<number> {
  const { data } = await client.invoices.list({ subscription: id });
  return data
    .flatMap((invoice) => invoice.lines.data)
    .filter(({ description }) => description === "50 × Metered (at $0.02 / month)")
    .reduce((sum, line) => sum + line.amount, 0);
}

it("usage just before a subscription is ended is billed", async () => {
  const { stripe, user, id } = await subscribeWithOverage();
  const ended = await call("DELETE", `/api/payments/subscriptions/${id}`, { token: user.token });
  expect(ended.status).toBe(200);
  expect(await billedForUsage(stripe, id)).toBe(100);
});

it("usage just before a change to a plan without overage is billed", async () => {
  const { stripe, user, id } = await subscribeWithOverage();
  const { max } = await createSubscriptionPlans();
  const changed = await call("POST", "/api/subscription/change", {
    token: user.token,
    body: { planId: max },
  });
  expect(changed.status, await changed.clone().text()).toBe(200);
  expect(await billedForUsage(stripe, id)).toBe(100);
});

it("usage just before a user is erased is billed", async () => {
  const { stripe, user, id } = await subscribeWithOverage();
  const erased = await call("DELETE", "/api/users/me", {
    token: user.token,
    body: { currentPassword: user.password },
  });
  expect(erased.status, await erased.clone().text()).toBeLessThan(300);
  await deleteErasedCustomers(testContext({ config: config(), nowMs: Date.now() }), 50);
  expect(await billedForUsage(stripe, id)).toBe(100);
});

it("nothing is ended while Stripe cannot be told of the usage", async () => {
  const { stripe, user, id } = await subscribeWithOverage();
  stripe.control.nextRequests({ answer: 500, path: "/v1/billing/meter_events", times: 5 });
  const refused = await call("DELETE", `/api/payments/subscriptions/${id}`, { token: user.token });
  expect(refused.status).toBe(503);
  expect((await stripe.client.subscriptions.retrieve(id)).status).toBe("active");
  stripe.control.clearSwitches();
  await call("DELETE", `/api/payments/subscriptions/${id}`, { token: user.token });
  expect(await billedForUsage(stripe, id)).toBe(100);
});

it("a preview has no line for usage past the plan where there is none", async () => {
  const user = await subscribeUser(standInStripe(), (await createMeteredPlan()).slug);
  const body = { planId: (await createSubscriptionPlans()).max, preview: true };
  const preview = await call("POST", "/api/subscription/change", { token: user.token, body });
  expect(preview.status, await preview.clone().text()).toBe(200);
  const { lines } = await preview.json<{ lines: { description: string }[] }>();
  expect(lines).not.toHaveLength(0);
  expect(lines.filter(({ description }) => description.startsWith("0 ×"))).toEqual([]);
});
