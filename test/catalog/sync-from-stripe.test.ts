import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { pushCatalog } from "../../src/billing/index.ts";
import { type CatalogData, findPriceByStripeId, loadCatalog } from "../../src/catalog/index.ts";
import { readConfig } from "../../src/config.ts";
import { database } from "../../src/db.ts";
import { callAsAdmin } from "../support/admin.ts";
import { requirePlan } from "../support/catalog.ts";
import { testContext } from "../support/context.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";

const db = database(env.DB);
const config = readConfig(env);
type Plan = CatalogData["plans"][number];

let made = 0;
async function onSale(more: Partial<Plan> = {}) {
  made += 1;
  const data: Plan = {
    name: "Pro",
    kind: "subscription",
    allowances: { message: { limit: 500, period: "day" } },
    prices: [{ currency: "usd", interval: "month", amountMinor: 1500 }],
    ...more,
    slug: `f-${made}`,
  };
  // The Stripe of this test does not know the plans of other tests.
  await env.DB.exec("delete from prices");
  await env.DB.exec(
    "update plans set is_active = 0, stripe_product_id = null, stripe_seen = null " +
      "where kind <> 'free'",
  );
  await loadCatalog(db, { plans: [data], models: [] }, Date.now());
  const stripe = standInStripe();
  const pushed = await pushCatalog(testContext({ config, db }));
  if (!pushed.ok) throw new Error(pushed.failure.message);
  const plan = await requirePlan(data.slug);
  return {
    stripe,
    data,
    plan,
    product: plan.stripeProductId ?? "",
    monthly: plan.prices[0]?.stripePriceId ?? "",
  };
}
/** Returns the parts of a plan that could come from Stripe. Ids and times differ each time. */
async function seen(slug: string) {
  const { name, isActive, prices } = await requirePlan(slug);
  return {
    name,
    isActive,
    prices: prices.map(
      ({ currency, interval, amountMinor }) => `${currency} ${interval} ${amountMinor}`,
    ),
  };
}
const AS_PUSHED = { name: "Pro", isActive: true, prices: ["usd month 1500"] };

describe("a product changed at Stripe", () => {
  it("renames its plan, deactivates and activates it, with entries in the audit log", async () => {
    const { stripe, plan, product } = await onSale();
    await stripe.client.products.update(product, { name: "Professional" });
    await stripe.control.deliver();
    expect(await seen(plan.slug)).toMatchObject({ name: "Professional", isActive: true });
    await stripe.client.products.update(product, { active: false });
    await stripe.control.deliver();
    expect(await seen(plan.slug)).toMatchObject({ isActive: false });
    await stripe.client.products.update(product, { active: true });
    await stripe.control.deliver();
    expect(await seen(plan.slug)).toMatchObject({ name: "Professional", isActive: true });
    expect((await requirePlan(plan.slug)).version).toBe(plan.version);
    const audit = await (await callAsAdmin("GET", `/api/admin/audit?subjectId=${plan.id}`)).json<{
      data: { after: object }[];
    }>();
    expect(audit.data.map((entry) => entry.after)).toEqual([
      { isActive: true },
      { isActive: false },
      { name: "Professional" },
    ]);
  });

  it("takes its plan off sale when it is deleted", async () => {
    const { stripe, plan, product } = await onSale({ prices: [] });
    await stripe.client.products.del(product);
    await stripe.control.deliver();
    expect(await seen(plan.slug)).toMatchObject({ name: "Pro", isActive: false });
  });

  it("never takes the free plan off sale, which new users need", async () => {
    const stripe = standInStripe();
    const product = await stripe.client.products.create({ name: "Free" });
    await loadCatalog(
      db,
      {
        plans: [{ slug: "f-free", name: "Free", kind: "free", stripeProductId: product.id }],
        models: [],
      },
      1,
    );
    await stripe.client.products.update(product.id, { active: false, name: "Gratis" });
    await stripe.control.deliver();
    expect(await seen("f-free")).toMatchObject({ name: "Gratis", isActive: true });
  });

  it("says nothing of a plan where it is nobody's", async () => {
    const { stripe, plan } = await onSale();
    const other = await stripe.client.products.create({ name: "Other" });
    const price = await stripe.client.prices.create({
      product: other.id,
      currency: "usd",
      unit_amount: 1,
      recurring: { interval: "month" },
    });
    await stripe.client.prices.update(price.id, { active: false });
    const deliveries = await stripe.control.deliver();
    expect(deliveries.length).toBeGreaterThan(2);
    expect(await seen(plan.slug)).toEqual(AS_PUSHED);
  });
});

