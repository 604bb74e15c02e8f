import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { creditAccount } from "../../../src/account/index.ts";
import {
  listSubscriptionInvoices,
  listSubscriptions,
} from "../../../src/billing/subscriptions/store.ts";
import { syncSubscription } from "../../../src/billing/subscriptions/sync/sync-subscription.ts";
import { findPlan } from "../../../src/catalog/index.ts";
import { database } from "../../../src/db.ts";
import { testContext } from "../../support/context.ts";
import type { TestUser } from "../../support/sign-up.ts";
import {
  config,
  DAY_MS,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
  type TimedStripe,
} from "../../support/subscriber.ts";
import { buildEvent, deliverEvent } from "../../support/webhook.ts";

/**
 * As many stories as fit into this are told; one that fails tells its seed, and the shortest way to
 * fail.
 */
const SPENT_MS = 12_000;
vi.setConfig({ testTimeout: 120_000 });
afterEach(() => vi.useRealTimers());

/**
 * What happens at Stripe to both subscriptions, and which of its events reach the Worker about one
 * of them.
 */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("change" as const),
      plan: fc.constantFrom("pro", "max"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), days: fc.constantFrom(1, 3) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("renew" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("fail payments" as const), failing: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("refund" as const),
      part: fc.constantFrom(1, 0.5, 0.3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("dispute" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("decide" as const), won: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), leaves: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("end" as const) }) },
  // Some of what Stripe has said so far, in any order, some of it at the same time, some of it
  // again.
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant("deliver" as const),
      picks: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
      atOnce: fc.boolean(),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A subscriber, by all their names. */
interface SubscriptionRef {
  readonly user: TestUser;
  readonly customer: string;
  readonly subscription: string;
}

async function side(years: TimedStripe): Promise<SubscriptionRef> {
  const user = await subscribeUser(years.stripe, years.plans.pro);
  const [subscription] = await listSubscriptions(database(env.DB), user.userId);
  const customer =
    (await years.stripe.client.customers.list({ email: user.email })).data[0]?.id ?? "";
  return { user, customer, subscription: subscription?.id ?? "" };
}

/** Does something at Stripe to one of them. What cannot be done just then is not done. */
async function applyStep(
  { stripe, plans: shelf }: TimedStripe,
  { customer, subscription: id }: SubscriptionRef,
  it: Step,
): Promise<void> {
  const { client, control } = stripe;
  const now = await client.subscriptions.retrieve(id);
  const isLive = now.status === "active" || now.status === "past_due";
  const charges = (await client.charges.list({ customer, limit: 10 })).data.filter(
    ({ paid }) => paid,
  );
  const [last] = charges;
  switch (it.do) {
    case "change": {
      const plan = await findPlan(database(env.DB), shelf[it.plan === "pro" ? "pro" : "max"]);
      const price = plan?.prices.find(({ interval }) => interval === "month")?.stripePriceId ?? "";
      const [item] = now.items.data;
      if (!isLive || item === undefined || item.price.id === price || price === "") return;
      await client.subscriptions.update(id, {
        items: [{ id: item.id, price }],
        proration_behavior: "always_invoice",
      });
      return;
    }
    case "fail payments":
      control.failPayments(customer, it.failing);
      return;
    case "refund": {
      const amount = Math.floor(((last?.amount ?? 0) - (last?.amount_refunded ?? 0)) * it.part);
      if (last === undefined || last.disputed || amount === 0) return;
      await client.refunds.create({ charge: last.id, amount });
      return;
    }
    case "dispute":
      if (last !== undefined && last.amount_refunded === 0) control.dispute(last.id);
      return;
    case "decide": {
      const open = await client.disputes.list({ limit: 50 });
      const ours = open.data.find(({ charge }) => charges.some((each) => each.id === charge));
      if (ours !== undefined) control.closeDispute(ours.id, it.won ? "won" : "lost");
      return;
    }
    case "leave":
      if (isLive) await client.subscriptions.update(id, { cancel_at_period_end: it.leaves });
      return;
    case "end":
      if (isLive)
        await client.subscriptions.cancel(id, {
          prorate: now.status === "active",
          invoice_now: now.status === "active",
        });
      return;
    case "wait":
    case "renew":
    case "deliver":
      return;
  }
}

