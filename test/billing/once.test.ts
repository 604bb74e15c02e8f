import { beforeAll, describe, expect, it } from "vitest";
import {
  DELIVERED,
  openCheckout,
  openShop,
  outcomeOf,
  paidSale,
  SOLD,
  stateOf,
} from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";
import { COMPLETED, deliver, eventAbout, SESSION_EVENTS } from "../support/webhook.ts";

beforeAll(openShop);

/** Every order of the given items. */
function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, at) =>
    permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]),
  );
}

interface Page {
  readonly stripe: TestStripe;
  readonly url: string;
  readonly sessionId: string;
}

const failByBank = async ({ stripe, url, sessionId }: Page) => {
  await stripe.pay(url, { method: "us_bank_account" });
  stripe.control.settle(sessionId, "failed");
};

const ENDINGS: [string, (page: Page) => Promise<unknown>, object][] = [
  ["paid by card", ({ stripe, url }) => stripe.pay(url), SOLD],
  [
    "not paid by a bank debit in the end",
    failByBank,
    { session: "failed", order: "failed", grants: 0 },
  ],
  [
    "left to expire",
    async ({ stripe, sessionId }) => stripe.control.expire(sessionId),
    { session: "canceled", order: "failed", grants: 0 },
  ],
];

describe("I5: one sale grants once", () => {
  it("when one event is delivered 50 times at once", async () => {
    const { user, sessionId } = await paidSale();
    const event = eventAbout(COMPLETED, sessionId);
    const answers = await Promise.all(Array.from({ length: 50 }, () => deliver(event)));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(await answers[0]?.json()).toEqual({ received: true });
    expect(await stateOf(user)).toMatchObject(DELIVERED);
  });

  it("when 50 different events about it arrive at once", async () => {
    const { user, sessionId } = await paidSale();
    const types = Array.from({ length: 50 }, (_, at) => SESSION_EVENTS[at % 4] ?? COMPLETED);
    const answers = await Promise.all(types.map((type) => deliver(eventAbout(type, sessionId))));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(await stateOf(user)).toMatchObject(DELIVERED);
  });

  it.each(ENDINGS)(
    "a sale that was %s ends the same in every order of the events about it, each delivered twice",
    { timeout: 30_000 },
    async (_how, end, expected) => {
      const stripe = standInStripe();
      const user = await signUp();
      for (const order of permutations(SESSION_EVENTS)) {
        const { url, sessionId } = await openCheckout(user.token, { planId: "t-pack" });
        await end({ stripe, url, sessionId });
        const events = order.map((type) => eventAbout(type, sessionId));
        for (const event of [...events, ...events.toReversed()])
          expect((await deliver(event)).status).toBe(200);
        expect(await outcomeOf(user, sessionId), `in the order ${order.join(", ")}`).toEqual(
          expected,
        );
      }
    },
  );

  it("whatever of its events arrive before, while and after a bank debit is under way", {
    timeout: 30_000,
  }, async () => {
    const stripe = standInStripe();
    const user = await signUp();
    for (const [before, during, ...after] of permutations(SESSION_EVENTS)) {
      const { url, sessionId } = await openCheckout(user.token, { planId: "t-pack" });
      const about = async (type: string | undefined) =>
        await deliver(eventAbout(type ?? COMPLETED, sessionId));
      await about(before);
      expect(await outcomeOf(user, sessionId)).toEqual({
        session: "pending",
        order: "pending",
        grants: 0,
      });
      await stripe.pay(url, { method: "us_bank_account" });
      await about(during);
      expect(await outcomeOf(user, sessionId)).toEqual({
        session: "processing",
        order: "pending",
        grants: 0,
      });
      stripe.control.settle(sessionId, "succeeded");
      for (const type of after) await about(type);
      expect(await outcomeOf(user, sessionId)).toEqual(SOLD);
    }
  });
});
