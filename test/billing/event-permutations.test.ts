import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { reconcile } from "../../src/billing/index.ts";
import { readConfig } from "../../src/config.ts";
import { call } from "../support/call.ts";
import { testContext } from "../support/context.ts";
import * as fc from "../support/fast-check.ts";
import { loadShopCatalog, openCheckout } from "../support/shop.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";
import { buildEvent, deliverEvent } from "../support/webhook.ts";

beforeAll(loadShopCatalog);

/** "Level 2": 10 credits and a plan. */
const PRICE_MINOR = 3000;
const CREDITS = 10_000_000;
/**
 * The time for which random histories are run. One that fails prints its seed and its shortest
 * failing form.
 */
const TIME_LIMIT_MS = 5000;

/** A step: a change at Stripe, or a delivery of events. An impossible step does nothing. */
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("refund" as const),
      part: fc.constantFrom(1, 0.5, 0.3, 0.1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("fail a refund" as const), pick: fc.nat() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("dispute" as const),
      inquiry: fc.boolean(),
      part: fc.constantFrom(1, 0.5),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("decide" as const), won: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("escalate" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("spend" as const),
      credits: fc.integer({ min: 1, max: 5 }),
    }),
  },
  // Some of Stripe's events so far, in any order, some at the same time, some of them again.
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("deliver" as const),
      picks: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
      atOnce: fc.boolean(),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** One sale, and the reversals of its payment. */
interface SaleHistory {
  readonly stripe: TestStripe;
  readonly user: TestUser;
  readonly sessionId: string;
  readonly intentId: string;
  readonly from: number;
  readonly refunds: { id: string; amountMinor: number; failed: boolean }[];
  readonly disputes: {
    id: string;
    amountMinor: number;
    state: "inquiry" | "open" | "won" | "lost" | "closed";
  }[];
}

async function applyStep(sale: SaleHistory, it: Step): Promise<void> {
  const { stripe, user, intentId, refunds, disputes } = sale;
  const { control } = stripe;
  const last = disputes.at(-1);
  switch (it.do) {
    case "refund": {
      const gone = refunds
        .filter((refund) => !refund.failed)
        .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
      const amount = Math.floor((PRICE_MINOR - gone) * it.part);
      // Stripe refuses to refund a charged-back payment, and more than is left.
      if (amount === 0 || disputes.some(({ state }) => state === "open" || state === "lost"))
        return;
      const { id } = await stripe.client.refunds.create({ payment_intent: intentId, amount });
      refunds.push({ id, amountMinor: amount, failed: false });
      return;
    }
    case "fail a refund": {
      const refund = refunds.length === 0 ? undefined : refunds[it.pick % refunds.length];
      if (refund !== undefined && control.failRefund(refund.id)) refund.failed = true;
      return;
    }
    case "dispute": {
      const amountMinor = Math.floor(PRICE_MINOR * it.part);
      const opened = control.dispute(intentId, { inquiry: it.inquiry, amount: amountMinor });
      if (opened !== undefined)
        disputes.push({ id: opened.id, amountMinor, state: it.inquiry ? "inquiry" : "open" });
      return;
    }
    case "decide": {
      if (last?.state === "inquiry" && control.closeDispute(last.id, "warning_closed"))
        last.state = "closed";
      const outcome = it.won ? "won" : "lost";
      if (last?.state === "open" && control.closeDispute(last.id, outcome)) last.state = outcome;
      return;
    }
    case "escalate":
      if (last?.state === "inquiry" && control.escalateInquiry(last.id)) last.state = "open";
      return;
    case "spend":
      // The credits that are left by then.
      await creditAccount(env, user.userId).take({
        operationId: crypto.randomUUID(),
        amountMicrocredits: it.credits * 1_000_000,
        reason: "spent",
      });
      return;
    case "deliver": {
      const events = control.events().slice(sale.from);
      const sent = it.picks.map((pick) => async () => {
        const event = events[pick % events.length];
        if (event === undefined) return;
        const { object } = event.data;
        const id = "id" in object && typeof object.id === "string" ? object.id : "";
        // Either the same event, which the inbox may know, or a new one about the same object.
        const answer =
          pick % 2 === 0
            ? await control.resend(event.id)
            : await deliverEvent(buildEvent(event.type, id));
        expect(answer?.status, event.type).toBe(200);
      });
      if (it.atOnce) await Promise.all(sent.map((send) => send()));
      else for (const send of sent) await send();
    }
  }
}

