import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { catalogSql } from "../../dev/catalog-sql.ts";
import { catalog as characters } from "../../dev/catalogs/characters.ts";
import { catalog as conversations } from "../../dev/catalogs/conversations.ts";
import { catalog as credits } from "../../dev/catalogs/credits.ts";
import { catalog as standard } from "../../dev/catalogs/default.ts";
import { catalog as design } from "../../dev/catalogs/design.ts";
import { catalog as saas } from "../../dev/catalogs/saas.ts";
import {
  createSaleCheckout,
  findConversationPaymentStatus,
  pushCatalog,
} from "../../src/billing/index.ts";
import { catalogData } from "../../src/catalog/catalog-data.ts";
import { type CatalogData, type PricedPlan } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { newId } from "../../src/ids.ts";
import { toCredits } from "../../src/units.ts";
import { call } from "../support/call.ts";
import { requirePlan } from "../support/catalog.ts";
import { testContext } from "../support/context.ts";
import { openCheckout, readUserState } from "../support/shop.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";

const db = database(env.DB);

/** Loads this catalog alone, as `npm run catalog -- <name> --only` does. */
async function sell(catalog: CatalogData): Promise<void> {
  for (const statement of catalogSql(catalogData.parse(catalog), Date.now(), true))
    await env.DB.prepare(statement).run();
}

/** Pays on Stripe's page, and delivers Stripe's events. */
async function payOn(stripe: TestStripe, url: string): Promise<void> {
  expect((await stripe.pay(url)).status).toBe(303);
  await stripe.control.flush();
}

async function buyConversation(
  stripe: TestStripe,
  user: TestUser,
  plan: PricedPlan,
): Promise<void> {
  const [price] = plan.prices;
  if (price === undefined) throw new Error("no price");
  const { currency, amountMinor } = price;
  const { creditsMicrocredits } = plan;
  const subjectId = newId("cnv", Date.now());
  const of = { planId: plan.id, priceId: price.id, creditsMicrocredits };
  const sale = {
    kind: "conversation",
    subjectId,
    title: plan.name,
    amountMinor,
    currency,
    ...of,
  } as const;
  const offered = await createSaleCheckout(testContext(), user.userId, { sale, params: {} });
  if (!offered.ok) throw new Error(offered.failure.message);
  await payOn(stripe, offered.value.url);
  expect(await findConversationPaymentStatus(db, user.userId, subjectId)).toBe("paid");
  const keys = await (await call("GET", "/api/api-keys", { token: user.token })).json<{
    keys: { name: string }[];
  }>();
  expect(keys.keys.map((key) => key.name)).toEqual(["Auto-generated from payment"]);
}

/**
 * Opens a page for each price of a plan, pays on the first one, and checks what the buyer has
 * then.
 */
async function canBeBought(slug: string): Promise<void> {
  const stripe = standInStripe();
  const pushed = await pushCatalog(testContext({ db }));
  expect(pushed).toMatchObject({ ok: true, value: { problems: [] } });
  const [plan, free, user] = [await requirePlan(slug), await requirePlan("free"), await signUp()];
  if (plan.unlocks === "conversation") await buyConversation(stripe, user, plan);
  else {
    const pages: string[] = [];
    for (const { currency, interval } of plan.prices) {
      const params = { planId: slug, currency, ...(interval === null ? {} : { interval }) };
      pages.push((await openCheckout(user.token, params)).url);
    }
    await payOn(stripe, pages[0] ?? "");
  }
  const gives = plan.kind === "subscription" || Object.keys(plan.allowances).length > 0;
  const planId = gives ? plan.id : free.id;
  const after = await readUserState(user);
  expect(after).toMatchObject({
    planId,
    entitledPlanId: planId,
    creditBalance: toCredits(plan.creditsMicrocredits),
  });
  expect(after.orders.filter((order) => order.status === "completed")).toHaveLength(1);
}

beforeAll(() => signUp());

const CATALOGS = { characters, conversations, credits, default: standard, design, saas };
describe.each(Object.entries(CATALOGS))("the catalog %s", (name, catalog) => {
  beforeAll(() => sell(catalog));

  it("is on sale whole, and alone", async () => {
    const { data } = await (await call("GET", "/api/plans/active?limit=100")).json<{
      data: { slug: string }[];
    }>();
    expect(data.map((plan) => plan.slug)).toEqual(catalog.plans.map((plan) => plan.slug));
    const free = await requirePlan("free");
    expect((await readUserState(await signUp())).planId).toBe(free.id);
  });

  const priced = catalog.plans
    .filter((plan) => (plan.prices ?? []).length > 0)
    .map((plan) => plan.slug);
  it.each(priced)(`${name} sells %s at each of its prices`, async (slug) => {
    await canBeBought(slug);
  });
});

/** Describes a plan's price and allowances in one line. */
function inAWord(plan: PricedPlan): string {
  const prices = plan.prices.map(
    (price) => `${price.amountMinor} ${price.currency} ${price.interval ?? "once"}`,
  );
  const limits = Object.entries(plan.allowances).map(
    ([meter, { limit, period }]) => `${meter} ${limit ?? "∞"}/${period}`,
  );
  return [plan.slug, ...prices, ...limits].join(", ");
}

it.each<[name: keyof typeof CATALOGS, lines: string[]]>([
  [
    "characters",
    [
      "free, message 20/day, character 2/month",
      "level1, 100000 egp once, message 500/day, character ∞/month",
      "level2, 150000 egp once, message 500/day, character ∞/month",
      "premium, 300000 egp once, message ∞/day, character ∞/month",
    ],
  ],
  [
    "credits",
    [
      "free, message 10/day",
      "starter, 999 usd once, message 10/day",
      "plus, 2999 usd once, message 10/day",
      "max, 9999 usd once, message 10/day",
    ],
  ],
  [
    "saas",
    [
      "free, message 50/day, agent 1/at_once, tool 20/day",
      "pro, 1500 usd month, 15000 usd year, message 500/day, agent 5/at_once, tool ∞/day",
      "business, 4900 usd month, 49000 usd year, message 2000/day, agent 25/at_once, tool ∞/day",
      "enterprise, message ∞/day, agent ∞/at_once, tool ∞/day",
    ],
  ],
  ["conversations", ["free, message 10/day", "basic, 299 usd once", "premium, 999 usd once"]],
  [
    "design",
    [
      "free, message 10/day, image 3/month, model_3d 1/month",
      "premium, 999 usd month, message 100/day, image 100/month, model_3d 50/month",
      "pro, 2999 usd month, message 500/day, image 1000/month, model_3d 500/month",
      "enterprise, 9999 usd month, message ∞/day, image ∞/month, model_3d ∞/month",
    ],
  ],
])("the catalog %s sells what its description says", async (name, lines) => {
  const catalog = CATALOGS[name];
  await sell(catalog);
  const plans = await Promise.all(catalog.plans.map((plan) => requirePlan(plan.slug)));
  expect(plans.map(inAWord)).toEqual(lines);
});
