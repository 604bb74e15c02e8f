import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { creditAccount } from "../../../src/account/index.ts";
import {
  listSubscriptionInvoices,
  listSubscriptions,
} from "../../../src/billing/subscriptions/store.ts";
import { syncSubscription } from "../../../src/billing/subscriptions/sync/sync-subscription.ts";
import { findPlan } from "../../../src/catalog/index.ts";
import { database } from "../../../src/db.ts";
import { DAY_MS } from "../../../src/time.ts";
import { testContext } from "../../support/context.ts";
import * as fc from "../../support/fast-check.ts";
import type { TestUser } from "../../support/sign-up.ts";
import {
  config,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
  type TimedStripe,
} from "../../support/subscriber.ts";
import { buildEvent, deliverEvent } from "../../support/webhook.ts";

/**
 * The time for which random histories are run. One that fails prints its seed and its shortest
 * failing form.
 */
const TIME_LIMIT_MS = 12_000;
vi.setConfig({ testTimeout: 120_000 });
afterEach(() => vi.useRealTimers());

/**
 * A step: a change at Stripe to both subscriptions, or a delivery of some events about one of them.
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
  // Some of Stripe's events so far, in any order, some at the same time, some of them again.
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

/** A subscriber, by user, customer and subscription. */
interface SubscriptionRef {
  readonly user: TestUser;
  readonly customer: string;
  readonly subscription: string;
}

async function subscribeToPro(timed: TimedStripe): Promise<SubscriptionRef> {
  const user = await subscribeUser(timed.stripe, timed.plans.pro);
  const [subscription] = await listSubscriptions(database(env.DB), user.userId);
  const customer =
    (await timed.stripe.client.customers.list({ email: user.email })).data[0]?.id ?? "";
  return { user, customer, subscription: subscription?.id ?? "" };
}

/** Applies a step to one subscription at Stripe. An impossible step does nothing. */
async function applyStep(
  { stripe, plans }: TimedStripe,
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
      const plan = await findPlan(database(env.DB), plans[it.plan === "pro" ? "pro" : "max"]);
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
 * Lists the events about one subscriber, within the 30 days for which Stripe remembers them.
 * Refunds and disputes name their charge only.
 */
async function eventsAbout({ stripe }: TimedStripe, { customer }: SubscriptionRef) {
  const charges = await stripe.client.charges.list({ customer, limit: 100 });
  const theirs = new Set<unknown>([customer, ...charges.data.map(({ id }) => id)]);
  const names = ["customer", "charge"];
  return stripe.control
    .events()
    .filter(({ data }) => names.some((name) => theirs.has(Reflect.get(data.object, name))));
}

/** Delivers some events about one subscriber. */
async function deliverStep(
  timed: TimedStripe,
  about: SubscriptionRef,
  it: Extract<Step, { do: "deliver" }>,
): Promise<void> {
  const events = await eventsAbout(timed, about);
  const sent = it.picks.map((pick) => async () => {
    const event = events[pick % events.length];
    const id: unknown = event === undefined ? undefined : Reflect.get(event.data.object, "id");
    if (event === undefined || typeof id !== "string") return;
    // Either the same event, which the inbox may know, or a new one about the same object.
    const answer =
      pick % 2 === 0
        ? await timed.stripe.control.resend(event.id)
        : await deliverEvent(buildEvent(event.type, id));
    expect(answer?.status, event.type).toBe(200);
  });
  if (it.atOnce) await Promise.all(sent.map((send) => send()));
  else for (const send of sent) await send();
}

/** Returns everything stored of one subscriber, without ids. */
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
    planAndCredits: await readPlanAndCredits(user),
    subscription: row && { ...row, id: "", userId: "", stripeItemId: "", updatedAt: 0 },
    invoices: invoiceState,
    grants: grants
      .map(({ amountMicrocredits, voidedMicrocredits, frozen }) =>
        [amountMicrocredits, voidedMicrocredits, frozen].join(" "),
      )
      .toSorted(),
  };
}

it("I5: a subscription ends alike, whichever events come, and in which order", async () => {
  let runs = 0;
  // The machine's own clock: the histories set the Worker's.
  const until = performance.now() + TIME_LIMIT_MS;
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 3, maxLength: 14 }),
    async (steps) => {
      if (performance.now() > until) return;
      const timed = await standInTimedStripe();
      // One gets every event at once and in order; the other those of the history, and a sync at
      // the end.
      const [calm, wild] = [await subscribeToPro(timed), await subscribeToPro(timed)];
      const delivered = new Set((await eventsAbout(timed, calm)).map(({ id }) => id));
      const sync = async () => {
        expect(
          await syncSubscription(testContext({ config: config() }), wild.subscription),
        ).toMatchObject({
          ok: true,
        });
      };
      for (const it of steps) {
        if (it.do === "deliver") {
          await deliverStep(timed, wild, it);
          continue;
        }
        for (const one of [calm, wild]) await applyStep(timed, one, it);
        if (it.do === "wait" || it.do === "renew") {
          // Expired credits cannot be taken back any more, so a period is synced before it is left.
          await sync();
          const days = it.do === "wait" ? it.days : 31;
          vi.setSystemTime(Date.now() + days * DAY_MS);
          timed.stripe.control.advance(days * 86_400);
        }
        for (const event of (await eventsAbout(timed, calm)).filter(
          ({ id }) => !delivered.has(id),
        )) {
          expect((await timed.stripe.control.resend(event.id))?.status, event.type).toBe(200);
          delivered.add(event.id);
        }
      }
      await sync();
      expect(await stateOf(wild)).toEqual(await stateOf(calm));
      runs += 1;
    },
  );
  await fc.assert(property, { numRuns: 200 });
  expect(runs).toBeGreaterThan(0);
});
