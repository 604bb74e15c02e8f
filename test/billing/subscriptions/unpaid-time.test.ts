import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runCron } from "../../../src/cron.ts";
import { DAY_MS } from "../../../src/time.ts";
import { openCheckout } from "../../support/shop.ts";
import { signUp, type TestUser } from "../../support/sign-up.ts";
import { idOf } from "../../support/stripe.ts";
import {
  callSignedIn,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
  type TimedStripe,
} from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

interface SubscriptionView {
  readonly id: string;
  readonly status: string;
}

const read = async <T>(user: TestUser, path: string): Promise<T> =>
  await (await callSignedIn(user, "GET", path)).json<T>();
const fetchSubscription = (user: TestUser) => read<SubscriptionView>(user, "/api/subscription");
const orderStatuses = async (user: TestUser) =>
  (await read<{ data: { status: string }[] }>(user, "/api/orders")).data.map(
    ({ status }) => status,
  );

/** Subscribes a new user by a bank debit that is under way. */
async function subscribeByDebit({ stripe }: TimedStripe, planId: string) {
  const user = await signUp();
  const { url, sessionId } = await openCheckout(user.token, { planId });
  await stripe.pay(url, { method: "us_bank_account" });
  await stripe.control.flush();
  return { user, sessionId };
}

const processingIntent = async ({ stripe }: TimedStripe) => {
  const { data } = await stripe.client.paymentIntents.list();
  const intent = data.find(({ status }) => status === "processing");
  if (intent === undefined) throw new Error("no debit is under way");
  return intent.id;
};

const invoicesOf = async ({ stripe }: TimedStripe, user: TestUser) => {
  const { id } = await fetchSubscription(user);
  return (await stripe.client.invoices.list({ subscription: id })).data;
};

describe("I6: a subscription by bank debit", () => {
  it("entitles to nothing before its first money comes, and to its plan then", async () => {
    const timed = await standInTimedStripe();
    const { user, sessionId } = await subscribeByDebit(timed, timed.plans.pro);
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
    expect(await orderStatuses(user)).toEqual(["pending"]);
    await timed.advance(4 * DAY_MS);
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
    timed.stripe.control.completeDebit(sessionId, "succeeded");
    await timed.stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: timed.plans.pro, credits: 100 });
    expect(await orderStatuses(user)).toEqual(["completed"]);
  });

  it("ends when its first debit fails, and another one can be bought", async () => {
    const timed = await standInTimedStripe();
    const { user, sessionId } = await subscribeByDebit(timed, timed.plans.pro);
    const { id } = await fetchSubscription(user);
    await timed.advance(5 * DAY_MS);
    timed.stripe.control.completeDebit(sessionId, "failed");
    await timed.stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
    expect(await orderStatuses(user)).toEqual(["failed"]);
    expect((await timed.stripe.client.subscriptions.retrieve(id)).status).toBe("canceled");
    const again = await callSignedIn(user, "POST", "/api/checkout", { planId: timed.plans.pro });
    const { url } = await again.json<{ url: string }>();
    await timed.stripe.pay(url);
    await timed.stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: timed.plans.pro, credits: 100 });
  });

  it("keeps its plan while a renewal's debit is under way, for the grace period", async () => {
    const timed = await standInTimedStripe();
    const { user, sessionId } = await subscribeByDebit(timed, timed.plans.pro);
    timed.stripe.control.completeDebit(sessionId, "succeeded");
    await timed.stripe.control.flush();
    await timed.advance(32 * DAY_MS);
    expect((await fetchSubscription(user)).status).toBe("active");
    expect(await readPlanAndCredits(user)).toEqual({ plan: timed.plans.pro, credits: 0 });
    await timed.advance(8 * DAY_MS);
    await runCron(env, Date.now());
    expect((await readPlanAndCredits(user)).plan).toBe("free");
    timed.stripe.control.completeIntentDebit(await processingIntent(timed), "succeeded");
    await timed.stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: timed.plans.pro, credits: 100 });
  });

  it("does not end a paid one before it is paid for itself", async () => {
    const timed = await standInTimedStripe();
    const user = await signUp();
    const first = await openCheckout(user.token, { planId: timed.plans.pro });
    const second = await openCheckout(user.token, { planId: timed.plans.max });
    await timed.stripe.pay(first.url);
    await timed.stripe.control.flush();
    await timed.advance(1000);
    await timed.stripe.pay(second.url, { method: "us_bank_account" });
    await timed.stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: timed.plans.pro, credits: 100 });
    timed.stripe.control.completeDebit(second.sessionId, "failed");
    await timed.stripe.control.flush();
    expect(await readPlanAndCredits(user)).toEqual({ plan: timed.plans.pro, credits: 100 });
    const { data } = await timed.stripe.client.subscriptions.list({ status: "active" });
    expect(data).toHaveLength(1);
  });

  it("replaces the older one once it is paid for", async () => {
    const timed = await standInTimedStripe();
    const user = await signUp();
    const first = await openCheckout(user.token, { planId: timed.plans.pro });
    const second = await openCheckout(user.token, { planId: timed.plans.max });
    await timed.stripe.pay(first.url);
    await timed.stripe.control.flush();
    await timed.advance(1000);
    await timed.stripe.pay(second.url, { method: "us_bank_account" });
    await timed.stripe.control.flush();
    timed.stripe.control.completeDebit(second.sessionId, "succeeded");
    await timed.stripe.control.flush();
    expect((await readPlanAndCredits(user)).plan).toBe(timed.plans.max);
    const { data } = await timed.stripe.client.subscriptions.list({ status: "active" });
    expect(data).toHaveLength(1);
  });
});

