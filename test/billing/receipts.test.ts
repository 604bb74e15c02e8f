import { beforeAll, describe, expect, it } from "vitest";
import { call, readError } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { loadShopCatalog, openCheckout } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);

const receiptOf = (orderId: string, token: string) =>
  call("GET", `/api/orders/${orderId}/receipt`, { token });
const NOT_FOUND = { status: 404, code: "not_found" };

/** Returns the id of a user's newest order. */
const newestOrder = async (token: string): Promise<string> => {
  const { data } = await (await call("GET", "/api/orders", { token })).json<{
    data: { id: string }[];
  }>();
  return data[0]?.id ?? "";
};

describe("the receipt for an order", () => {
  it("is Stripe's page, for its buyer alone, once the order is paid", async () => {
    const [stripe, user, other] = [standInStripe(), await signUp(), await signUp()];
    const { url } = await openCheckout(user.token, { planId: "t-pack" });
    const orderId = await newestOrder(user.token);
    expect(await readError(await receiptOf(orderId, user.token))).toMatchObject(NOT_FOUND);
    await stripe.pay(url);
    await stripe.control.flush();
    const receipt = await receiptOf(orderId, user.token);
    expect(receipt.status).toBe(200);
    const address = expect.stringMatching(/^http/);
    expect(await receipt.json()).toEqual({
      orderId,
      url: address,
      currency: "usd",
      subtotalMinor: 999,
      discountMinor: 0,
      taxMinor: 0,
      totalMinor: 999,
      invoice: {
        id: expect.stringMatching(/^in_/),
        number: expect.stringMatching(/-0001$/),
        url: address,
        pdf: address,
      },
      refunds: [],
    });
    expect(await readError(await receiptOf(orderId, other.token))).toMatchObject(NOT_FOUND);
    expect(await readError(await receiptOf("ord_none", user.token))).toMatchObject(NOT_FOUND);
  });

  it("lists each refund of its payment, and when it was made", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
    await stripe.control.flush();
    const orderId = await newestOrder(user.token);
    const [charge] = (await stripe.client.charges.list()).data;
    await stripe.client.refunds.create({ charge: charge?.id ?? "", amount: 300 });
    await stripe.client.refunds.create({ charge: charge?.id ?? "", amount: 200 });
    await stripe.control.flush();
    expect(await (await receiptOf(orderId, user.token)).json()).toMatchObject({
      totalMinor: 999,
      refunds: [
        { amountMinor: 300, status: "succeeded", createdAt: expect.stringMatching(/Z$/) },
        { amountMinor: 200, status: "succeeded" },
      ],
    });
  });

  it("of a sale that a code made free has no page of Stripe's", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { id } = await stripe.client.coupons.create({ duration: "once", percent_off: 100 });
    await stripe.client.promotionCodes.create({
      promotion: { type: "coupon", coupon: id },
      code: "GIFT",
    });
    const body = { planId: "t-pack", promotionCode: "GIFT" };
    await stripe.pay((await openCheckout(user.token, body)).url);
    await stripe.control.flush();
    const orderId = await newestOrder(user.token);
    expect(await (await receiptOf(orderId, user.token)).json()).toMatchObject({
      url: null,
      invoice: null,
      subtotalMinor: 999,
      discountMinor: 999,
      totalMinor: 0,
    });
  });

  it("is not there while Stripe cannot be reached", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
    await stripe.control.flush();
    const orderId = await newestOrder(user.token);
    fakeNetwork.standIn("stripe.test", () => new Response("down", { status: 503 }));
    expect(await readError(await receiptOf(orderId, user.token))).toMatchObject({
      status: 503,
      code: "billing_unavailable",
    });
  });
});
