import { afterEach, expect, it, vi } from "vitest";
import { catalog } from "../../dev/catalogs/design.ts";
import { MINUTE_MS } from "../../src/time.ts";
import { beginStory, type Person, signUpPerson } from "../support/story.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

const STARTS_AT = Date.UTC(2083, 2, 3, 9);
const NOT_FOUND = { status: 404, json: { error: { code: "not_found" } } };
const PAYMENTS = "/api/payments";
const PRINTS = {
  slug: "prints",
  name: "Ten prints",
  kind: "one_time",
  credits: 10,
  prices: [{ currency: "usd", amountMinor: 1499 }],
};

interface Named {
  readonly id: string;
}

const track = (person: Person, meter: string, quantity = 1) =>
  person.request("POST", `${PAYMENTS}/users/${person.userId}/usage/track`, { meter, quantity });
/** When the subscription's month ends, which began in the story. */
const SUBSCRIPTION_RESETS_AT = "2083-04-03T09:16:00.000Z";

const readLimits = (person: Person) =>
  person.get(`${PAYMENTS}/users/${person.userId}/usage/limits`);
const refused = (meter: string, limit: number, resetsAt = "2083-04-01T00:00:00.000Z") => ({
  status: 402,
  json: {
    error: {
      code: "insufficient_quota",
      meter,
      limit,
      used: limit,
      resetsAt,
      upgradeUrl: "http://farebox.test/pricing",
    },
  },
});

