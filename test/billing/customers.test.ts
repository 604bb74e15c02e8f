import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { deleteErasedCustomers } from "../../src/billing/index.ts";
import { runCron } from "../../src/cron.ts";
import { call, readError } from "../support/call.ts";
import { testContext } from "../support/context.ts";
import { loadShopCatalog, openCheckout } from "../support/shop.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";
import { createSubscriptionPlans, subscribeUser } from "../support/subscriber.ts";

interface CustomerBody {
  readonly userId: string;
  readonly stripeCustomerId: string;
  readonly defaultPaymentMethodId: string | null;
}
interface MethodBody {
  readonly id: string;
  readonly last4: string;
  readonly isDefault: boolean;
}

let admin: TestUser;
beforeAll(async () => {
  await loadShopCatalog();
  admin = await signUp("boss@farebox.test");
});

const CUSTOMERS = "/api/payments/customers";
const methodsOf = (userId: string) => `${CUSTOMERS}/${userId}/payment-methods`;
const sendAs = (user: TestUser, method: string, path: string, body?: unknown) =>
  call(method, path, { token: user.token, ...(body === undefined ? {} : { body }) });

async function customer(
  body: Record<string, unknown> = {},
): Promise<{ stripe: TestStripe; user: TestUser; made: CustomerBody }> {
  const stripe = standInStripe();
  const user = await signUp();
  const response = await sendAs(user, "POST", CUSTOMERS, body);
  if (response.status !== 201)
    throw new Error(`Creating a customer answered ${response.status}: ${await response.text()}`);
  return { stripe, user, made: await response.json<CustomerBody>() };
}
async function add(
  user: TestUser,
  paymentMethodId: string,
  more: Record<string, unknown> = {},
): Promise<MethodBody> {
  const response = await sendAs(user, "POST", methodsOf("me"), { paymentMethodId, ...more });
  if (response.status !== 201)
    throw new Error(`Adding a card answered ${response.status}: ${await response.text()}`);
  return await response.json<MethodBody>();
}
const methods = async (user: TestUser, query = "") =>
  await (await sendAs(user, "GET", methodsOf("me") + query)).json<{
    data: MethodBody[];
    hasMore: boolean;
    nextCursor: string | null;
  }>();
const NOT_FOUND = { status: 404, code: "not_found" };

