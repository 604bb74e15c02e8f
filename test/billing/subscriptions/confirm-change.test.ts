import { afterEach, expect, it, vi } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../src/time.ts";
import { idOf } from "../../support/stripe.ts";
import {
  callSignedIn,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
} from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

/**
 * Subscribes a user in January, whose bank wants each payment from then on to be confirmed, and
 * asks for a dearer plan.
 */
async function askForMax() {
  const timed = await standInTimedStripe();
  const { stripe, plans, advance } = timed;
  const user = await subscribeUser(stripe, plans.pro);
  const [subscription] = (await stripe.client.subscriptions.list()).data;
  if (subscription === undefined) throw new Error("Nobody has subscribed.");
  const customer = idOf(subscription.customer);
  const payWith = async (card: string) => {
    const { id } = await stripe.client.paymentMethods.attach(card, { customer });
    await stripe.client.subscriptions.update(subscription.id, { default_payment_method: id });
  };
  await payWith("pm_card_authenticationRequired");
  await advance(15.5 * DAY_MS);
  const change = async () => {
    const body = { planId: plans.max };
    const answer = await callSignedIn(user, "POST", "/api/subscription/change", body);
    const { error } = await answer.json<{ error?: { paymentUrl?: string } }>();
    return { status: answer.status, error, paymentUrl: error?.paymentUrl ?? "" };
  };
  const asked = await change();
  const confirm = (url: string) => stripe.fetch(new Request(url, { method: "POST" }));
  return { ...timed, user, subscriptionId: subscription.id, payWith, change, asked, confirm };
}

it("I6: a change that the bank wants to be confirmed waits for it, on Stripe's page", async () => {
  const { stripe, plans, user, asked, confirm } = await askForMax();
  expect(asked).toMatchObject({
    status: 422,
    error: { code: "card_declined", param: "authentication_required" },
  });
  await stripe.control.flush();
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  expect((await stripe.open(asked.paymentUrl)).status).toBe(200);
  expect((await confirm(asked.paymentUrl)).status).toBe(303);
  await stripe.control.flush();
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 250 });
});

it("a change that nobody confirms is dropped, and can be asked for again", async () => {
  const { stripe, plans, user, advance, asked, payWith, change, confirm } = await askForMax();
  await advance(24 * HOUR_MS);
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  expect((await confirm(asked.paymentUrl)).status).toBe(409);
  await payWith("pm_card_visa");
  expect(await change()).toMatchObject({ status: 200 });
  await stripe.control.flush();
  expect((await readPlanAndCredits(user)).plan).toBe(plans.max);
});

it("a change that is asked for twice is made and paid once", async () => {
  const { stripe, plans, user, asked, change, confirm, subscriptionId } = await askForMax();
  const again = await change();
  expect(again.status).toBe(422);
  expect((await confirm(asked.paymentUrl)).status).toBe(409);
  expect((await confirm(again.paymentUrl)).status).toBe(303);
  await stripe.control.flush();
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 250 });
  const invoices = await stripe.client.invoices.list({ subscription: subscriptionId });
  expect(invoices.data.map(({ status }) => status)).toEqual(["paid", "void", "paid"]);
});
