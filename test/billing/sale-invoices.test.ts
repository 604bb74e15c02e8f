import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { call } from "../support/call.ts";
import {
  loadShopCatalog,
  type OpenedCheckout,
  openCheckout,
  readUserState,
} from "../support/shop.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";
import { createSubscriptionPlans } from "../support/subscriber.ts";

beforeAll(loadShopCatalog);

/** Opens a page under other settings. */
async function openWith(
  settings: Readonly<Record<string, string>>,
  user: TestUser,
  body: Readonly<Record<string, unknown>> = { planId: "t-pack" },
): Promise<Response> {
  const values = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, { value, enumerable: true }]),
  );
  const request = new Request("http://farebox.test/api/checkout", {
    method: "POST",
    headers: { authorization: `Bearer ${user.token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return await app.fetch(request, Object.create(env, values), createExecutionContext());
}

const sessionOf = async (stripe: TestStripe, opened: Response) => {
  expect(opened.status).toBe(200);
  const { sessionId } = await opened.json<OpenedCheckout>();
  return await stripe.client.checkout.sessions.retrieve(sessionId);
};

describe("the invoice for a one-time sale", () => {
  it("is Stripe's, names its order, and grants nothing by its own events", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
    await stripe.control.flush();
    const [order] = (
      await (
        await call("GET", "/api/orders", { token: user.token })
      ).json<{
        data: { id: string }[];
      }>()
    ).data;
    const invoices = (await stripe.client.invoices.list()).data;
    expect(invoices).toMatchObject([
      {
        status: "paid",
        billing_reason: "manual",
        parent: null,
        total: 999,
        amount_paid: 999,
        description: "Pack",
        custom_fields: [{ name: "Order", value: order?.id }],
        metadata: { orderId: order?.id, userId: user.userId, kind: "plan" },
      },
    ]);
    const about = invoices[0]?.id ?? "";
    const told = stripe.control.events().filter(({ data }) => "id" in data.object);
    const types = told
      .filter(({ data: { object } }) => "id" in object && object.id === about)
      .map(({ type }) => type);
    expect(types).toEqual([
      "invoice.created",
      "invoice.finalized",
      "invoice.paid",
      "invoice.payment_succeeded",
    ]);
    // Each of them once more, long after the sale was delivered.
    for (const { id } of told) await stripe.control.resend(id);
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 100,
      grants: [{ credits: 100 }],
      orders: [{ status: "completed" }],
    });
    const history = await call("GET", "/api/payments/users/me/payments", { token: user.token });
    expect(await history.json()).toMatchObject({
      data: [{ type: "order", paidMinor: 999, disputed: false }],
    });
    const listed = await call("GET", "/api/invoices", { token: user.token });
    expect(await listed.json()).toMatchObject({
      data: [{ id: about, orderId: order?.id, subscriptionId: null, taxMinor: 0 }],
    });
  });

  it("delivers its sale alone where no event of the page arrives", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { url } = await openCheckout(user.token, { planId: "t-pack" });
    for (const type of ["checkout.session.completed", "payment_intent.succeeded"] as const)
      stripe.control.nextEvents({ behaviour: "never", type });
    await stripe.pay(url);
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 100,
      orders: [{ status: "completed" }],
    });
  });

  it("of a bank debit is made when the money has come", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { url, sessionId } = await openCheckout(user.token, { planId: "t-pack" });
    await stripe.pay(url, { method: "us_bank_account" });
    await stripe.control.deliver();
    expect((await stripe.client.invoices.list()).data).toEqual([]);
    stripe.control.completeDebit(sessionId, "succeeded");
    await stripe.control.deliver();
    expect((await stripe.client.invoices.list()).data).toMatchObject([{ status: "paid" }]);
    expect(await readUserState(user)).toMatchObject({ creditBalance: 100 });
  });

  it("stays as it is when the money goes back, and the credits go", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
    await stripe.control.flush();
    const [charge] = (await stripe.client.charges.list()).data;
    await stripe.client.refunds.create({ charge: charge?.id ?? "" });
    await stripe.control.flush();
    expect((await stripe.client.invoices.list()).data).toMatchObject([
      { status: "paid", post_payment_credit_notes_amount: 0 },
    ]);
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "refunded" }],
    });
  });

  it("is not made where the operator turned it off, nor for a subscription", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const off = await sessionOf(stripe, await openWith({ STRIPE_INVOICES: "false" }, user));
    expect(off.invoice_creation?.enabled).toBe(false);
    const { pro } = await createSubscriptionPlans();
    const subscribed = await sessionOf(stripe, await openWith({}, user, { planId: pro }));
    expect(subscribed.invoice_creation).toBeNull();
  });
});

describe("Stripe's page", () => {
  it("is in the buyer's language, and asks for what the operator's settings say", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const settings = {
      STRIPE_TAX_ID_COLLECTION: "true",
      STRIPE_BILLING_ADDRESS: "required",
      STRIPE_TERMS_CONSENT: "true",
      STRIPE_CHECKOUT_TEXT: "Credits never expire.",
      STRIPE_INVOICE_FOOTER: "Registered in Berlin, HRB 1",
      STRIPE_STATEMENT_SUFFIX: "CREDITS",
    };
    const body = { planId: "t-pack", locale: "de" };
    const session = await sessionOf(stripe, await openWith(settings, user, body));
    expect(session).toMatchObject({
      locale: "de",
      tax_id_collection: { enabled: true },
      billing_address_collection: "required",
      consent_collection: { terms_of_service: "required" },
      custom_text: { submit: { message: "Credits never expire." } },
      invoice_creation: {
        enabled: true,
        invoice_data: { footer: "Registered in Berlin, HRB 1", description: "Pack" },
      },
    });
    await stripe.pay(session.url ?? "");
    const [intent] = (await stripe.client.paymentIntents.list()).data;
    expect(intent).toMatchObject({ statement_descriptor_suffix: "CREDITS", description: "Pack" });
  });

  it("does without consent, tax ids and texts unless the operator asked for them", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    expect(await sessionOf(stripe, await openWith({}, user))).toMatchObject({
      locale: null,
      consent_collection: null,
      billing_address_collection: null,
      custom_text: { submit: null },
    });
  });

  it("cannot ask for consent while Stripe's dashboard has no address of terms", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    stripe.control.hasTermsUrl(false);
    const refused = await openWith({ STRIPE_TERMS_CONSENT: "true" }, user);
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { error: { code: "stripe_refused" } },
    ]);
  });

  it.each([
    ["has no letter", "STRIPE_STATEMENT_SUFFIX", "22"],
    ["has a star", "STRIPE_STATEMENT_SUFFIX", "CREDITS*"],
    ["is unknown", "STRIPE_BILLING_ADDRESS", "never"],
    ["is no origin", "STRIPE_CHECKOUT_ORIGINS", "pay.example.com"],
    ["is too long", "STRIPE_CHECKOUT_TEXT", "x".repeat(1201)],
  ])("is not opened while a setting %s: %s", async (_problem, name, value) => {
    standInStripe();
    const refused = await openWith({ [name]: value }, await signUp());
    expect([refused.status, await refused.json()]).toMatchObject([
      503,
      { error: { code: "misconfigured", param: name } },
    ]);
  });

  it("refuses a language that it does not have, and names the field", async () => {
    standInStripe();
    const refused = await openWith({}, await signUp(), { planId: "t-pack", locale: "ar" });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { code: "invalid_request", param: "locale" } },
    ]);
  });

  it("takes a promotion code from a buyer who entered none before", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { id } = await stripe.client.coupons.create({ duration: "once", percent_off: 20 });
    const code = { promotion: { type: "coupon" as const, coupon: id }, code: "LATE20" };
    await stripe.client.promotionCodes.create(code);
    const { url } = await openCheckout(user.token, { planId: "t-pack" });
    const paid = await stripe.pay(url, { promotion_code: "LATE20" });
    expect(paid.status).toBe(303);
    await stripe.control.deliver();
    const orders = await call("GET", "/api/orders", { token: user.token });
    // The order keeps its price, and records what was paid.
    expect(await orders.json()).toMatchObject({
      data: [{ status: "completed", amountMinor: 999, paidMinor: 799 }],
    });
    expect(await readUserState(user)).toMatchObject({ creditBalance: 100 });
    expect((await stripe.client.invoices.list()).data).toMatchObject([{ total: 799 }]);

    const given = { planId: "t-pack", promotionCode: "LATE20" };
    expect(await sessionOf(stripe, await openWith({}, user, given))).toMatchObject({
      allow_promotion_codes: null,
      amount_total: 799,
    });
    const off = await openWith({ STRIPE_PROMOTION_CODES: "false" }, user);
    expect((await sessionOf(stripe, off)).allow_promotion_codes).toBeNull();
  });
});