describe("a customer", () => {
  it("has the user's new address at Stripe when the next page is opened", async () => {
    const { stripe, user, made } = await customer();
    const email = `new-${user.email}`;
    const changed = await sendAs(user, "PATCH", "/api/users/me", {
      email,
      currentPassword: user.password,
    });
    expect(changed.status).toBe(200);
    await openCheckout(user.token, { planId: "t-pack" });
    const emailAtStripe = async () => {
      const found = await stripe.client.customers.retrieve(made.stripeCustomerId);
      return found.deleted === true ? null : found.email;
    };
    expect(await emailAtStripe()).toBe(email);
    // An address for bills alone stays, until the user's own changes again.
    await stripe.client.customers.update(made.stripeCustomerId, { email: "bills@farebox.test" });
    await openCheckout(user.token, { planId: "t-pack" });
    expect(await emailAtStripe()).toBe("bills@farebox.test");
  });

  it("is sold to also while Stripe does not take the new address", async () => {
    const { stripe, user } = await customer();
    const change = { email: `new-${user.email}`, currentPassword: user.password };
    await sendAs(user, "PATCH", "/api/users/me", change);
    stripe.control.nextRequests({ answer: 400, path: "/v1/customers/", times: 1 });
    await openCheckout(user.token, { planId: "t-pack" });
  });

  it("is created once, and pays for a purchase", async () => {
    const { stripe, user, made } = await customer({ name: "Ada" });
    expect(made).toMatchObject({
      userId: user.userId,
      email: user.email,
      name: "Ada",
      defaultPaymentMethodId: null,
    });
    const again = await sendAs(user, "POST", CUSTOMERS, {});
    expect([again.status, await again.json()]).toMatchObject([
      200,
      { stripeCustomerId: made.stripeCustomerId, name: "Ada" },
    ]);
    const { sessionId } = await openCheckout(user.token, { planId: "t-pack" });
    expect((await stripe.client.checkout.sessions.retrieve(sessionId)).customer).toBe(
      made.stripeCustomerId,
    );
    expect((await stripe.client.customers.list()).data).toHaveLength(1);
  });

  it("is read from and updated at Stripe", async () => {
    const { stripe, user, made } = await customer();
    const change = {
      name: "Ada",
      phone: "+44 20 7946 0000",
      address: { line1: "1 High Street", postalCode: "N1", country: "gb" },
    };
    const changed = await sendAs(user, "PATCH", `${CUSTOMERS}/me`, change);
    const address = {
      line1: "1 High Street",
      line2: null,
      city: null,
      state: null,
      postalCode: "N1",
      country: "GB",
    };
    expect([changed.status, await changed.json()]).toMatchObject([
      200,
      { name: "Ada", phone: change.phone, address },
    ]);
    expect(await stripe.client.customers.retrieve(made.stripeCustomerId)).toMatchObject({
      name: "Ada",
      address: { country: "GB", postal_code: "N1" },
    });
    const cleared = await sendAs(user, "PATCH", `${CUSTOMERS}/${user.userId}`, {
      name: null,
      address: null,
    });
    expect(await cleared.json()).toMatchObject({ name: null, address: null, phone: change.phone });
  });

  it("is 404 where the user has none", async () => {
    standInStripe();
    const user = await signUp();
    expect(await readError(await sendAs(user, "GET", `${CUSTOMERS}/me`))).toMatchObject(NOT_FOUND);
    expect(
      await readError(await sendAs(user, "PATCH", `${CUSTOMERS}/me`, { name: "Ada" })),
    ).toMatchObject(NOT_FOUND);
    expect(await methods(user)).toMatchObject({ data: [], hasMore: false });
  });

  it("refuses an unknown field by name", async () => {
    const { user } = await customer();
    const wrong = await sendAs(user, "PATCH", `${CUSTOMERS}/me`, { balance: -5000 });
    expect(await readError(wrong)).toEqual({
      status: 400,
      code: "invalid_request",
      param: "balance",
    });
    const address = await sendAs(user, "PATCH", `${CUSTOMERS}/me`, {
      address: { country: "Britain" },
    });
    expect(await readError(address)).toMatchObject({ status: 400, param: "address.country" });
  });

  it("that was deleted at Stripe is replaced when its user buys", async () => {
    const { stripe, user, made } = await customer();
    await stripe.client.customers.del(made.stripeCustomerId);
    expect(await readError(await sendAs(user, "GET", `${CUSTOMERS}/me`))).toMatchObject(NOT_FOUND);
    const { sessionId, url } = await openCheckout(user.token, { planId: "t-pack" });
    const session = await stripe.client.checkout.sessions.retrieve(sessionId);
    expect(session.customer).not.toBe(made.stripeCustomerId);
    const replacement = await (await sendAs(user, "GET", `${CUSTOMERS}/me`)).json<CustomerBody>();
    expect(replacement.stripeCustomerId).toBe(session.customer);
    await stripe.pay(url);
    await stripe.control.deliver();
    const [order] = (
      await (await sendAs(user, "GET", "/api/orders")).json<{ data: { status: string }[] }>()
    ).data;
    expect(order?.status).toBe("completed");
    await openCheckout(user.token, { planId: "t-pack" });
    expect((await stripe.client.customers.list()).data).toHaveLength(1);
  });
});

