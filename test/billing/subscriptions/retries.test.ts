import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { findOrder, listOrders } from "../../../src/billing/orders/store.ts";
import { customers } from "../../../src/billing/tables.ts";
import { database } from "../../../src/db.ts";
import { callAsAdmin } from "../../support/admin.ts";
import { call } from "../../support/call.ts";
import { loadShopCatalog, openCheckout } from "../../support/shop.ts";
import { signUp, type TestUser } from "../../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../../support/stripe.ts";
import { createSubscriptionPlans } from "../../support/subscriber.ts";

vi.setConfig({ testTimeout: 600_000 });
beforeAll(loadShopCatalog);

const customerOf = async ({ userId }: TestUser): Promise<string> => {
  const row = await database(env.DB)
    .select()
    .from(customers)
    .where(eq(customers.userId, userId))
    .get();
  return row?.stripeCustomerId ?? "";
};

/** Signs a user up who has a card at Stripe. */
async function signUpWithCard() {
  const user = await signUp();
  const { token } = user;
  const saved = await call("POST", "/api/payments/customers/me/payment-methods", {
    token,
    body: { paymentMethodId: "pm_card_visa" },
  });
  const { id } = await saved.json<{ id: string }>();
  return { user, paymentMethodId: id };
}

const subscribe = ({ token }: TestUser, body: Record<string, unknown>) =>
  call("POST", "/api/payments/subscriptions", { token, body });

/** Creates a promotion code that only another customer may use. */
async function createCodeOfAnother({ client }: TestStripe): Promise<string> {
  const coupon = await client.coupons.create({ percent_off: 10, duration: "once" });
  const customer = await client.customers.create({ email: "another@example.com" });
  const { code } = await client.promotionCodes.create({
    code: `OTHER${crypto.randomUUID().slice(0, 8)}`,
    promotion: { type: "coupon", coupon: coupon.id },
    customer: customer.id,
  });
  return code;
}

describe("a subscription that could not begin", () => {
  it("because of a promotion code begins without it", async () => {
    const stripe = standInStripe();
    const { pro } = await createSubscriptionPlans();
    const { user, paymentMethodId } = await signUpWithCard();
    const promotionCode = await createCodeOfAnother(stripe);
    const refused = await subscribe(user, { planId: pro, paymentMethodId, promotionCode });
    expect(refused.status).toBe(400);
    const begun = await subscribe(user, { planId: pro, paymentMethodId });
    expect(begun.status, await begun.clone().text()).toBe(201);
  });

  it("because Stripe failed begins at the next try, though Stripe keeps the failure", async () => {
    const stripe = standInStripe();
    const { pro } = await createSubscriptionPlans();
    const { user, paymentMethodId } = await signUpWithCard();
    stripe.control.nextRequests({ answer: 500, path: "/v1/subscriptions", method: "POST" });
    const failed = await subscribe(user, { planId: pro, paymentMethodId });
    expect(failed.status).toBe(503);
    const begun = await subscribe(user, { planId: pro, paymentMethodId });
    expect(begun.status, await begun.clone().text()).toBe(201);
    expect((await stripe.client.subscriptions.list()).data).toHaveLength(1);
  });

  it("because the customer was deleted at Stripe begins with a new one", async () => {
    const stripe = standInStripe();
    const { pro } = await createSubscriptionPlans();
    const { user } = await signUpWithCard();
    await stripe.client.customers.del(await customerOf(user));
    const begun = await subscribe(user, { planId: pro });
    expect(begun.status, await begun.clone().text()).toBe(201);
  });
});

it("a refund that Stripe failed to make is made at the next try, once", async () => {
  const stripe = standInStripe();
  const user = await signUp();
  const { url } = await openCheckout(user.token, { planId: "t-pack" });
  await stripe.pay(url);
  await stripe.control.flush();
  const db = database(env.DB);
  const [order] = await listOrders(db, { userId: user.userId, limit: 1, cursor: undefined });
  const refund = () => callAsAdmin("POST", "/api/payments/refunds", { orderId: order?.id ?? "" });
  stripe.control.nextRequests({ answer: 500, path: "/v1/refunds", method: "POST" });
  expect((await refund()).status).toBe(503);
  const made = await refund();
  expect(made.status, await made.clone().text()).toBeLessThan(300);
  expect((await findOrder(db, order?.id ?? ""))?.status).toBe("refunded");
  expect((await stripe.client.refunds.list()).data).toHaveLength(1);
});