/** Returns the outcome that a sale must have, by its payment alone. */
function expectedOutcome({ refunds, disputes }: SaleHistory) {
  const back = [
    ...refunds.filter((refund) => !refund.failed),
    ...disputes.filter(({ state }) => state === "lost"),
  ];
  const refundedMinor = Math.min(
    PRICE_MINOR,
    back.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
  );
  const frozen = refundedMinor < PRICE_MINOR && disputes.some(({ state }) => state === "open");
  const status = refundedMinor === PRICE_MINOR ? "refunded" : frozen ? "disputed" : "completed";
  return {
    order: { status, refundedMinor, paidMinor: PRICE_MINOR },
    hasPlan: status === "completed",
    session: "succeeded",
    grants: [
      { amount: CREDITS, voided: Math.floor((CREDITS * refundedMinor) / PRICE_MINOR), frozen },
    ],
    plansAgree: true,
  };
}

async function readOutcome({ user, sessionId }: SaleHistory, planId: string) {
  const read = async <T>(path: string): Promise<T> =>
    await (await call("GET", path, { token: user.token })).json<T>();
  const account = creditAccount(env, user.userId);
  const session = await read<{ status: string; orderId: string }>(
    `/api/stripe-sessions/stripe-id/${sessionId}`,
  );
  const [order, me, summary, grants] = await Promise.all([
    read<{ status: string; refundedMinor: number; paidMinor: number }>(
      `/api/orders/${session.orderId}`,
    ),
    read<{ planId: string }>("/api/users/me"),
    account.summary(),
    account.grants({ limit: 10, before: null }),
  ]);
  const { status, refundedMinor, paidMinor } = order;
  return {
    order: { status, refundedMinor, paidMinor },
    hasPlan: me.planId === planId,
    session: session.status,
    grants: grants.map((grant) => ({
      amount: grant.amountMicrocredits,
      voided: grant.voidedMicrocredits,
      frozen: grant.frozen,
    })),
    plansAgree: summary.ok && summary.value.planId === me.planId,
  };
}

it("I5, I6: a sale ends alike, in whatever order its events come or are lost", async () => {
  const stripe = standInStripe();
  const config = readConfig(env);
  const planId = (await (await call("GET", "/api/plans/t-level2")).json<{ id: string }>()).id;
  let runs = 0;

  const history = fc.record({
    byDebit: fc.boolean(),
    before: fc.array(step, { maxLength: 2 }),
    steps: fc.array(step, { maxLength: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(history, async ({ byDebit, before, steps }) => {
      const user = await signUp();
      const from = stripe.control.events().length;
      const { url, sessionId } = await openCheckout(user.token, { planId: "t-level2" });
      await stripe.pay(url, { method: byDebit ? "us_bank_account" : "card" });
      const session = await stripe.client.checkout.sessions.retrieve(sessionId);
      const intentId = typeof session.payment_intent === "string" ? session.payment_intent : "";
      const sale: SaleHistory = {
        stripe,
        user,
        sessionId,
        intentId,
        from,
        refunds: [],
        disputes: [],
      };
      // While a debit is under way, only its events can come.
      if (byDebit) {
        for (const each of before) if (each.do === "deliver") await applyStep(sale, each);
        stripe.control.completeDebit(sessionId, "succeeded");
      }
      for (const each of steps) await applyStep(sale, each);
      // Reconciliation finds the events that were never delivered.
      for (let isComplete = false; !isComplete; ) {
        const run = await reconcile(testContext({ config }), { eventsMax: 100, minAgeSeconds: 0 });
        if (!run.ok) throw new Error(run.failure.message);
        isComplete = run.value.isComplete;
      }
      expect(await readOutcome(sale, planId)).toEqual(expectedOutcome(sale));
      runs += 1;
    }),
    { numRuns: 300, interruptAfterTimeLimit: TIME_LIMIT_MS },
  );
  expect(runs).toBeGreaterThan(0);
});
