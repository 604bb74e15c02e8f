import { beforeAll, describe, expect, it } from "vitest";
import { loadShopCatalog, openCheckout, readUserState } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);

describe("a payment that is not immediate", () => {
  it("I6: a declined card gives nothing, and another card may pay on the same page", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const { url } = await openCheckout(user.token, { planId: "t-pack" });
    expect((await stripe.pay(url, { number: "4000 0000 0000 0002" })).status).toBe(402);
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "pending" }],
      sessions: [{ status: "pending" }],
    });
    await stripe.pay(url);
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 100,
      orders: [{ status: "completed" }],
    });
  });

  it("I6: a card that needs authentication gives nothing before its holder agrees", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const { url } = await openCheckout(user.token, { planId: "t-pack" });
    await stripe.pay(url, { number: "4000 0025 0000 3155" });
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "pending" }],
    });
    await stripe.authenticate(url, "complete");
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 100,
      orders: [{ status: "completed" }],
    });
  });

  it("I6: a bank debit gives nothing while it is under way, and all when it succeeds", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const { url, sessionId } = await openCheckout(user.token, { planId: "t-pack" });
    await stripe.pay(url, { method: "us_bank_account" });
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "pending" }],
      sessions: [{ status: "processing", ended: false }],
    });
    stripe.control.completeDebit(sessionId, "succeeded");
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 100,
      orders: [{ status: "completed" }],
      sessions: [{ status: "succeeded" }],
    });
  });

  it("I6: a bank debit that fails gives nothing, and the order says why", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const { url, sessionId } = await openCheckout(user.token, { planId: "t-pack" });
    await stripe.pay(url, { method: "us_bank_account" });
    stripe.control.completeDebit(sessionId, "failed");
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      grants: [],
      orders: [{ status: "failed", failureReason: "The bank account has insufficient funds." }],
      sessions: [{ status: "failed", ended: true }],
    });
  });

  it("a page that expires ends its order", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const { sessionId } = await openCheckout(user.token, { planId: "t-pack" });
    stripe.control.expire(sessionId);
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "failed" }],
      sessions: [{ status: "canceled", ended: true }],
    });
  });
});
