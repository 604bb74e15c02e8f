import { afterEach, expect, it, vi } from "vitest";
import { catalog } from "../../dev/catalogs/characters.ts";
import {
  beginStory,
  type CheckoutPage,
  MINUTE_MS,
  type Person,
  payAndDeliver,
  payOnPage,
  signUpPerson,
} from "../support/story.ts";

vi.setConfig({ testTimeout: 60_000 });
afterEach(() => vi.useRealTimers());

const FEBRUARY = Date.UTC(2083, 1, 1);

const character = (name: string) => ({ name, systemPrompt: `You are ${name}.`, model: "small" });
const make = (who: Person, name: string) => who.request("POST", "/api/characters", character(name));
const planOf = async (who: Person) =>
  (await who.get<{ plan: { name: string } }>("/api/users/me")).plan.name;

it("characters: levels are paid for once, in Egyptian pounds, and let people make as many characters as they like", async () => {
  const story = await beginStory(catalog, FEBRUARY - 36 * 60 * MINUTE_MS);
  const { stripe, model, advance: later, cron } = story;

  // What is sold, before anybody has signed up.
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

  // Free: two characters a month. The third is refused, and says when there are more and where.
  expect(await mona.get("/api/users/me")).toMatchObject({
    plan: { name: "Free" },
    creditBalance: 0,
  });
  const sphinx = await mona.post<{ id: string }>("/api/characters", character("Sphinx"));
  expect((await make(mona, "Cleopatra")).status).toBe(201);
  const third = {
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
  expect(await make(mona, "Ramses")).toMatchObject(third);
  expect(await mona.get("/api/characters")).toMatchObject({
    data: [{ name: "Cleopatra" }, { name: "Sphinx" }],
  });

  // She talks to one, as long as the day's messages last.
  const say = (who: Person, message: string) =>
    who.request("POST", `/api/characters/${sphinx.id}/messages`, { message });
  const told = await say(mona, "What goes on four feet in the morning?");
  expect(told).toMatchObject({
    status: 200,
    json: { message: { role: "assistant", status: "complete" }, cost: 0 },
  });
  expect(JSON.parse(model.calls.at(-1)?.rawBody ?? "{}").messages).toEqual([
    { role: "system", content: "You are Sphinx." },
    { role: "user", content: "What goes on four feet in the morning?" },
  ]);
  for (let said = 1; said < 20; said += 1) expect((await say(mona, "And then?")).status).toBe(200);
  expect(await say(mona, "And then?")).toMatchObject({
    status: 402,
    json: { error: { meter: "message", limit: 20, used: 20 } },
  });
  expect(model.calls).toHaveLength(20);

  // Level2, by a card that is declined: nothing is bought.
  const page = await mona.post<CheckoutPage>("/api/checkout", { planId: "level2" });
  expect((await stripe.pay(page.url, { number: "4000 0000 0000 0002" })).status).toBe(402);
  await stripe.control.flush();
  expect(await planOf(mona)).toBe("Free");
  expect(await make(mona, "Ramses")).toMatchObject(third);

  // By a good one. The page's metadata names her and the plan; coming back from it gives nothing,
  // the webhook does.
  await payOnPage(stripe, page.url);
  const session = await stripe.client.checkout.sessions.retrieve(page.sessionId);
  const level2 = plans.find(({ name }) => name === "Level2");
  expect(session).toMatchObject({
    payment_status: "paid",
    amount_total: 150_000,
    currency: "egp",
    metadata: { userId: mona.userId, planId: level2?.id },
  });
  expect(await planOf(mona)).toBe("Free");
  await stripe.control.flush();
  expect(await mona.get("/api/users/me")).toMatchObject({
    planId: level2?.id,
    plan: { name: "Level2" },
  });
  expect(await mona.get("/api/orders")).toMatchObject({
    data: [{ title: "Level2", status: "completed", amount: "1500.00" }],
  });

  // As many characters as she likes, and the day's messages go on: 500, of which 20 are used.
  for (const name of ["Ramses", "Nefertiti", "Anubis", "Isis"])
    expect((await make(mona, name)).status).toBe(201);
  expect((await say(mona, "At noon?")).status).toBe(200);
  expect(await mona.get("/api/usage")).toMatchObject({
    meters: { character: { used: 6, limit: null }, message: { used: 21, limit: 500 } },
  });
  expect((await say(layla, "Hello?")).status).toBe(404);

  // Omar pays for Premium, and no webhook ever says so. The Worker asks Stripe by itself.
  stripe.control.nextEvents({ behaviour: "never", times: 100 });
  await payAndDeliver(
    story,
    (await omar.post<CheckoutPage>("/api/checkout", { planId: "premium" })).url,
  );
  stripe.control.clearSwitches();
  expect(await planOf(omar)).toBe("Free");
  await later(5 * MINUTE_MS);
  expect(await planOf(omar)).toBe("Free");
  await cron();
  expect(await planOf(omar)).toBe("Premium");
  expect(await omar.get("/api/usage")).toMatchObject({
    meters: { character: { limit: null }, message: { limit: null } },
  });

  // Next month Layla, who pays nothing, has two characters again. What was paid for once is there
  // for good.
  for (const name of ["Thoth", "Horus"]) expect((await make(layla, name)).status).toBe(201);
  expect(await make(layla, "Bastet")).toMatchObject(third);
  await later(FEBRUARY - 1000 - Date.now());
  expect((await make(layla, "Bastet")).status).toBe(402);
  await later(1000);
  for (const name of ["Bastet", "Ptah"]) expect((await make(layla, name)).status).toBe(201);
  expect((await make(layla, "Hathor")).status).toBe(402);
  expect(await Promise.all([mona, omar, layla].map(planOf))).toEqual(["Level2", "Premium", "Free"]);
});
