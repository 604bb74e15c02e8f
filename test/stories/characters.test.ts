import { afterEach, expect, it, vi } from "vitest";
import { catalog } from "../../dev/catalogs/characters.ts";
import { MINUTE_MS } from "../../src/time.ts";
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

const FEBRUARY = Date.UTC(2083, 1, 1);

const character = (name: string) => ({ name, systemPrompt: `You are ${name}.`, model: "small" });
const createCharacter = (person: Person, name: string) =>
  person.request("POST", "/api/characters", character(name));
const readPlanName = async (person: Person) =>
  (await person.get<{ plan: { name: string } }>("/api/users/me")).plan.name;

it("characters: levels are paid once, in Egyptian pounds, and lift the limit", async () => {
  const story = await beginStory(catalog, FEBRUARY - 36 * 60 * MINUTE_MS);
  const { stripe, model, advance, cron } = story;

  // The plans on sale, before anybody has signed up.
  const [mona, omar, layla] = [await signUpPerson(), await signUpPerson(), await signUpPerson()];
  const { data: plans } = await mona.get<{
    data: { id: string; name: string; prices: object[] }[];
  }>("/api/plans/active");
  expect(plans).toMatchObject([
    {
      name: "Free",
      prices: [],
      allowances: {
        character: { limit: 2, period: "month" },
        message: { limit: 20, period: "day" },
      },
    },
    { name: "Level1", prices: [{ currency: "egp", amountMinor: 100_000, interval: null }] },
    { name: "Level2", prices: [{ currency: "egp", amountMinor: 150_000, interval: null }] },
    { name: "Premium", prices: [{ currency: "egp", amountMinor: 300_000, interval: null }] },
  ]);

  // Free: two characters a month. The third is refused, with the time and the place to get more.
  expect(await mona.get("/api/users/me")).toMatchObject({
    plan: { name: "Free" },
    creditBalance: 0,
  });
  const sphinx = await mona.post<{ id: string }>("/api/characters", character("Sphinx"));
  expect((await createCharacter(mona, "Cleopatra")).status).toBe(201);
  const thirdRefused = {
    status: 402,
    json: {
      error: {
        code: "insufficient_quota",
        meter: "character",
        limit: 2,
        used: 2,
        resetsAt: "2083-02-01T00:00:00.000Z",
        upgradeUrl: "http://farebox.test/pricing",
      },
    },
  };
  expect(await createCharacter(mona, "Ramses")).toMatchObject(thirdRefused);
  expect(await mona.get("/api/characters")).toMatchObject({
    data: [{ name: "Cleopatra" }, { name: "Sphinx" }],
  });

  // Mona chats with one until the day's messages are used up.
  const sendMessage = (person: Person, message: string) =>
    person.request("POST", `/api/characters/${sphinx.id}/messages`, { message });
  const reply = await sendMessage(mona, "What goes on four feet in the morning?");
  expect(reply).toMatchObject({
    status: 200,
    json: { message: { role: "assistant", status: "complete" }, cost: 0 },
  });
  expect(JSON.parse(model.calls.at(-1)?.rawBody ?? "{}").messages).toEqual([
    { role: "system", content: "You are Sphinx." },
    { role: "user", content: "What goes on four feet in the morning?" },
  ]);
  for (let count = 1; count < 20; count += 1)
    expect((await sendMessage(mona, "And then?")).status).toBe(200);
  expect(await sendMessage(mona, "And then?")).toMatchObject({
    status: 402,
    json: { error: { meter: "message", limit: 20, used: 20 } },
  });
  expect(model.calls).toHaveLength(20);

  // Level2 with a declined card: nothing is bought.
  const page = await mona.post<CheckoutPage>("/api/checkout", { planId: "level2" });
  expect((await stripe.pay(page.url, { number: "4000 0000 0000 0002" })).status).toBe(402);
  await stripe.control.flush();
  expect(await readPlanName(mona)).toBe("Free");
  expect(await createCharacter(mona, "Ramses")).toMatchObject(thirdRefused);

  // Level2 with a good card. The page's metadata has her id and the plan's; returning from it
  // grants nothing, the webhook does.
  await payOnPage(stripe, page.url);
  const session = await stripe.client.checkout.sessions.retrieve(page.sessionId);
  const level2 = plans.find(({ name }) => name === "Level2");
  expect(session).toMatchObject({
    payment_status: "paid",
    amount_total: 150_000,
    currency: "egp",
    metadata: { userId: mona.userId, planId: level2?.id },
  });
  expect(await readPlanName(mona)).toBe("Free");
  await stripe.control.flush();
  expect(await mona.get("/api/users/me")).toMatchObject({
    planId: level2?.id,
    plan: { name: "Level2" },
  });
  expect(await mona.get("/api/orders")).toMatchObject({
    data: [{ title: "Level2", status: "completed", amount: "1500.00" }],
  });

  // Unlimited characters now, and 500 messages a day, of which 20 are used.
  for (const name of ["Ramses", "Nefertiti", "Anubis", "Isis"])
    expect((await createCharacter(mona, name)).status).toBe(201);
  expect((await sendMessage(mona, "At noon?")).status).toBe(200);
  expect(await mona.get("/api/usage")).toMatchObject({
    meters: { character: { used: 6, limit: null }, message: { used: 21, limit: 500 } },
  });
  expect((await sendMessage(layla, "Hello?")).status).toBe(404);

  // Omar pays for Premium, but no webhook arrives. The Worker fetches the session by itself.
  stripe.control.nextEvents({ behaviour: "never", times: 100 });
  await payAndDeliver(
    story,
    (await omar.post<CheckoutPage>("/api/checkout", { planId: "premium" })).url,
  );
  stripe.control.clearSwitches();
  expect(await readPlanName(omar)).toBe("Free");
  await advance(5 * MINUTE_MS);
  expect(await readPlanName(omar)).toBe("Free");
  await cron();
  expect(await readPlanName(omar)).toBe("Premium");
  expect(await omar.get("/api/usage")).toMatchObject({
    meters: { character: { limit: null }, message: { limit: null } },
  });

  // In the next month Layla, who pays nothing, has two characters again. What was paid for once
  // does not end.
  for (const name of ["Thoth", "Horus"])
    expect((await createCharacter(layla, name)).status).toBe(201);
  expect(await createCharacter(layla, "Bastet")).toMatchObject(thirdRefused);
  await advance(FEBRUARY - 1000 - Date.now());
  expect((await createCharacter(layla, "Bastet")).status).toBe(402);
  await advance(1000);
  for (const name of ["Bastet", "Ptah"])
    expect((await createCharacter(layla, name)).status).toBe(201);
  expect((await createCharacter(layla, "Hathor")).status).toBe(402);
  expect(await Promise.all([mona, omar, layla].map(readPlanName))).toEqual([
    "Level2",
    "Premium",
    "Free",
  ]);
});