describe("I6: an active subscription", () => {
  it.each(["void", "uncollectible"] as const)(
    "whose renewal's invoice is %s entitles to nothing",
    async (how) => {
      const timed = await standInTimedStripe();
      const user = await subscribeUser(timed.stripe, timed.plans.pro);
      const { customer } = await timed.stripe.client.subscriptions.retrieve(
        (await fetchSubscription(user)).id,
      );
      timed.stripe.control.failPayments(idOf(customer));
      await timed.advance(32 * DAY_MS);
      expect((await fetchSubscription(user)).status).toBe("past_due");
      const [renewal] = await invoicesOf(timed, user);
      const { invoices } = timed.stripe.client;
      await (how === "void"
        ? invoices.voidInvoice(renewal?.id ?? "")
        : invoices.markUncollectible(renewal?.id ?? ""));
      await timed.stripe.control.flush();
      expect((await fetchSubscription(user)).status).toBe("active");
      expect((await readPlanAndCredits(user)).plan).toBe("free");
      if (how === "void") return;
      timed.stripe.control.failPayments(idOf(customer), false);
      await invoices.pay(renewal?.id ?? "");
      await timed.stripe.control.flush();
      expect(await readPlanAndCredits(user)).toEqual({ plan: timed.plans.pro, credits: 100 });
    },
  );

  it.each(["keep_as_draft", "mark_uncollectible", "void"] as const)(
    "whose collection is paused (%s) does not entitle for ever",
    async (behavior) => {
      const timed = await standInTimedStripe();
      const user = await subscribeUser(timed.stripe, timed.plans.pro);
      const { id } = await fetchSubscription(user);
      await timed.stripe.client.subscriptions.update(id, { pause_collection: { behavior } });
      await timed.advance(31 * DAY_MS + 2 * 3_600_000);
      await timed.advance(8 * DAY_MS);
      await runCron(env, Date.now());
      expect((await fetchSubscription(user)).status).toBe("active");
      expect((await readPlanAndCredits(user)).plan).toBe("free");
    },
  );

  it("keeps its plan through the hour in which a renewal's invoice is a draft", async () => {
    const timed = await standInTimedStripe();
    const user = await subscribeUser(timed.stripe, timed.plans.pro);
    await timed.advance(31 * DAY_MS);
    expect((await invoicesOf(timed, user)).map(({ status }) => status)).toEqual(["draft", "paid"]);
    expect((await readPlanAndCredits(user)).plan).toBe(timed.plans.pro);
  });

  it("has its plan when a discount pays for all of it", async () => {
    const timed = await standInTimedStripe();
    const coupon = await timed.stripe.client.coupons.create({
      percent_off: 100,
      duration: "forever",
    });
    await timed.stripe.client.promotionCodes.create({
      code: "ALLFREE",
      promotion: { type: "coupon", coupon: coupon.id },
    });
    const user = await subscribeUser(timed.stripe, timed.plans.pro, { promotionCode: "ALLFREE" });
    expect((await readPlanAndCredits(user)).plan).toBe(timed.plans.pro);
    expect(await orderStatuses(user)).toEqual(["completed"]);
  });
});