describe("payment methods", () => {
  it("are added, listed newest first, and one of them is the default", async () => {
    const { user, made, stripe } = await customer();
    const visa = await add(user, "pm_card_visa");
    const mastercard = await add(user, "pm_card_mastercard", { setDefault: true });
    expect(mastercard).toMatchObject({
      type: "card",
      brand: "mastercard",
      last4: "4444",
      isDefault: true,
    });
    expect((await methods(user)).data.map(({ id, isDefault }) => [id, isDefault])).toEqual([
      [mastercard.id, true],
      [visa.id, false],
    ]);
    const chosen = await sendAs(user, "POST", `${methodsOf(user.userId)}/${visa.id}/default`);
    expect([chosen.status, await chosen.json()]).toMatchObject([
      200,
      { id: visa.id, isDefault: true },
    ]);
    expect(await stripe.client.customers.retrieve(made.stripeCustomerId)).toMatchObject({
      invoice_settings: { default_payment_method: visa.id },
    });
  });

  it("create the user's customer; adding one again changes nothing", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const { id } = await stripe.client.paymentMethods.create({
      type: "card",
      card: { token: "tok_visa" },
    });
    await add(user, id);
    await add(user, id);
    expect((await methods(user)).data.map(({ id }) => id)).toEqual([id]);
  });

  it("come in pages", async () => {
    const { user } = await customer();
    const added = [
      await add(user, "pm_card_visa"),
      await add(user, "pm_card_amex"),
      await add(user, "pm_card_discover"),
    ];
    const first = await methods(user, "?limit=2");
    expect([first.data.length, first.hasMore]).toEqual([2, true]);
    const second = await methods(user, `?limit=2&cursor=${first.nextCursor}`);
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(
      added.map(({ id }) => id).toReversed(),
    );
    expect(second.nextCursor).toBeNull();
    expect(
      await readError(await sendAs(user, "GET", `${methodsOf("me")}?cursor=pm_none`)),
    ).toMatchObject({
      status: 400,
      param: "cursor",
    });
  });

  it("are gone after they were removed", async () => {
    const { user } = await customer();
    const { id } = await add(user, "pm_card_visa", { setDefault: true });
    const removed = await sendAs(user, "DELETE", `${methodsOf("me")}/${id}`);
    expect([removed.status, await removed.json()]).toEqual([200, { success: true }]);
    expect((await methods(user)).data).toEqual([]);
    expect(await readError(await sendAs(user, "DELETE", `${methodsOf("me")}/${id}`))).toMatchObject(
      NOT_FOUND,
    );
  });

  it("that the bank declines are 422 with its reason, and unknown ones 404", async () => {
    const { user } = await customer();
    const declined = await sendAs(user, "POST", methodsOf("me"), {
      paymentMethodId: "pm_card_chargeDeclined",
    });
    expect(await readError(declined)).toEqual({
      status: 422,
      code: "card_declined",
      param: "card_declined",
    });
    const unknown = await sendAs(user, "POST", methodsOf("me"), { paymentMethodId: "pm_none" });
    expect(await readError(unknown)).toMatchObject(NOT_FOUND);
    const wrong = await sendAs(user, "POST", methodsOf("me"), {
      paymentMethodId: "4242424242424242",
    });
    expect(await readError(wrong)).toMatchObject({ status: 400, param: "paymentMethodId" });
  });

  it("that become the default pay for existing subscriptions", async () => {
    const stripe = standInStripe();
    const shelf = await createSubscriptionPlans();
    const user = await subscribeUser(stripe, shelf.pro);
    const { id } = await add(user, "pm_card_mastercard", { setDefault: true });
    const [subscription] = (await stripe.client.subscriptions.list()).data;
    expect(subscription?.default_payment_method).toBe(id);
  });
});

