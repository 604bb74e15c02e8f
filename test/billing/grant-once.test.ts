import { beforeAll, describe, expect, it } from "vitest";
import {
  DELIVERED_OUTCOME,
  DELIVERED_STATE,
  loadShopCatalog,
  openCheckout,
  openPaidSale,
  readSaleOutcome,
  readUserState,
} from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";
import { buildEvent, COMPLETED, deliverEvent, SESSION_EVENTS } from "../support/webhook.ts";

beforeAll(loadShopCatalog);

/** Returns the items in every order. */
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
  stripe.control.completeDebit(sessionId, "failed");
};

const ENDINGS: [string, (page: Page) => Promise<unknown>, object][] = [
  ["paid by card", ({ stripe, url }) => stripe.pay(url), DELIVERED_OUTCOME],
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
    const { user, sessionId } = await openPaidSale();
    const event = buildEvent(COMPLETED, sessionId);
    const answers = await Promise.all(Array.from({ length: 50 }, () => deliverEvent(event)));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(await answers[0]?.json()).toEqual({ received: true });
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
  });

  it("when 50 different events about it arrive at once", async () => {
    const { user, sessionId } = await openPaidSale();
    const types = Array.from({ length: 50 }, (_, at) => SESSION_EVENTS[at % 4] ?? COMPLETED);
    const answers = await Promise.all(
      types.map((type) => deliverEvent(buildEvent(type, sessionId))),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
  });

  it.each(ENDINGS)(
    "a sale that was %s ends the same in every order of its events, each delivered twice",
    async (_case, end, expected) => {
      const stripe = standInStripe();
      const user = await signUp();
      for (const order of permutations(SESSION_EVENTS)) {
        const { url, sessionId } = await openCheckout(user.token, { planId: "t-pack" });
        await end({ stripe, url, sessionId });
        const events = order.map((type) => buildEvent(type, sessionId));
        for (const event of [...events, ...events.toReversed()])
          expect((await deliverEvent(event)).status).toBe(200);
        expect(await readSaleOutcome(user, sessionId), `in the order ${order.join(", ")}`).toEqual(
          expected,
        );
      }
    },
  );

  it("whichever of its events arrive before, during and after a bank debit", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    for (const [before, during, ...after] of permutations(SESSION_EVENTS)) {
      const { url, sessionId } = await openCheckout(user.token, { planId: "t-pack" });
      const deliverAbout = async (type: string | undefined) =>
        await deliverEvent(buildEvent(type ?? COMPLETED, sessionId));
      await deliverAbout(before);
      expect(await readSaleOutcome(user, sessionId)).toEqual({
        session: "pending",
        order: "pending",
        grants: 0,
      });
      await stripe.pay(url, { method: "us_bank_account" });
      await deliverAbout(during);
      expect(await readSaleOutcome(user, sessionId)).toEqual({
        session: "processing",
        order: "pending",
        grants: 0,
      });
      stripe.control.completeDebit(sessionId, "succeeded");
      for (const type of after) await deliverAbout(type);
      expect(await readSaleOutcome(user, sessionId)).toEqual(DELIVERED_OUTCOME);
    }
  });
});
