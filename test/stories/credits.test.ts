import { afterEach, expect, it, vi } from "vitest";
import { catalog } from "../../dev/catalogs/credits.ts";
import {
  beginStory,
  type CheckoutPage,
  type Person,
  payAndDeliver,
  payOnPage,
  signUpPerson,
} from "../support/story.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

const STARTS_AT = Date.UTC(2083, 1, 17, 10, 30);
const NOT_FOUND = { status: 404, json: { error: { code: "not_found" } } };

interface Session {
  readonly id: string;
  readonly stripeId: string;
  readonly status: string;
}

const readSession = (person: Person, { sessionId }: CheckoutPage) =>
  person.get<Session>(`/api/stripe-sessions/stripe-id/${sessionId}`);
const setStatus = (person: Person, { stripeSessionId }: CheckoutPage, newStatus: string) =>
  person.request("PATCH", `/api/stripe-sessions/${stripeSessionId}/status`, { status: newStatus });

it("credits: plans are paid once and add credits, and every attempt is stored", async () => {
  const story = await beginStory(catalog, STARTS_AT);
  const { stripe, model } = story;
  const [operator, user, other] = [
    await signUpPerson("admin@farebox.test"),
    await signUpPerson(),
    await signUpPerson(),
  ];

  // The operator created a price at Stripe and links the plan to it.
  const price = await stripe.client.prices.create({
    currency: "usd",
    unit_amount: 999,
    product_data: { name: "Starter" },
  });
  const starter = await operator.get<{ id: string }>("/api/plans/starter");
  const linked = { prices: [{ currency: "usd", amountMinor: 999, stripePriceId: price.id }] };
  expect((await operator.request("PATCH", "/api/admin/plans/starter", linked)).status).toBe(200);
  expect(await user.get("/api/plans/active")).toMatchObject({
    data: [
      { slug: "free", price: 0, credits: 0 },
      {
        id: starter.id,
        name: "Starter",
        price: 9.99,
        credits: 100,
        stripeKey: price.id,
        isActive: true,
      },
      { slug: "plus", price: 29.99, credits: 350 },
      { slug: "max", price: 99.99, credits: 1300 },
    ],
  });

  // A checkout for an unknown plan or with an unknown field is refused.
  const params = {
    planId: starter.id,
    successUrl: "http://shop.test/done",
    cancelUrl: "http://shop.test/plans",
  };
  expect((await user.request("POST", "/api/checkout", { planId: "pln_none" })).status).toBe(404);
  expect(await user.request("POST", "/api/checkout", { ...params, amount: "0.01" })).toMatchObject({
    status: 400,
    json: { error: { code: "invalid_request", param: "amount" } },
  });

  // The checkout page has the linked price, and returns to the shop's addresses.
  const page = await user.post<CheckoutPage>("/api/checkout", params);
  expect(page).toEqual({
    url: expect.stringMatching(/^http:\/\/stripe\.test\//),
    sessionId: expect.stringMatching(/^cs_/),
    stripeSessionId: expect.stringMatching(/^css_/),
  });
  const stripeSession = await stripe.client.checkout.sessions.retrieve(page.sessionId, {
    expand: ["line_items"],
  });
  expect(stripeSession).toMatchObject({
    success_url: "http://shop.test/done?session_id={CHECKOUT_SESSION_ID}&success=true",
    cancel_url: "http://shop.test/plans?canceled=true",
    line_items: { data: [{ price: { id: price.id }, quantity: 1 }] },
  });
  const pending = {
    id: page.stripeSessionId,
    userId: user.userId,
    planId: starter.id,
    plan: { id: starter.id, name: "Starter", credits: 100 },
    stripeId: page.sessionId,
    amount: "9.99",
    amountMinor: 999,
    currency: "usd",
    status: "pending",
    processedAt: null,
  };
  expect(await readSession(user, page)).toMatchObject(pending);

  // Paid by 4242 4242 4242 4242. The credits come with the webhook, not before.
  const paid = await stripe.pay(page.url, { number: "4242 4242 4242 4242" });
  expect([paid.status, paid.headers.get("location")]).toEqual([
    303,
    `http://shop.test/done?session_id=${page.sessionId}&success=true`,
  ]);
  expect(await user.get("/api/users/me")).toMatchObject({
    plan: { name: "Free" },
    creditBalance: 0,
  });
  expect(await readSession(user, page)).toMatchObject({ status: "pending", processedAt: null });
  await stripe.control.flush();
  expect(await readSession(user, page)).toMatchObject({
    ...pending,
    status: "succeeded",
    processedAt: expect.stringMatching(/^2083-02-17T10:30:00.\d{3}Z$/),
  });
  const bought = {
    planId: starter.id,
    plan: { id: starter.id, name: "Starter", credits: 100 },
    creditBalance: 100,
  };
  expect(await user.get("/api/users/me")).toMatchObject(bought);
  expect(await user.get(`/api/users/${user.userId}`)).toMatchObject(bought);

  // Stripe repeats the event, ten times at once. It is granted once.
  const [completed] = stripe.control
    .events()
    .filter(({ type }) => type === "checkout.session.completed");
  const again = await Promise.all(
    Array.from({ length: 10 }, () => stripe.control.resend(completed?.id ?? "")),
  );
  expect(again).toHaveLength(10);
  expect(await user.get("/api/users/me")).toMatchObject(bought);

  // A second purchase adds its credits; used credits do not return.
  await user.post("/v1/chat/completions", {
    model: "medium",
    messages: [{ role: "user", content: "Hello" }],
  });
  expect(model.calls).toHaveLength(1);
  const { used } = await user.get<{ used: number }>("/api/credits");
  expect(used).toBeGreaterThan(0);
  const second = await user.post<CheckoutPage>("/api/checkout", { planId: "plus" });
  await payAndDeliver(story, second.url);
  expect(await user.get("/api/users/me")).toMatchObject({
    plan: { name: "Plus", credits: 350 },
    creditBalance: 450 - used,
  });
  const { data: grants } = await user.get<{ data: object[] }>("/api/credits/grants");
  expect(grants).toMatchObject([
    { reason: "Plus", amount: 350, remaining: 350, expiresAt: null },
    { reason: "Starter", amount: 100, remaining: 100 - used, expiresAt: null },
  ]);

  // A checkout is canceled by the API, which closes Stripe's page as well, …
  const balance = 450 - used;
  const third = await user.post<CheckoutPage>("/api/checkout", { planId: "max" });
  for (const newStatus of ["succeeded", "failed", "processing", "pending"])
    expect(await setStatus(user, third, newStatus)).toMatchObject({
      status: 409,
      json: { error: { param: "status" } },
    });
  expect(await setStatus(user, third, "paid")).toMatchObject({ status: 400 });
  expect(await setStatus(other, third, "canceled")).toMatchObject(NOT_FOUND);
  expect(await setStatus(operator, third, "canceled")).toMatchObject(NOT_FOUND);
  expect(await setStatus(user, third, "canceled")).toMatchObject({
    status: 200,
    json: { status: "canceled", processedAt: expect.any(String) },
  });
  expect((await stripe.pay(third.url)).status).not.toBe(303);
  expect(await setStatus(user, page, "canceled")).toMatchObject({ status: 409 });

  // … or expires, …
  const fourth = await user.post<CheckoutPage>("/api/checkout", { planId: "max" });
  stripe.control.expire(fourth.sessionId);
  await stripe.control.flush();
  expect(await readSession(user, fourth)).toMatchObject({
    status: "canceled",
    processedAt: expect.any(String),
  });

  // … or is declined, which leaves the page open for another card, or is paid by a bank debit that
  // fails after days.
  const fifth = await user.post<CheckoutPage>("/api/checkout", { planId: "max" });
  expect((await stripe.pay(fifth.url, { number: "4000 0000 0000 0002" })).status).toBe(402);
  await stripe.control.flush();
  expect(await readSession(user, fifth)).toMatchObject({ status: "pending" });
  expect((await stripe.pay(fifth.url, { method: "us_bank_account" })).status).toBe(303);
  await stripe.control.flush();
  expect(await readSession(user, fifth)).toMatchObject({ status: "processing", processedAt: null });
  stripe.control.completeDebit(fifth.sessionId, "failed");
  await stripe.control.flush();
  expect(await readSession(user, fifth)).toMatchObject({
    status: "failed",
    processedAt: expect.any(String),
  });
  expect(await user.get("/api/users/me")).toMatchObject({
    plan: { name: "Plus" },
    creditBalance: balance,
  });

  // Every attempt is stored, newest first, and visible by each address to its user and to the
  // operator, and to nobody else.
  const attempts = ["failed", "canceled", "canceled", "succeeded", "succeeded"];
  for (const [person, path] of [
    [user, "/api/stripe-sessions"],
    [user, `/api/stripe-sessions/user/${user.userId}`],
    [user, "/api/stripe-sessions/user/me"],
    [operator, `/api/stripe-sessions/user/${user.userId}`],
    [operator, "/api/stripe-sessions"],
  ] as const) {
    const { data } = await person.get<{ data: Session[] }>(path);
    expect([path, data.map((session) => session.status)]).toEqual([path, attempts]);
  }
  const sessionView = await user.get(`/api/stripe-sessions/${page.stripeSessionId}`);
  expect(await readSession(user, page)).toEqual(sessionView);
  expect(await operator.get(`/api/stripe-sessions/${page.stripeSessionId}`)).toEqual(sessionView);
  expect(await other.get("/api/stripe-sessions")).toMatchObject({ data: [] });
  for (const path of [page.stripeSessionId, `stripe-id/${page.sessionId}`, `user/${user.userId}`])
    expect(await other.request("GET", `/api/stripe-sessions/${path}`)).toMatchObject(NOT_FOUND);
  expect(await other.request("GET", `/api/users/${user.userId}`)).toMatchObject(NOT_FOUND);
  await payOnPage(stripe, (await other.post<CheckoutPage>("/api/checkout", { planId: "max" })).url);
  await stripe.control.flush();
  expect(await other.get("/api/users/me")).toMatchObject({
    plan: { name: "Max" },
    creditBalance: 1300,
  });
});
