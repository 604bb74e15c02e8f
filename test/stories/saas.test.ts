import { afterEach, expect, it, vi } from "vitest";
import { catalog } from "../../dev/catalogs/saas.ts";
import { DAY_MS, MINUTE_MS } from "../../src/time.ts";
import {
  beginStory,
  type CheckoutPage,
  type ParsedResponse,
  type Person,
  payAndDeliver,
  payOnPage,
  requestWithKey,
  runAccountAlarm,
  signUpPerson,
} from "../support/story.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

const STARTS_AT = Date.UTC(2083, 2, 1, 12);

interface Named {
  readonly id: string;
}

/** Requests `n` replies at once, each of which counts as a message. */
const sendChats = (key: string, n = 1): Promise<ParsedResponse> =>
  requestWithKey(key, "POST", "/v1/chat/completions", {
    model: "small",
    n,
    max_tokens: 4,
    messages: [{ role: "user", content: "Hello" }],
  });
const createAgent = (person: Person, name: string) =>
  person.request("POST", "/api/agents", { name, systemPrompt: `You are ${name}.`, model: "small" });
const refused = (meter: string, limit: number) => ({
  status: 402,
  json: {
    error: { code: "insufficient_quota", meter, limit, upgradeUrl: "http://farebox.test/pricing" },
  },
});

/** Uses up the rest of a day's messages. */
async function useAllMessages(person: Person, key: string, limit: number): Promise<void> {
  const { messages: used } = await person.get<{ messages: number }>("/api/usage");
  for (let remaining = limit - used; remaining > 0; remaining -= 100)
    expect((await sendChats(key, Math.min(100, remaining))).status).toBe(200);
  expect(await person.get("/api/usage")).toMatchObject({ messages: limit });
}

/** Creates agents up to the limit, and expects the next one to be refused. */
async function fillWithAgents(person: Person, limit: number): Promise<void> {
  const { agents: existing } = await person.get<{ agents: number }>("/api/usage");
  for (let n = existing + 1; n <= limit; n += 1)
    expect((await createAgent(person, `Agent ${n}`)).status).toBe(201);
  expect(await createAgent(person, "One too many")).toMatchObject(refused("agent", limit));
  expect(await person.get("/api/usage")).toMatchObject({ agents: limit });
}