describe("limits in the metadata of a product at Stripe", () => {
  const LIMITED = {
    agent: { limit: 5, period: "at_once" },
    message: { limit: 500, period: "day" },
  } as const;
  const setMetadata = async (
    { stripe, product }: { stripe: TestStripe; product: string },
    metadata: Record<string, string>,
  ) => {
    await stripe.client.products.update(product, { metadata });
    await stripe.control.deliver();
  };
  const listAudit = async (planId: string) =>
    (
      await (
        await callAsAdmin("GET", `/api/admin/audit?subjectId=${planId}`)
      ).json<{
        data: { action: string; reason: string | null; before: object; after: object }[];
      }>()
    ).data;

  it("become the plan's, and its users' accounts get them", async () => {
    const sale = await onSale({ allowances: LIMITED });
    const { plan } = sale;
    await setMetadata(sale, { messageLimit: "750", agentLimit: "unlimited", note: "ours" });
    const synced = await requirePlan(plan.slug);
    expect(synced.allowances).toEqual({
      agent: { limit: null, period: "at_once" },
      message: { limit: 750, period: "day" },
    });
    expect(synced.version).toBe(plan.version + 1);
    expect(await listAudit(plan.id)).toMatchObject([
      {
        action: "plan.updated",
        before: { allowances: LIMITED },
        after: { allowances: synced.allowances },
      },
    ]);
    // A product as it was changes nothing.
    await setMetadata(sale, { note: "still ours" });
    expect((await requirePlan(plan.slug)).version).toBe(synced.version);
    expect(await listAudit(plan.id)).toHaveLength(1);
  });

  it("keep what the plan has besides, and take a period or a meter of their own", async () => {
    const overage = { eventName: "messages", limit: 1000 };
    const sale = await onSale({
      allowances: { message: { limit: 500, period: "month", overage } },
      prices: [{ currency: "usd", interval: "month", amountMinor: 1500, overageAmountMinor: "2" }],
    });
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await setMetadata(sale, { messageLimit: " 600 ", agentLimit: "3", imagePeriod: "day" });
    expect((await requirePlan(sale.plan.slug)).allowances).toMatchObject({
      message: { limit: 500 },
    });
    await setMetadata(sale, { imageLimit: "10", messagePeriod: "billing" });
    expect((await requirePlan(sale.plan.slug)).allowances).toEqual({
      agent: { limit: 3, period: "at_once" },
      image: { limit: 10, period: "day" },
      message: { limit: 600, period: "billing", overage },
    });
    logged.mockRestore();
    await setMetadata(sale, { messageLimit: "601", agentLimit: "4" });
    expect((await requirePlan(sale.plan.slug)).allowances).toMatchObject({
      agent: { limit: 4, period: "at_once" },
      message: { limit: 601, period: "billing", overage },
    });
  });

  it.each([
    [{ messageLimit: "many" }, "messageLimit must be"],
    [{ messageLimit: "-1" }, "messageLimit must be"],
    [{ messageLimit: "1.5" }, "messageLimit must be"],
    [{ messageLimit: "1e3" }, "messageLimit must be"],
    [{ messageLimit: "0x10" }, "messageLimit must be"],
    [{ messageLimit: "99999999999999999999" }, "messageLimit must be"],
    [{ messageLimit: "" }, "messageLimit is missing"],
    [{ messagePeriod: "fortnight" }, "messagePeriod must be"],
    [{ toolPeriod: "day" }, "toolLimit is missing"],
  ])("that are not valid are refused, with the valid ones beside them: %j", async (bad, reason) => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const sale = await onSale({ allowances: LIMITED });
    const { plan, stripe, product } = sale;
    await setMetadata(sale, { agentLimit: "7", ...bad });
    const { allowances, version } = await requirePlan(plan.slug);
    expect([allowances, version]).toEqual([LIMITED, plan.version]);
    expect(await listAudit(plan.id)).toMatchObject([
      { action: "plan.limits_refused", reason: expect.stringContaining(reason) },
    ]);
    expect(JSON.stringify(logged.mock.calls)).toContain(reason);
    // It is told once. The name is taken all the same, and limits that are right are, together.
    await stripe.client.products.update(product, { name: "Renamed" });
    await stripe.control.deliver();
    expect((await requirePlan(plan.slug)).name).toBe("Renamed");
    expect(await listAudit(plan.id)).toHaveLength(2);
    expect(logged).toHaveBeenCalledTimes(1);
    logged.mockRestore();
    await setMetadata(sale, {
      messageLimit: "9",
      messagePeriod: "month",
      toolPeriod: "",
    });
    expect((await requirePlan(plan.slug)).allowances).toEqual({
      agent: { limit: 7, period: "at_once" },
      message: { limit: 9, period: "month" },
    });
  });

  it("that a plan of its kind cannot have are refused", async () => {
    const overage = { eventName: "messages", limit: 1000 };
    const sale = await onSale({
      allowances: { message: { limit: 500, period: "month", overage } },
      prices: [{ currency: "usd", interval: "month", amountMinor: 1500, overageAmountMinor: "2" }],
    });
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await setMetadata(sale, { messageLimit: "unlimited" });
    logged.mockRestore();
    expect((await requirePlan(sale.plan.slug)).allowances).toEqual({
      message: { limit: 500, period: "month", overage },
    });
    expect(await listAudit(sale.plan.id)).toMatchObject([
      {
        action: "plan.limits_refused",
        reason: "allowances.message.overage: not allowed on an unlimited allowance",
      },
    ]);
  });

  it("do not undo what was changed here since they were set", async () => {
    const sale = await onSale({ allowances: LIMITED });
    const { data, plan, stripe, product } = sale;
    await stripe.client.products.update(product, { metadata: { messageLimit: "750" } });
    const changed = { ...LIMITED, message: { limit: 900, period: "day" } } as const;
    await loadCatalog(db, { plans: [{ ...data, allowances: changed }], models: [] }, Date.now());
    const pushed = await pushCatalog(testContext({ config, db }));
    expect(pushed.ok).toBe(true);
    await stripe.control.deliver();
    expect((await requirePlan(plan.slug)).allowances).toEqual(changed);
  });
});