describe("I10: customers and payment methods", () => {
  it("of another user answer 404 under every path, and an admin sees them", async () => {
    const { user } = await customer();
    const { id } = await add(user, "pm_card_visa");
    const other = await signUp();
    const requests: [string, string, unknown?][] = [
      ["GET", `${CUSTOMERS}/${user.userId}`],
      ["PATCH", `${CUSTOMERS}/${user.userId}`, { name: "Eve" }],
      ["POST", CUSTOMERS, { userId: user.userId }],
      ["GET", methodsOf(user.userId)],
      ["POST", methodsOf(user.userId), { paymentMethodId: "pm_card_visa" }],
      ["POST", `${methodsOf(user.userId)}/${id}/default`],
      ["DELETE", `${methodsOf(user.userId)}/${id}`],
      ["GET", `/api/payments/users/${user.userId}/payments`],
      ["GET", `/api/payments/users/${user.userId}/usage/limits`],
      ["POST", `/api/payments/users/${user.userId}/usage/track`, { meter: "tool", quantity: 1 }],
      ["GET", `/api/invoices?userId=${user.userId}`],
    ];
    for (const [method, path, body] of requests) {
      expect(
        await readError(await sendAs(other, method, path, body)),
        `${method} ${path}`,
      ).toMatchObject(NOT_FOUND);
      expect(
        (await call(method, path, body === undefined ? {} : { body })).status,
        `${method} ${path}`,
      ).toBe(401);
    }
    for (const [method, path] of requests.filter(([verb]) => verb === "GET"))
      expect((await sendAs(admin, method, path)).status, `${method} ${path}`).toBe(200);
    expect((await sendAs(admin, "GET", `${CUSTOMERS}/usr_0000000000000000`)).status).toBe(404);
  });

  it("of another customer cannot be added, chosen or removed", async () => {
    const { stripe, user } = await customer();
    const { id } = await add(user, "pm_card_visa");
    const other = await signUp();
    const own = await add(other, "pm_card_mastercard");
    for (const request of [
      sendAs(other, "POST", methodsOf("me"), { paymentMethodId: id }),
      sendAs(other, "POST", `${methodsOf("me")}/${id}/default`),
      sendAs(other, "DELETE", `${methodsOf("me")}/${id}`),
    ]) {
      expect(await readError(await request)).toMatchObject(NOT_FOUND);
    }
    expect((await methods(user)).data.map(({ id }) => id)).toEqual([id]);
    expect((await methods(other)).data.map(({ id, isDefault }) => [id, isDefault])).toEqual([
      [own.id, false],
    ]);
    expect((await stripe.client.paymentMethods.retrieve(id)).customer).not.toBeNull();
  });
});

describe("a user who was erased", () => {
  const erase = async (user: TestUser) => {
    const erased = await sendAs(user, "DELETE", "/api/users/me", {
      currentPassword: user.password,
    });
    expect(erased.status).toBe(204);
  };
  const isLeft = async ({ userId }: TestUser) =>
    (await env.DB.prepare("select count(*) as left from erased_users where user_id = ?")
      .bind(userId)
      .first("left")) === 1;

  it("is deleted at Stripe by the cron, with subscription; late events do no harm", async () => {
    const stripe = standInStripe();
    const user = await subscribeUser(stripe, (await createSubscriptionPlans()).pro);
    const [before] = (await stripe.client.customers.list()).data;
    await erase(user);
    expect(await isLeft(user)).toBe(true);
    await runCron(env, Date.now());
    expect(await stripe.client.customers.retrieve(before?.id ?? "")).toMatchObject({
      deleted: true,
    });
    const [subscription] = (await stripe.client.subscriptions.list({ status: "all" })).data;
    expect([subscription?.status, await isLeft(user)]).toEqual(["canceled", false]);
    const deliveries = await stripe.control.deliver();
    expect(deliveries.filter((delivery) => delivery.state !== "delivered")).toEqual([]);
  });

  it("is retried when Stripe is down, and one more run does no harm", async () => {
    const { stripe, user, made } = await customer();
    // Those that other tests left would meet the outage instead.
    await env.DB.prepare("delete from erased_users").run();
    await erase(user);
    const run = () => deleteErasedCustomers(testContext(), 10);
    // The client itself tries three times.
    stripe.control.nextRequests({
      answer: 500,
      method: "DELETE",
      path: "/v1/customers/:id",
      times: 3,
    });
    await run();
    expect([(await stripe.client.customers.list()).data.length, await isLeft(user)]).toEqual([
      1,
      true,
    ]);
    // An admin deletes it at Stripe meanwhile.
    await stripe.client.customers.del(made.stripeCustomerId);
    await run();
    expect(await isLeft(user)).toBe(false);
  });
});