it("design: images and 3D models by the month, paid by a saved card", async () => {
  const { stripe, advance } = await beginStory(catalog, STARTS_AT);
  const [operator, user, other] = [
    await signUpPerson("admin@farebox.test"),
    await signUpPerson(),
    await signUpPerson(),
  ];
  const mine = `${PAYMENTS}/customers/${user.userId}`;

  // Free: three images and one 3D model a month. Further use is refused, with a link to upgrade,
  // and is not counted.
  for (const used of [1, 2, 3])
    expect(await track(user, "image")).toMatchObject({
      status: 200,
      json: { used, limit: 3, remaining: 3 - used },
    });
  expect(await track(user, "image")).toMatchObject(refused("image", 3));
  expect(await track(user, "model_3d")).toMatchObject({
    status: 200,
    json: { used: 1, limit: 1, remaining: 0 },
  });
  expect(await track(user, "model_3d")).toMatchObject(refused("model_3d", 1));
  expect(await readLimits(user)).toMatchObject({
    limits: { image: { used: 3, limit: 3 }, model_3d: { used: 1, limit: 1 } },
  });

  // API keys are for plans that name API access among their features.
  const makeKey = () => user.request("POST", "/api/api-keys", { name: "App" });
  expect(await makeKey()).toMatchObject({
    status: 402,
    json: {
      error: { code: "insufficient_quota", upgradeUrl: "http://farebox.test/pricing" },
    },
  });
  expect(await user.get("/api/api-keys")).toEqual({ keys: [] });
  expect(await user.get("/api/features/api_access")).toMatchObject({ included: false });

  // The user's customer at Stripe, and their cards.
  expect(await user.request("GET", mine)).toMatchObject(NOT_FOUND);
  const customer = await user.post<{ stripeCustomerId: string }>(`${PAYMENTS}/customers`, {
    name: "Ada",
  });
  expect(await user.request("PATCH", mine, { phone: "+44 20 7946 0000" })).toMatchObject({
    status: 200,
    json: { name: "Ada" },
  });
  expect(await user.get(mine)).toMatchObject({
    ...customer,
    email: user.email,
    phone: "+44 20 7946 0000",
  });
  const addCard = (paymentMethodId: string) =>
    user.post<Named>(`${mine}/payment-methods`, { paymentMethodId });
  const [decliningCard, visa] = [
    await addCard("pm_card_chargeCustomerFail"),
    await addCard("pm_card_visa"),
  ];
  expect(await user.post(`${mine}/payment-methods/${visa.id}/default`)).toMatchObject({
    last4: "4242",
    isDefault: true,
  });
  expect(await user.get(`${mine}/payment-methods`)).toMatchObject({
    data: [
      { id: visa.id, isDefault: true },
      { id: decliningCard.id, isDefault: false },
    ],
  });
  expect(await user.get(mine)).toMatchObject({ defaultPaymentMethodId: visa.id });

  // A one-time plan that the operator puts on sale: a payment intent for the order's amount, and
  // for nobody else.
  expect((await operator.request("POST", "/api/admin/plans", PRINTS)).status).toBe(201);
  const intents = `${PAYMENTS}/payment-intents`;
  expect((await user.request("POST", intents, { planId: "prints", amount: 1 })).status).toBe(400);
  const intent = await user.post<{ id: string; orderId: string }>(intents, { planId: "prints" });
  expect(intent).toMatchObject({
    amountMinor: 1499,
    currency: "usd",
    status: "requires_payment_method",
  });
  const confirm = (person: Person, { id }: Named) =>
    person.request("POST", `${intents}/${intent.id}/confirm`, {
      paymentMethodId: id,
      returnUrl: "http://shop.test/prints",
    });
  expect(await confirm(user, decliningCard)).toMatchObject({
    status: 422,
    json: { error: { code: "card_declined" } },
  });
  expect(await confirm(other, visa)).toMatchObject(NOT_FOUND);
  expect(await confirm(user, visa)).toMatchObject({ status: 200, json: { status: "succeeded" } });
  await stripe.control.flush();
  expect(await user.get(`${intents}/${intent.id}`)).toMatchObject({
    status: "succeeded",
    orderId: intent.orderId,
  });
  expect(await user.get("/api/users/me")).toMatchObject({
    plan: { name: "Free" },
    creditBalance: 10,
  });

  // Premium by the saved card: 9.99 at once, and 100 and 50 a month of the subscription.
  await advance(15 * MINUTE_MS);
  const subscribe = (paymentMethodId: string) =>
    user.request("POST", `${PAYMENTS}/subscriptions`, { planId: "premium", paymentMethodId });
  expect(await subscribe(decliningCard.id)).toMatchObject({
    status: 422,
    json: { error: { code: "card_declined" } },
  });
  await advance(MINUTE_MS);
  expect(await user.get("/api/users/me")).toMatchObject({ plan: { name: "Free" } });
  expect(await subscribe(visa.id)).toMatchObject({
    status: 201,
    json: { status: "active", amountMinor: 999 },
  });
  await stripe.control.flush();
  expect(await user.get("/api/users/me")).toMatchObject({ plan: { name: "Premium" } });
  expect(await readLimits(user)).toMatchObject({
    limits: { image: { used: 0, limit: 100 }, model_3d: { used: 0, limit: 50 } },
  });
  expect((await track(user, "image", 100)).status).toBe(200);
  expect(await track(user, "image")).toMatchObject(refused("image", 100, SUBSCRIPTION_RESETS_AT));
  expect((await track(user, "model_3d", 50)).status).toBe(200);
  expect(await track(user, "model_3d")).toMatchObject(
    refused("model_3d", 50, SUBSCRIPTION_RESETS_AT),
  );

  // Pro, then Enterprise, each for the prorated difference of the month.
  const { data: subscriptions } = await user.get<{ data: Named[] }>(
    `${PAYMENTS}/users/me/subscriptions`,
  );
  expect(subscriptions).toMatchObject([
    { status: "active", plan: { slug: "premium" } },
    { status: "incomplete_expired" },
  ]);
  const subscription = `${PAYMENTS}/subscriptions/${subscriptions[0]?.id}`;
  await advance(MINUTE_MS);
  expect(await user.request("PATCH", subscription, { planId: "pro" })).toMatchObject({
    status: 200,
    json: { amountMinor: 2999 },
  });
  expect((await makeKey()).status).toBe(201);
  expect(await user.get("/api/features/api_access")).toMatchObject({ included: true });
  expect(await track(user, "image", 900)).toMatchObject({
    status: 200,
    json: { used: 1000, limit: 1000 },
  });
  expect(await track(user, "image")).toMatchObject(refused("image", 1000, SUBSCRIPTION_RESETS_AT));
  expect(await track(user, "model_3d", 450)).toMatchObject({
    status: 200,
    json: { used: 500, limit: 500 },
  });
  expect(await track(user, "model_3d")).toMatchObject(
    refused("model_3d", 500, SUBSCRIPTION_RESETS_AT),
  );
  await advance(MINUTE_MS);
  expect(await user.request("PATCH", subscription, { planId: "enterprise" })).toMatchObject({
    status: 200,
    json: { amountMinor: 9999, plan: { slug: "enterprise" } },
  });
  for (const meter of ["image", "model_3d"])
    expect(await track(user, meter, 1_000_000)).toMatchObject({
      status: 200,
      json: { limit: null, remaining: null },
    });
  await stripe.control.flush();

  // The user's payments, newest first: each change, the first month, and the prints.
  const { data: paid } = await user.get<{ data: object[] }>(
    `${PAYMENTS}/users/${user.userId}/payments`,
  );
  expect(paid).toMatchObject([
    { type: "invoice", title: "Enterprise", status: "paid", paidMinor: 7000 },
    { type: "invoice", title: "Pro", status: "paid", paidMinor: 2000 },
    { type: "invoice", title: "Premium", status: "paid", paidMinor: 999 },
    { type: "invoice", title: "Premium", paidMinor: 0 },
    {
      type: "order",
      id: intent.orderId,
      title: "Ten prints",
      status: "completed",
      paidMinor: 1499,
    },
  ]);

  // The operator refunds the prints; nobody else can, and not more than was paid.
  const refund = { orderId: intent.orderId, reason: "Misprinted." };
  expect(await user.request("POST", `${PAYMENTS}/refunds`, refund)).toMatchObject({
    status: 422,
    json: { error: { code: "not_refundable" } },
  });
  expect(
    await operator.request("POST", `${PAYMENTS}/refunds`, { ...refund, amountMinor: 1500 }),
  ).toMatchObject({ status: 422 });
  expect(await operator.request("POST", `${PAYMENTS}/refunds`, refund)).toMatchObject({
    status: 201,
    json: { amountMinor: 1499, status: "succeeded" },
  });
  await stripe.control.flush();
  expect(await operator.request("POST", `${PAYMENTS}/refunds`, refund)).toMatchObject({
    status: 422,
  });
  expect(await user.get(`/api/orders/${intent.orderId}`)).toMatchObject({
    status: "refunded",
    refundedMinor: 1499,
  });
  expect(await user.get("/api/users/me")).toMatchObject({
    plan: { name: "Enterprise" },
    creditBalance: 0,
  });

  // Another user reaches none of it, by any of these routes.
  const others: [string, string, unknown?][] = [
    ["GET", mine],
    ["PATCH", mine, { name: "Eve" }],
    ["POST", `${PAYMENTS}/customers`, { userId: user.userId }],
    ["GET", `${mine}/payment-methods`],
    ["POST", `${mine}/payment-methods`, { paymentMethodId: "pm_card_visa" }],
    ["POST", `${mine}/payment-methods/${visa.id}/default`],
    ["POST", `${PAYMENTS}/customers/me/payment-methods/${visa.id}/default`],
    ["DELETE", `${mine}/payment-methods/${visa.id}`],
    ["DELETE", `${PAYMENTS}/customers/me/payment-methods/${visa.id}`],
    ["POST", intents, { orderId: intent.orderId }],
    ["GET", `${intents}/${intent.id}`],
    ["GET", subscription],
    ["PATCH", subscription, { planId: "premium" }],
    ["DELETE", subscription],
    ["GET", `${PAYMENTS}/users/${user.userId}/subscriptions`],
    ["GET", `${PAYMENTS}/users/${user.userId}/payments`],
    ["POST", `${PAYMENTS}/users/${user.userId}/usage/track`, { meter: "image", quantity: 1 }],
    ["GET", `${PAYMENTS}/users/${user.userId}/usage/limits`],
    ["POST", `${PAYMENTS}/refunds`, refund],
  ];
  for (const route of others)
    expect([route, await other.request(...route)]).toMatchObject([route, NOT_FOUND]);
  const method = { planId: "premium", paymentMethodId: visa.id };
  expect(
    (await other.request("POST", `${PAYMENTS}/subscriptions`, method)).status,
  ).toBeGreaterThanOrEqual(400);
  expect(await other.get("/api/users/me")).toMatchObject({ plan: { name: "Free" } });
  expect(await user.get(subscription)).toMatchObject({
    status: "active",
    plan: { slug: "enterprise" },
  });

  // Canceled at once: Free again, whose allowance is used up.
  expect(await user.request("DELETE", subscription)).toMatchObject({
    status: 200,
    json: { status: "canceled" },
  });
  await stripe.control.flush();
  expect(await user.get("/api/users/me")).toMatchObject({ plan: { name: "Free" } });
  expect(await track(user, "image")).toMatchObject({ status: 402, json: { error: { limit: 3 } } });

  // The limit is thirty payment requests in fifteen minutes for each user; tracked usage does not
  // count towards it.
  const busy = await signUpPerson();
  for (let count = 0; count < 30; count += 1)
    expect((await busy.request("GET", `${PAYMENTS}/users/me/payments`)).status).toBe(200);
  const slow = await busy.request("GET", `${PAYMENTS}/users/me/subscriptions`);
  expect(slow).toMatchObject({ status: 429, json: { error: { code: "rate_limit_exceeded" } } });
  expect(Number(slow.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await busy.request("POST", "/api/checkout", { planId: "prints" })).status).toBe(429);
  expect((await track(busy, "image")).status).toBe(200);
  await advance(Number(slow.headers.get("retry-after")) * 1000);
  expect((await busy.request("POST", `${PAYMENTS}/customers`, {})).status).toBe(201);
});