it("events of a push change nothing, not even what was changed here since", async () => {
  const { stripe, data, plan } = await onSale();
  const prices = [{ currency: "usd", interval: "month", amountMinor: 1900 } as const];
  await loadCatalog(
    db,
    { plans: [{ ...data, name: "Plus", isActive: false, prices }], models: [] },
    Date.now(),
  );
  const deliveries = await stripe.control.deliver();
  expect(deliveries.map((one) => one.type).toSorted()).toEqual([
    "price.created",
    "product.created",
  ]);
  expect(await seen(plan.slug)).toEqual({
    name: "Plus",
    isActive: false,
    prices: ["usd month 1900"],
  });
});

it("a change that was not pushed yet stays, though another field changes at Stripe", async () => {
  const { stripe, data, plan, product } = await onSale();
  await loadCatalog(db, { plans: [{ ...data, isActive: false }], models: [] }, Date.now());
  await stripe.client.products.update(product, { name: "Renamed" });
  await stripe.control.deliver();
  expect(await seen(plan.slug)).toMatchObject({ name: "Renamed", isActive: false });
});

it("a price pushed by a Worker that died is linked by its event, and stays inactive", async () => {
  const { stripe, data, plan, monthly } = await onSale();
  await env.DB.exec("update prices set stripe_price_id = null, stripe_active = null");
  const prices = [{ currency: "usd", interval: "month", amountMinor: 1900 } as const];
  await loadCatalog(db, { plans: [{ ...data, prices }], models: [] }, Date.now());
  await stripe.control.deliver();
  expect(await seen(plan.slug)).toMatchObject({ prices: ["usd month 1900"] });
  expect((await findPriceByStripeId(db, monthly))?.price).toMatchObject({
    amountMinor: 1500,
    isActive: false,
  });
});