it("saas: subscriptions in tiers, monthly and yearly, with bills for overage", async () => {
  const story = await beginStory(catalog, STARTS_AT);
  const { stripe, advance, cron } = story;
  const [operator, user, creator] = [
    await signUpPerson("admin@farebox.test"),
    await signUpPerson(),
    await signUpPerson(),
  ];
  expect(await operator.request("POST", "/api/admin/catalog/push")).toMatchObject({
    status: 200,
    json: { problems: [] },
  });
  const products = (await stripe.client.products.list({ active: true })).data;
  expect(products.find(({ name }) => name === "Pro")?.metadata).toMatchObject({
    messageLimit: "500",
    agentLimit: "5",
  });

  // Free: 50 messages a day, one agent, and 20 calls of tools.
  expect(await user.get("/api/subscription")).toMatchObject({
    id: null,
    status: "free",
    agentLimit: 1,
    messageLimit: 50,
  });
  const { key } = await user.post<{ key: string }>("/api/api-keys", { name: "App" });
  for (let count = 0; count < 50; count += 1) expect((await sendChats(key)).status).toBe(200);
  expect(await sendChats(key)).toMatchObject(refused("message", 50));
  expect(await user.request("POST", "/api/chat", { message: "Hello?" })).toMatchObject(
    refused("message", 50),
  );
  await fillWithAgents(user, 1);
  const trackTool = (quantity: number) =>
    user.request("POST", "/api/payments/users/me/usage/track", { meter: "tool", quantity });
  expect((await trackTool(20)).status).toBe(200);
  expect(await trackTool(1)).toMatchObject(refused("tool", 20));
  await advance(DAY_MS);
  expect(await user.get("/api/usage")).toMatchObject({ messages: 0, agents: 1 });
  expect((await sendChats(key)).status).toBe(200);

  // Pro, $15.00 a month after a trial of 14 days: 500 messages a day and five agents from the first
  // day, and no charge.
  const findCustomer = async () =>
    (await stripe.client.customers.list({ email: user.email })).data[0]?.id ?? "";
  const listCharges = async () =>
    (await stripe.client.charges.list({ customer: await findCustomer(), limit: 100 })).data.map(
      ({ amount }) => amount,
    );
  const page = await user.post<CheckoutPage>("/api/checkout", { planId: "pro", interval: "month" });
  await payOnPage(stripe, page.url);
  expect(await user.get("/api/subscription")).toMatchObject({ status: "free" });
  await stripe.control.flush();
  expect(await user.get("/api/subscription")).toMatchObject({
    status: "trialing",
    plan: { slug: "pro" },
    interval: "month",
    amountMinor: 1500,
    trialEnd: expect.stringMatching(/^2083-03-16T12:00/),
    agentLimit: 5,
    messageLimit: 500,
  });
  await useAllMessages(user, key, 500);
  expect(await sendChats(key)).toMatchObject(refused("message", 500));
  await fillWithAgents(user, 5);
  expect((await trackTool(1000)).status).toBe(200);
  expect(await listCharges()).toEqual([]);
  expect(
    await user.request("POST", "/api/checkout", { planId: "pro", interval: "month" }),
  ).toMatchObject({
    status: 409,
    json: { error: { code: "already_purchased" } },
  });

  // The trial ends, and the first month is paid.
  await advance(14 * DAY_MS + 2 * 60 * MINUTE_MS);
  expect(await user.get("/api/subscription")).toMatchObject({
    status: "active",
    currentPeriodEnd: expect.stringMatching(/^2083-04-16T12:00/),
  });
  expect(await listCharges()).toEqual([1500]);

  // The portal is the customer's own page at Stripe.
  const portal = await user.post<{ url: string }>("/api/billing/portal", {
    returnUrl: "http://shop.test/account",
  });
  expect(await (await stripe.open(portal.url)).text()).toContain("Pro");

  // Business in the middle of the month: the rest of the old price is credited, the rest of the new
  // one charged. A preview changes nothing.
  await advance(Date.UTC(2083, 3, 1) - Date.now());
  const change = (params: object) => user.request("POST", "/api/subscription/change", params);
  const preview = await change({ planId: "business", preview: true });
  expect(preview).toMatchObject({
    status: 200,
    json: {
      preview: true,
      amountDueMinor: 1700,
      totalMinor: 1700,
      lines: [{ amountMinor: -750 }, { amountMinor: 2450 }],
    },
  });
  expect(await user.get("/api/subscription")).toMatchObject({ plan: { slug: "pro" } });
  expect(await change({ planId: "business" })).toMatchObject({
    status: 200,
    json: {
      status: "active",
      plan: { slug: "business" },
      amountMinor: 4900,
      agentLimit: 25,
      messageLimit: 2000,
    },
  });
  await stripe.control.flush();
  expect(await listCharges()).toEqual([1700, 1500]);
  await fillWithAgents(user, 25);

  // Another user's agent from the marketplace, paid once.
  const tutor = {
    name: "Tutor",
    systemPrompt: "Teach.",
    model: "small",
    visibility: "listed",
    priceMinor: 500,
    currency: "usd",
  };
  const { id: tutorId } = await creator.post<Named>("/api/agents", tutor);
  expect(
    await user.request("POST", `/api/agents/${tutorId}/messages`, { message: "Hi" }),
  ).toMatchObject({ status: 402 });
  await payAndDeliver(
    story,
    (await user.post<CheckoutPage>(`/api/agents/${tutorId}/purchase`)).url,
  );
  expect(
    (await user.request("POST", `/api/agents/${tutorId}/messages`, { message: "Hi" })).status,
  ).toBe(200);
  expect(await listCharges()).toEqual([500, 1700, 1500]);
  expect(await user.get("/api/usage")).toMatchObject({ messages: 1, agents: 25 });

  // 2000 messages a day, then up to 1000 more at two cents each, on the next month's invoice.
  await useAllMessages(user, key, 2000);
  for (let extra = 0; extra < 1000; extra += 100)
    expect((await sendChats(key, 100)).status).toBe(200);
  expect(await sendChats(key)).toMatchObject(refused("message", 2000));
  await runAccountAlarm(user);
  await cron();
  await cron();
  expect(await listCharges()).toEqual([500, 1700, 1500]);
  await advance(Date.UTC(2083, 3, 16, 14) - Date.now());
  expect((await listCharges())[0]).toBe(4900 + 1000 * 2);
  expect(await user.get("/api/invoices?limit=1")).toMatchObject({
    data: [{ status: "paid", amountPaidMinor: 6900 }],
  });

  // The yearly price: a year begins now, for $490.00 less the rest of the month.
  const yearly = await change({ planId: "business", interval: "year" });
  expect(yearly).toMatchObject({ status: 200, json: { interval: "year", amountMinor: 49_000 } });
  const [yearCharge = 0] = await listCharges();
  expect(yearCharge).toBeGreaterThan(49_000 - 4900);
  expect(yearCharge).toBeLessThanOrEqual(49_000);

  // Down to Pro, at once: the difference becomes a balance for later invoices. Existing agents
  // stay, but none can be added.
  await advance(10 * DAY_MS);
  const downgrade = await change({ planId: "pro", preview: true });
  expect(downgrade).toMatchObject({ status: 200, json: { interval: "year", amountDueMinor: 0 } });
  expect(await change({ planId: "pro" })).toMatchObject({
    status: 200,
    json: { amountMinor: 15_000, messageLimit: 500 },
  });
  await stripe.control.flush();
  const readBalance = async () => {
    const stripeCustomer = await stripe.client.customers.retrieve(await findCustomer());
    return stripeCustomer.deleted === true ? 0 : stripeCustomer.balance;
  };
  expect(await readBalance()).toBeLessThan(-32_000);
  expect((await user.get<{ data: Named[] }>("/api/agents?limit=100")).data).toHaveLength(25);
  expect(await createAgent(user, "One too many")).toMatchObject(refused("agent", 5));
  await useAllMessages(user, key, 500);
  expect(await sendChats(key)).toMatchObject(refused("message", 500));

  // The subscription is canceled at the year's end, resumed, and canceled again. Until then nothing
  // is taken away.
  const cancel = (action: "cancel" | "resume") =>
    user.request("POST", `/api/subscription/${action}`);
  expect(await cancel("cancel")).toMatchObject({
    status: 200,
    json: { status: "active", cancelAtPeriodEnd: true },
  });
  expect(await cancel("resume")).toMatchObject({
    status: 200,
    json: { status: "active", cancelAtPeriodEnd: false },
  });
  expect(await cancel("cancel")).toMatchObject({ status: 200, json: { cancelAtPeriodEnd: true } });
  const chargesBefore = await listCharges();
  await advance(350 * DAY_MS);
  expect(await user.get("/api/subscription")).toMatchObject({
    status: "active",
    plan: { slug: "pro" },
    messageLimit: 500,
  });
  expect((await sendChats(key, 51)).status).toBe(200);

  // Free again, with 50 messages a day. The agent from the marketplace stays.
  await advance(10 * DAY_MS);
  expect(await user.get("/api/subscription")).toMatchObject({
    status: "free",
    agentLimit: 1,
    messageLimit: 50,
  });
  expect(await listCharges()).toEqual(chargesBefore);
  expect(
    (await user.request("POST", `/api/agents/${tutorId}/messages`, { message: "Still there?" }))
      .status,
  ).toBe(200);
  await useAllMessages(user, key, 50);
  expect(await sendChats(key)).toMatchObject(refused("message", 50));
  expect(await createAgent(user, "One too many")).toMatchObject(refused("agent", 1));
  expect(await cancel("cancel")).toMatchObject({ status: 404 });

  // A user has only one trial.
  const { sessionId } = await user.post<CheckoutPage>("/api/checkout", {
    planId: "pro",
    interval: "month",
  });
  expect((await stripe.client.checkout.sessions.retrieve(sessionId)).amount_total).toBe(1500);

  // Enterprise is assigned by the operator, and ends when the operator ends it.
  const setPlan = (planId: string | null) =>
    operator.request("PATCH", `/api/admin/users/${user.userId}`, { planId });
  expect((await user.request("POST", "/api/checkout", { planId: "enterprise" })).status).toBe(400);
  expect((await setPlan("enterprise")).status).toBe(200);
  expect(await user.get("/api/usage")).toMatchObject({
    meters: { message: { limit: null }, agent: { used: 25, limit: null } },
  });
  expect((await sendChats(key)).status).toBe(200);
  expect((await setPlan(null)).status).toBe(200);
  expect(await sendChats(key)).toMatchObject(refused("message", 50));
});