/**
 * What Stripe has said of one of them, within the 30 days for which it remembers. Refunds and
 * disputes name their charge only.
 */
async function eventsAbout({ stripe }: TimedStripe, { customer }: SubscriptionRef) {
  const charges = await stripe.client.charges.list({ customer, limit: 100 });
  const theirs = new Set<unknown>([customer, ...charges.data.map(({ id }) => id)]);
  const names = ["customer", "charge"];
  return stripe.control
    .events()
    .filter(({ data }) => names.some((name) => theirs.has(Reflect.get(data.object, name))));
}

/** Delivers some of what Stripe has said of one of them. */
async function deliverStep(
  years: TimedStripe,
  about: SubscriptionRef,
  it: Extract<Step, { do: "deliver" }>,
): Promise<void> {
  const events = await eventsAbout(years, about);
  const sent = it.picks.map((pick) => async () => {
    const event = events[pick % events.length];
    const id: unknown = event === undefined ? undefined : Reflect.get(event.data.object, "id");
    if (event === undefined || typeof id !== "string") return;
    // The inbox knows the event itself when it comes again; another one about the same object it
    // does not.
    const answer =
      pick % 2 === 0
        ? await years.stripe.control.resend(event.id)
        : await deliverEvent(buildEvent(event.type, id));
    expect(answer?.status, event.type).toBe(200);
  });
  if (it.atOnce) await Promise.all(sent.map((send) => send()));
  else for (const send of sent) await send();
}

/** All that is known here of one of them, but for what names them. */
async function stateOf({ user, subscription }: SubscriptionRef) {
  const db = database(env.DB);
  const [row] = await listSubscriptions(db, user.userId);
  const invoices = await listSubscriptionInvoices(db, subscription);
  const grants = await creditAccount(env, user.userId).grants({ limit: 100, before: null });
  const invoiceState = invoices
    .map(
      ({
        status,
        totalMinor,
        paidMinor,
        refundedMinor,
        disputed,
        creditsMicrocredits,
        createdAt,
      }) =>
        [
          createdAt,
          totalMinor,
          status,
          paidMinor,
          refundedMinor,
          disputed,
          creditsMicrocredits,
        ].join(" "),
    )
    .toSorted();
  return {
    haves: await readPlanAndCredits(user),
    subscription: row && { ...row, id: "", userId: "", stripeItemId: "", updatedAt: 0 },
    invoices: invoiceState,
    given: grants
      .map(({ amountMicrocredits, voidedMicrocredits, frozen }) =>
        [amountMicrocredits, voidedMicrocredits, frozen].join(" "),
      )
      .toSorted(),
  };
}

it("I5: whatever becomes of a subscription, and whichever of its events come, how often and in which order, it ends as if each had come once, in order", async () => {
  let told = 0;
  // The clock of the machine: the Worker's is set by the stories.
  const until = performance.now() + SPENT_MS;
  const tell = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
    if (performance.now() > until) return;
    const years = await standInTimedStripe();
    // One hears everything at once and in order; the other what the story says, and in the end is
    // asked about.
    const [calm, wild] = [await side(years), await side(years)];
    const heard = new Set((await eventsAbout(years, calm)).map(({ id }) => id));
    const settle = async () => {
      expect(
        await syncSubscription(testContext({ config: config() }), wild.subscription),
      ).toMatchObject({
        ok: true,
      });
    };
    for (const it of steps) {
      if (it.do === "deliver") {
        await deliverStep(years, wild, it);
        continue;
      }
      for (const one of [calm, wild]) await applyStep(years, one, it);
      if (it.do === "wait" || it.do === "renew") {
        // Credits that have expired cannot be taken back any more, so a period is not left behind
        // unheard of.
        await settle();
        const days = it.do === "wait" ? it.days : 31;
        vi.setSystemTime(Date.now() + days * DAY_MS);
        years.stripe.control.advance(days * 86_400);
      }
      for (const event of (await eventsAbout(years, calm)).filter(({ id }) => !heard.has(id))) {
        expect((await years.stripe.control.resend(event.id))?.status, event.type).toBe(200);
        heard.add(event.id);
      }
    }
    await settle();
    expect(await stateOf(wild)).toEqual(await stateOf(calm));
    told += 1;
  });
  await fc.assert(tell, { numRuns: 200 });
  expect(told).toBeGreaterThan(0);
});