/** The actions of a person in Stripe's dashboard on a plan's prices. */
const dearer = (stripe: TestStripe, product: string, slug: string, amount = 1900) =>
  stripe.client.prices.create({
    product,
    currency: "usd",
    unit_amount: amount,
    recurring: { interval: "month" },
    lookup_key: `${slug}_usd_month`,
    transfer_lookup_key: true,
  });

describe("a price at Stripe", () => {
  it("with the plan's lookup key becomes its price; subscribers keep the old one", async () => {
    const { stripe, plan, product, monthly } = await onSale();
    const { id } = await dearer(stripe, product, plan.slug);
    await stripe.control.deliver();
    const after = await requirePlan(plan.slug);
    expect(after.prices).toMatchObject([{ amountMinor: 1900, stripePriceId: id }]);
    expect((await findPriceByStripeId(db, monthly))?.plan.id).toBe(plan.id);
    const pushed = await pushCatalog(testContext({ config, db }));
    expect(pushed).toMatchObject({ ok: true, value: { problems: [] } });
    expect(await stripe.client.prices.retrieve(monthly)).toMatchObject({ active: false });
  });

  it("gets its slot back when restored, if it has the plan's lookup key", async () => {
    const { stripe, plan, product, monthly } = await onSale();
    const { id } = await dearer(stripe, product, plan.slug);
    await stripe.control.deliver();
    await stripe.client.prices.update(id, { active: false });
    await stripe.control.deliver();
    expect(await seen(plan.slug)).toEqual(AS_PUSHED);
    await stripe.client.prices.update(id, { active: true });
    await stripe.control.deliver();
    expect(await seen(plan.slug)).toMatchObject({ prices: ["usd month 1900"] });
    for (const active of [false, true]) await stripe.client.prices.update(monthly, { active });
    await stripe.control.deliver();
    expect(await seen(plan.slug)).toMatchObject({ prices: ["usd month 1900"] });
  });

  it("of the same amount replaces the one there was, and both are known", async () => {
    const { stripe, plan, product, monthly } = await onSale();
    const { id } = await dearer(stripe, product, plan.slug, 1500);
    await stripe.client.prices.update(monthly, { active: false });
    await stripe.control.deliver();
    expect((await requirePlan(plan.slug)).prices).toMatchObject([
      { amountMinor: 1500, stripePriceId: id },
    ]);
    expect((await findPriceByStripeId(db, monthly))?.price).toMatchObject({
      amountMinor: 1500,
      isActive: false,
    });
    expect(await pushCatalog(testContext({ config, db }))).toMatchObject({
      ok: true,
      value: { problems: [] },
    });
    expect((await requirePlan(plan.slug)).prices).toMatchObject([{ stripePriceId: id }]);
  });

  it("with the plan's id as metadata is a price of the plan, in another slot", async () => {
    const { stripe, plan, product } = await onSale();
    const metadata = { planId: plan.id };
    await stripe.client.prices.create({
      product,
      currency: "eur",
      unit_amount: 1400,
      recurring: { interval: "month" },
      metadata,
    });
    await stripe.client.prices.create({
      product,
      currency: "usd",
      unit_amount: 15_000,
      recurring: { interval: "year" },
      metadata,
    });
    await stripe.control.deliver();
    expect((await seen(plan.slug)).prices.toSorted()).toEqual([
      "eur month 1400",
      "usd month 1500",
      "usd year 15000",
    ]);
  });

  it("that cannot be sold here changes nothing, and the log says why", async () => {
    const { stripe, plan, product } = await onSale();
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const metadata = { planId: plan.id };
    const common = { product, currency: "usd", metadata };
    await stripe.client.prices.create({ ...common, unit_amount: 100 });
    await stripe.client.prices.create({
      ...common,
      unit_amount: 4000,
      recurring: { interval: "month", interval_count: 3 },
    });
    await stripe.client.prices.create({
      ...common,
      unit_amount: 0,
      recurring: { interval: "year" },
    });
    await stripe.control.deliver();
    expect(await seen(plan.slug)).toEqual(AS_PUSHED);
    expect(
      log.mock.calls.map(([line]) => /can.t be sold here: ([^"]*)"/.exec(String(line))?.[1]),
    ).toEqual([
      "required: a subscription's price needs an interval.",
      "it is metered, or billed every several intervals.",
      "it isn't a fixed amount per unit.",
    ]);
    log.mockRestore();
  });

  it("that is archived is no longer asked for, and is again when it is taken back", async () => {
    const { stripe, plan, monthly } = await onSale();
    await stripe.client.prices.update(monthly, { active: false });
    await stripe.control.deliver();
    expect(await seen(plan.slug)).toMatchObject({ prices: [] });
    await stripe.client.prices.update(monthly, { active: true });
    await stripe.control.deliver();
    expect(await seen(plan.slug)).toEqual(AS_PUSHED);
  });

  it("is no price of the plan where it is for usage past the allowance", async () => {
    const overage = {
      message: { limit: 10, period: "day", overage: { eventName: "beyond", limit: null } },
    } as const;
    const prices = [
      { currency: "usd", interval: "month", amountMinor: 1500, overageAmountMinor: "2" },
    ] as const;
    const { stripe, plan } = await onSale({ allowances: overage, prices: [...prices] });
    await stripe.control.deliver();
    expect(await requirePlan(plan.slug)).toMatchObject({ prices: [{ amountMinor: 1500 }] });
  });
});

/** Returns pseudo-random numbers, the same ones for the same seed. */
function numbers(beginning: number) {
  let state = beginning;
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("whatever happens to a plan at Stripe", () => {
  type Deed = (
    shop: Awaited<ReturnType<typeof onSale>>,
    memory: { dearer?: string },
  ) => Promise<unknown>;
  const DEEDS: Readonly<Record<string, Deed>> = {
    rename: ({ stripe, product }) => stripe.client.products.update(product, { name: "Renamed" }),
    archive: ({ stripe, product }) => stripe.client.products.update(product, { active: false }),
    restore: ({ stripe, product }) => stripe.client.products.update(product, { active: true }),
    reprice: async ({ stripe, product, plan }, memory) => {
      memory.dearer ??= (await dearer(stripe, product, plan.slug)).id;
    },
    dropOld: ({ stripe, monthly }) => stripe.client.prices.update(monthly, { active: false }),
    takeOldBack: ({ stripe, monthly }) => stripe.client.prices.update(monthly, { active: true }),
    dropNew: async ({ stripe }, { dearer: id }) => {
      if (id !== undefined) await stripe.client.prices.update(id, { active: false });
    },
    takeNewBack: async ({ stripe }, { dearer: id }) => {
      if (id !== undefined) await stripe.client.prices.update(id, { active: true });
    },
  };

  const BEGINNING = 20_261_120;

  it(`the plan ends alike, whatever the events' order and number (from ${BEGINNING})`, async () => {
    const next = numbers(BEGINNING);
    for (let round = 0; round < 20; round += 1) {
      const deeds = Array.from(
        { length: 2 + next(6) },
        () => Object.keys(DEEDS)[next(Object.keys(DEEDS).length)] ?? "rename",
      );
      const shops: { slug: string; state: unknown }[] = [];
      for (const isPrompt of [true, false]) {
        const shop = await onSale();
        const memory = {};
        const { control } = shop.stripe;
        for (const deed of deeds) {
          await DEEDS[deed]?.(shop, memory);
          if (isPrompt) await control.deliver();
        }
        if (!isPrompt) {
          const ids = control.events().map((event) => event.id);
          for (let sent = 0; sent < ids.length * 2; sent += 1)
            await control.resend(ids[next(ids.length)] ?? "");
          for (const id of ids.toSorted(() => next(3) - 1)) await control.resend(id);
        }
        shops.push({ slug: shop.plan.slug, state: await seen(shop.plan.slug) });
      }
      expect(shops[1]?.state, `round ${round}: ${deeds.join(", ")}`).toEqual(shops[0]?.state);
    }
  });
});
