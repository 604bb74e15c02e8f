import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, it, vi } from "vitest";
import { app } from "../../src/app.ts";
import type { Env } from "../../src/env.ts";
import { call } from "../support/call.ts";
import { workerDyingAt } from "../support/dying-worker.ts";
import { loadShopCatalog, openCheckout, readUserState } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";
import { buildEvent, COMPLETED, deliverEvent, signDelivery } from "../support/webhook.ts";

beforeAll(async () => {
  await loadShopCatalog();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

/** Returns the real bindings, which do something just before an account gets a plan. */
function beforeEntitling(action: () => Promise<unknown>): Env {
  const accounts = new Proxy(env.CREDIT_ACCOUNT, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        const made: unknown = Reflect.apply(value, target, args);
        return name === "get" && typeof made === "object" && made !== null
          ? interrupted(made, action)
          : made;
      };
    },
  });
  return Object.create(env, { CREDIT_ACCOUNT: { value: accounts } });
}

const interrupted = (stub: object, action: () => Promise<unknown>): object =>
  new Proxy(stub, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== "setEntitlement" || typeof value !== "function") return value;
      return async (...args: unknown[]): Promise<unknown> => {
        await action();
        return await Reflect.apply(value, target, args);
      };
    },
  });

/** Creates a user who paid for Level 1 and then for Level 2, with neither delivered. */
async function twoPlans() {
  const stripe = standInStripe();
  const user = await signUp();
  const first = await openCheckout(user.token, { planId: "t-level1" });
  const second = await openCheckout(user.token, { planId: "t-level2" });
  await stripe.pay(first.url);
  await stripe.pay(second.url);
  const { data } = await sessionsOf(user.token);
  const planId = data.find((session) => session.stripeId === second.sessionId)?.planId;
  return {
    user,
    planId,
    first: buildEvent(COMPLETED, first.sessionId),
    second: buildEvent(COMPLETED, second.sessionId),
  };
}

const sessionsOf = async (token: string) =>
  await (await call("GET", "/api/stripe-sessions", { token })).json<{
    data: { stripeId: string; planId: string }[];
  }>();

const bothDelivered = (planId: string | undefined) => ({
  planId,
  entitledPlanId: planId,
  creditBalance: 10,
  orders: [{ status: "completed" }, { status: "completed" }],
});

it("the plan paid for last is effective, whatever the order of the deliveries", async () => {
  for (const reversed of [false, true]) {
    const { user, planId, first, second } = await twoPlans();
    for (const event of reversed ? [second, first] : [first, second]) await deliverEvent(event);
    expect(await readUserState(user)).toMatchObject(bothDelivered(planId));
  }
});

it("the plan paid for last is effective when one delivery overtakes another", async () => {
  const { user, planId, first, second } = await twoPlans();
  let overtaken = false;
  const bindings = beforeEntitling(async () => {
    if (overtaken) return;
    overtaken = true;
    expect((await deliverEvent(second)).status).toBe(200);
  });
  const answer = await app.fetch(await signDelivery(first), bindings, createExecutionContext());
  expect([answer.status, overtaken]).toEqual([200, true]);
  expect(await readUserState(user)).toMatchObject(bothDelivered(planId));
});

it("the plan paid for last stays when an older delivery died at any step", async () => {
  for (let step = 1, done = false; !done; step += 1) {
    const { user, planId, first, second } = await twoPlans();
    const worker = workerDyingAt(step);
    await worker.send(await signDelivery(first));
    done = !worker.died();
    await deliverEvent(second);
    await deliverEvent(first);
    expect(await readUserState(user), `dying at step ${step}`).toMatchObject(bothDelivered(planId));
  }
});
