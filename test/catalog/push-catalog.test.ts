import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { pushCatalog } from "../../src/billing/index.ts";
import { type CatalogData, loadCatalog, type PricedPlan } from "../../src/catalog/index.ts";
import { readConfig } from "../../src/config.ts";
import { database } from "../../src/db.ts";
import { callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import { requirePlan } from "../support/catalog.ts";
import { testContext } from "../support/context.ts";
import { workerDyingAt } from "../support/dying-worker.ts";
import { signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

const db = database(env.DB);
const config = readConfig(env);
type Plan = CatalogData["plans"][number];

let made = 0;
/** Returns a plan that no other test has. */
const aPlan = (more: Partial<Plan> = {}): Plan & { slug: string } => {
  made += 1;
  return {
    name: "Pro",
    kind: "subscription",
    allowances: {
      message: { limit: 500, period: "day" },
      agent: { limit: null, period: "at_once" },
    },
    features: ["Priority queue", "SLA"],
    prices: [
      { currency: "usd", interval: "month", amountMinor: 1500 },
      { currency: "usd", interval: "year", amountMinor: 15_000 },
      { currency: "jpy", interval: "month", amountMinor: 2000 },
    ],
    ...more,
    slug: `p-${made}`,
  };
};
const load = (...plans: Plan[]) => loadCatalog(db, { plans, models: [] }, Date.now());
const planOf = ({ slug }: Plan & { slug: string }): Promise<PricedPlan> => requirePlan(slug);
async function push() {
  const pushed = await pushCatalog(testContext({ config, db }));
  if (!pushed.ok) throw new Error(pushed.failure.message);
  return pushed.value;
}
const listChanges = (changes: readonly { object: string; change: string }[]) =>
  changes.map((one) => `${one.object} ${one.change}`);

/**
 * Deactivates and unlinks the plans of earlier tests: each test has a Stripe of its own, which does
 * not know them.
 */
async function retireAll(): Promise<void> {
  await load({ slug: "t-free", name: "Free", kind: "free" });
  await env.DB.exec("delete from prices");
  await env.DB.exec(
    "update plans set is_active = 0, stripe_product_id = null, stripe_seen = null " +
      "where kind <> 'free'",
  );
}
beforeEach(retireAll);

describe("a push", () => {
  it("makes a product with the plan's limits, and a price for each slot, once", async () => {
    const { client } = standInStripe();
    const data = aPlan({ credits: 12.5 });
    await load(data);
    expect(listChanges((await push()).changes)).toEqual([
      "product created",
      "price created",
      "price created",
      "price created",
    ]);
    const plan = await planOf(data);
    const product = await client.products.retrieve(plan.stripeProductId ?? "");
    expect(product).toMatchObject({
      name: "Pro",
      active: true,
      metadata: {
        planId: plan.id,
        slug: data.slug,
        kind: "subscription",
        credits: "12.5",
        messageLimit: "500",
        messagePeriod: "day",
        agentLimit: "unlimited",
        agentPeriod: "at_once",
        features: "Priority queue, SLA",
      },
    });
    const { data: stripePrices } = await client.prices.list({ product: product.id });
    const shown = stripePrices.map((price) => [
      price.id,
      price.lookup_key,
      price.unit_amount,
      price.recurring?.interval,
    ]);
    const wanted = plan.prices.map(({ stripePriceId, currency, interval, amountMinor }) => [
      stripePriceId,
      `${data.slug}_${currency}_${interval}`,
      amountMinor,
      interval,
    ]);
    expect(new Set(shown)).toEqual(new Set(wanted));
    const before = await client.events.list({ limit: 100 });
    expect(await push()).toEqual({ changes: [], problems: [] });
    expect((await client.events.list({ limit: 100 })).data.length).toBe(before.data.length);
  });

  it("makes what is paid once a one-time price, and knows nothing of what is free", async () => {
    const { client } = standInStripe();
    const pack = aPlan({
      kind: "one_time",
      allowances: {},
      features: [],
      credits: 5,
      prices: [{ currency: "kwd", amountMinor: 3070 }],
    });
    const free = aPlan({ kind: "free", prices: [] });
    await load(pack, free);
    await push();
    const [price] = (await client.prices.list({ lookup_keys: [`${pack.slug}_kwd_once`] })).data;
    expect(price).toMatchObject({
      type: "one_time",
      currency: "kwd",
      unit_amount: 3070,
      recurring: null,
    });
    expect((await client.products.list()).data).toHaveLength(1);
  });

  it("makes one of each, however many are under way at once", async () => {
    const { client } = standInStripe();
    await load(
      aPlan(),
      aPlan({ kind: "one_time", prices: [{ currency: "usd", amountMinor: 100 }] }),
    );
    const pushes = await Promise.all([
      pushCatalog(testContext({ config, db })),
      pushCatalog(testContext({ config, db })),
      pushCatalog(testContext({ config, db })),
    ]);
    expect(pushes.some((one) => one.ok)).toBe(true);
    await push();
    expect((await client.products.list()).data).toHaveLength(2);
    expect((await client.prices.list()).data).toHaveLength(4);
  });

  it("goes on where it died, a day later too, and leaves one of each", async () => {
    const overage = {
      message: { limit: 1, period: "day", overage: { eventName: "beyond", limit: null } },
    } as const;
    let steps = 0;
    for (let done = false; !done; ) {
      steps += 1;
      await retireAll();
      const { client, control } = standInStripe();
      const month = {
        currency: "usd",
        interval: "month",
        amountMinor: 1500,
        overageAmountMinor: "2",
      } as const;
      const data = aPlan({ allowances: overage, prices: [month] });
      await load(data);
      const worker = workerDyingAt(steps);
      await pushCatalog(testContext({ config, db: database(worker.env.DB) })).catch(() => null);
      done = !worker.died();
      // Stripe has forgotten the idempotency keys by then.
      control.advance(90_000);
      expect(await push()).toMatchObject({ problems: [] });
      const [products, prices, meters] = await Promise.all([
        client.products.list(),
        client.prices.list(),
        client.billing.meters.list(),
      ]);
      expect(
        [products.data.length, prices.data.length, meters.data.length],
        `dying at step ${steps}`,
      ).toEqual([1, 2, 1]);
      const [price] = (await planOf(data)).prices;
      expect(new Set([price?.stripePriceId, price?.meteredStripePriceId])).toEqual(
        new Set(prices.data.map((one) => one.id)),
      );
    }
    // Fewer would mean that the Worker never died after it had created something.
    expect(steps).toBeGreaterThan(5);
  });

  it("makes one of each though Stripe's answers are lost", async () => {
    const { client, control } = standInStripe();
    await load(aPlan());
    control.nextRequests({ answer: "lost", method: "POST", times: 4 });
    await push();
    expect([
      (await client.products.list()).data.length,
      (await client.prices.list()).data.length,
    ]).toEqual([1, 3]);
  });

  it("never changes an amount: another one is another price, the old one archived", async () => {
    const { client } = standInStripe();
    const data = aPlan();
    await load(data);
    await push();
    const [old] = (await planOf(data)).prices;
    const prices = [
      { currency: "usd", interval: "month", amountMinor: 1900 } as const,
      ...(data.prices ?? []).slice(1),
    ];
    await load({ ...data, prices });
    expect(listChanges((await push()).changes)).toEqual(["price created", "price archived"]);
    const [now] = (await planOf(data)).prices;
    expect(now?.stripePriceId).not.toBe(old?.stripePriceId);
    const [keyed] = (await client.prices.list({ lookup_keys: [`${data.slug}_usd_month`] })).data;
    expect(keyed).toMatchObject({ id: now?.stripePriceId, unit_amount: 1900, active: true });
    expect(await client.prices.retrieve(old?.stripePriceId ?? "")).toMatchObject({
      unit_amount: 1500,
      active: false,
    });
    expect(await push()).toEqual({ changes: [], problems: [] });
    // The old amount brings the old price back.
    await load(data);
    expect(listChanges((await push()).changes)).toEqual(["price updated", "price archived"]);
    expect((await planOf(data)).prices[0]?.stripePriceId).toBe(old?.stripePriceId);
    expect(await push()).toEqual({ changes: [], problems: [] });
  });

  it("archives the default price of a product after setting another", async () => {
    const { client } = standInStripe();
    const data = aPlan();
    await load(data);
    await push();
    const plan = await planOf(data);
    await client.products.update(plan.stripeProductId ?? "", {
      default_price: plan.prices[0]?.stripePriceId ?? "",
    });
    await load({ ...data, prices: (data.prices ?? []).slice(1) });
    expect(listChanges((await push()).changes)).toEqual(["product updated", "price archived"]);
  });

  it("archives the product of an inactive plan, and restores it with the plan", async () => {
    const { client } = standInStripe();
    const data = aPlan();
    await load({ ...data, isActive: false });
    expect(await push()).toEqual({ changes: [], problems: [] });
    await load(data);
    await push();
    const { stripeProductId } = await planOf(data);
    await load({ ...data, isActive: false });
    expect(listChanges((await push()).changes)).toEqual(["product archived"]);
    expect(await client.products.retrieve(stripeProductId ?? "")).toMatchObject({ active: false });
    await load({ ...data, name: "Pro again", features: [] });
    expect(listChanges((await push()).changes)).toEqual(["product updated"]);
    const product = await client.products.retrieve(stripeProductId ?? "");
    expect(product).toMatchObject({ active: true, name: "Pro again" });
    expect(product.metadata).not.toHaveProperty("features");
    expect(await push()).toEqual({ changes: [], problems: [] });
  });

  it("makes anew what Stripe does not know: the account is another one", async () => {
    standInStripe();
    const data = aPlan();
    await load(data);
    await push();
    const before = await planOf(data);
    const { client } = standInStripe();
    expect(listChanges((await push()).changes)).toEqual([
      "product created",
      "price created",
      "price created",
      "price created",
    ]);
    const after = await planOf(data);
    expect(after.stripeProductId).not.toBe(before.stripeProductId);
    expect((await client.prices.list()).data).toHaveLength(3);
  });
});

describe("what was made by hand at Stripe", () => {
  it("is used: a linked price's product, and prices on the same terms", async () => {
    const { client } = standInStripe();
    const product = await client.products.create({ name: "By hand", metadata: { theirs: "1" } });
    const monthly = await client.prices.create({
      product: product.id,
      currency: "usd",
      unit_amount: 1500,
      recurring: { interval: "month" },
    });
    const yearly = await client.prices.create({
      product: product.id,
      currency: "usd",
      unit_amount: 15_000,
      recurring: { interval: "year" },
    });
    const other = await client.prices.create({
      product: product.id,
      currency: "usd",
      unit_amount: 1,
      lookup_key: "theirs",
    });
    const data = aPlan();
    const [first, ...rest] = data.prices ?? [];
    if (first === undefined) throw new Error("no price");
    await load({ ...data, prices: [{ ...first, stripePriceId: monthly.id }, ...rest] });
    expect(listChanges((await push()).changes)).toEqual([
      "price updated",
      "price updated",
      "price created",
      "product updated",
    ]);
    const plan = await planOf(data);
    expect(plan.stripeProductId).toBe(product.id);
    expect(plan.prices.slice(0, 2).map((price) => price.stripePriceId)).toEqual([
      monthly.id,
      yearly.id,
    ]);
    expect(await client.prices.retrieve(other.id)).toEqual(
      expect.objectContaining({ active: true, lookup_key: "theirs", metadata: {} }),
    );
    expect((await client.products.retrieve(product.id)).metadata).toMatchObject({
      theirs: "1",
      planId: plan.id,
    });
    expect(await push()).toEqual({ changes: [], problems: [] });
  });

  it("is refused where its terms differ, and the other plans are pushed all the same", async () => {
    const { client } = standInStripe();
    const product = await client.products.create({ name: "By hand" });
    const { id } = await client.prices.create({
      product: product.id,
      currency: "usd",
      unit_amount: 1200,
      recurring: { interval: "month" },
    });
    const wrong = aPlan({
      prices: [{ currency: "usd", interval: "month", amountMinor: 1500, stripePriceId: id }],
    });
    const right = aPlan();
    await load(wrong, right);
    const { problems } = await push();
    expect(problems).toEqual([
      {
        slug: wrong.slug,
        message: expect.stringContaining(`${id} differs at Stripe from 15.00 USD a month`),
      },
    ]);
    expect((await planOf(right)).prices.map((price) => price.stripePriceId)).not.toContain(null);
    expect(await client.prices.retrieve(id)).toMatchObject({ active: true, unit_amount: 1200 });
  });
});

const overage = (eventName: string) =>
  ({ message: { limit: 10, period: "day", overage: { eventName, limit: null } } }) as const;

describe("the tax behavior of prices", () => {
  it("is the setting's, for new prices and those that have none, and never changes", async () => {
    const { client } = standInStripe();
    const data = aPlan({
      allowances: overage("beyond_taxed"),
      prices: [
        { currency: "usd", interval: "month", amountMinor: 4900, overageAmountMinor: "2" },
        { currency: "usd", interval: "year", amountMinor: 49_000 },
      ],
    });
    await load(data);
    const pushWith = async (behavior: string) => {
      const settings = Object.create(env, {
        STRIPE_TAX_BEHAVIOR: { value: behavior, enumerable: true },
      });
      const pushed = await pushCatalog(testContext({ config: readConfig(settings), db }));
      return pushed.ok ? listChanges(pushed.value.changes) : pushed.failure;
    };
    const behaviors = async () =>
      (await client.prices.list()).data.map((price) => price.tax_behavior);
    await pushWith("");
    expect(await behaviors()).toEqual(["unspecified", "unspecified", "unspecified"]);
    expect(await pushWith("inclusive")).toEqual([
      "price updated",
      "price updated",
      "price updated",
    ]);
    expect(await behaviors()).toEqual(["inclusive", "inclusive", "inclusive"]);
    expect(await pushWith("inclusive")).toEqual([]);
    expect(await pushWith("exclusive")).toEqual([]);
    const other = aPlan();
    await load(data, other);
    await pushWith("exclusive");
    const all = await behaviors();
    for (const behavior of ["exclusive", "inclusive"])
      expect(all.filter((one) => one === behavior)).toHaveLength(3);
    expect(all).toHaveLength(6);
  });
});

describe("an overage", () => {
  it("gets a meter, and a metered price for each price and amount", async () => {
    const { client } = standInStripe();
    const month = { currency: "usd", interval: "month", amountMinor: 4900 } as const;
    const data = aPlan({
      allowances: overage("beyond_1"),
      prices: [{ ...month, overageAmountMinor: "0.5" }],
    });
    await load(data);
    expect(listChanges((await push()).changes)).toEqual([
      "product created",
      "price created",
      "meter created",
      "price created",
    ]);
    const [meter] = (await client.billing.meters.list()).data;
    expect(meter).toMatchObject({
      event_name: "beyond_1",
      default_aggregation: { formula: "sum" },
    });
    const [first] = (await planOf(data)).prices;
    const metered = await client.prices.retrieve(first?.meteredStripePriceId ?? "");
    expect([
      metered.recurring?.meter,
      metered.recurring?.usage_type,
      metered.unit_amount_decimal?.toString(),
    ]).toEqual([meter?.id, "metered", "0.5"]);
    expect(await push()).toEqual({ changes: [], problems: [] });

    await load({ ...data, prices: [{ ...month, overageAmountMinor: "2" }] });
    expect((await planOf(data)).prices[0]).toMatchObject({
      id: first?.id,
      meteredStripePriceId: null,
    });
    expect(listChanges((await push()).changes)).toEqual(["price created", "price archived"]);
    expect(await client.prices.retrieve(metered.id)).toMatchObject({ active: false });
    expect(await push()).toEqual({ changes: [], problems: [] });

    await load(data);
    expect(listChanges((await push()).changes)).toEqual(["price updated", "price archived"]);
    expect((await planOf(data)).prices[0]).toMatchObject({ meteredStripePriceId: metered.id });
    await load({ ...data, isActive: false });
    expect(listChanges((await push()).changes)).toEqual(["product archived"]);
  });

  it("whose meter was deactivated gets another, and a price of that", async () => {
    const { client } = standInStripe();
    const month = { currency: "usd", interval: "month", amountMinor: 4900 } as const;
    const data = aPlan({
      allowances: overage("beyond_again"),
      prices: [{ ...month, overageAmountMinor: "2" }],
    });
    await load(data);
    await push();
    const meterOf = async () => {
      const [price] = (await planOf(data)).prices;
      return (await client.prices.retrieve(price?.meteredStripePriceId ?? "")).recurring?.meter;
    };
    const first = await meterOf();
    await client.billing.meters.deactivate(first ?? "");
    expect(listChanges((await push()).changes)).toEqual([
      "meter created",
      "price created",
      "price archived",
    ]);
    const second = await meterOf();
    expect(second).not.toBe(first);
    expect((await client.billing.meters.list({ status: "active" })).data).toMatchObject([
      { id: second, event_name: "beyond_again" },
    ]);
    expect(await push()).toEqual({ changes: [], problems: [] });
  });

  it("is the operator's own where they linked its metered price", async () => {
    const { client } = standInStripe();
    const prices = [
      {
        currency: "usd",
        interval: "month",
        amountMinor: 4900,
        meteredStripePriceId: "price_theirs",
      },
    ] as const;
    const data = aPlan({ allowances: overage("beyond_2"), prices: [...prices] });
    await load(data);
    await push();
    expect((await client.billing.meters.list()).data).toEqual([]);
    expect((await planOf(data)).prices[0]).toMatchObject({ meteredStripePriceId: "price_theirs" });
  });
});

describe("POST /api/admin/catalog/push", () => {
  it("pushes for an admin, notes it in the audit log, and tells what was done", async () => {
    standInStripe();
    const data = aPlan();
    await load(data);
    const response = await callAsAdmin("POST", "/api/admin/catalog/push", {});
    expect(response.status).toBe(200);
    const { changes } = await response.json<{
      changes: { slug: string; object: string; change: string }[];
    }>();
    expect(listChanges(changes.filter((one) => one.slug === data.slug))).toHaveLength(4);
    const audit = await callAsAdmin("GET", "/api/admin/audit?action=catalog.pushed");
    expect(await audit.json()).toMatchObject({
      data: [{ action: "catalog.pushed", after: { changes } }],
    });
  });

  it("is for admins only", async () => {
    const user = await signUp();
    expect(
      (await call("POST", "/api/admin/catalog/push", { token: user.token, body: {} })).status,
    ).toBe(403);
    expect((await call("POST", "/api/admin/catalog/push", { body: {} })).status).toBe(401);
  });

  it("answers 503 while Stripe is down, and pushes the rest afterwards", async () => {
    const { control } = standInStripe();
    const data = aPlan();
    await load(data);
    control.nextRequests({ answer: 500, path: "/v1/prices", times: 9 });
    const response = await callAsAdmin("POST", "/api/admin/catalog/push", {});
    expect([response.status, await response.json()]).toMatchObject([
      503,
      { error: { code: "billing_unavailable" } },
    ]);
    control.clearSwitches();
    expect((await push()).problems).toEqual([]);
  });
});
