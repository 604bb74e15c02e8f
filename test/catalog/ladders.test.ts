import { describe, expect, it } from "vitest";
import { z } from "zod";
import { catalog as characters } from "../../dev/catalogs/characters.ts";
import { catalog as conversations } from "../../dev/catalogs/conversations.ts";
import { catalog as credits } from "../../dev/catalogs/credits.ts";
import { catalog as standard } from "../../dev/catalogs/default.ts";
import { catalog as design } from "../../dev/catalogs/design.ts";
import { catalog as saas } from "../../dev/catalogs/saas.ts";
import { includedOf } from "../../src/catalog/allowance-words.ts";
import { type CatalogData, catalogData } from "../../src/catalog/catalog-data.ts";
import { givesPlan } from "../../src/catalog/entitlement.ts";
import { METERS, type Meter } from "../../src/meters.ts";

const CATALOGS = { characters, conversations, credits, default: standard, design, saas };

/** How many of a period fit into a month, to compare allowances of different periods. */
const A_MONTH = { minute: 43_200, hour: 720, day: 30, month: 1, billing: 1, at_once: 1 };

type Plan = z.output<typeof catalogData>["plans"][number];

const amountOf = ({ allowances }: Plan, meter: Meter): number =>
  includedOf(allowances, meter) * A_MONTH[allowances[meter]?.period ?? "month"];

describe.each(Object.entries(CATALOGS))("the catalog %s", (_, catalog) => {
  const { plans, models } = catalogData.parse(catalog);
  const ladder = plans.filter(givesPlan);
  const steps = ladder.slice(1).map((plan, at) => [ladder[at] ?? plan, plan] as const);
  const modelsOf = (plan: Plan) => plan.models ?? models.map(({ id }) => id);

  it("includes as much in a plan as in the cheaper one before it, of every meter", () => {
    for (const [cheaper, dearer] of steps)
      for (const meter of METERS)
        expect(
          amountOf(dearer, meter),
          `${meter}: ${dearer.slug} after ${cheaper.slug}`,
        ).toBeGreaterThanOrEqual(amountOf(cheaper, meter));
  });

  it("never takes a model or speed away in a dearer plan", () => {
    for (const [cheaper, dearer] of steps) {
      expect(modelsOf(dearer), dearer.slug).toEqual(expect.arrayContaining(modelsOf(cheaper)));
      expect(dearer.requestsPerMinute).toBeGreaterThanOrEqual(cheaper.requestsPerMinute);
    }
  });
});

it("the default catalog promises no feature that only an application could deliver", () => {
  expect(catalogData.parse(standard).plans.flatMap(({ features }) => features)).toEqual([]);
});

/** Returns the problems of a catalog of two plans with these allowances. */
function problemsOf(free: object, pro: object): string[] {
  const checked = catalogData.safeParse({
    models: [],
    plans: [
      { slug: "free", name: "Free", kind: "free", allowances: free },
      { slug: "pro", name: "Pro", kind: "subscription", allowances: pro },
    ],
  } satisfies CatalogData);
  return checked.success
    ? []
    : checked.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("a meter that a plan leaves out", () => {
  const message = { limit: 5, period: "day" };
  const agent = { limit: 5, period: "at_once" };
  const HAS_TO_SAY =
    'another plan limits it, so this one has to say "none", "unlimited" or a limit';

  it("has to be named where silence would mean more than another plan's limit", () => {
    expect(problemsOf({ message }, { message, agent })).toEqual([
      `plans.0.allowances.agent: ${HAS_TO_SAY}`,
    ]);
    expect(problemsOf({ message, token: message }, { message })).toEqual([
      `plans.1.allowances.token: ${HAS_TO_SAY}`,
    ]);
  });

  it("may be left out where nobody limits it, and where it is then not included", () => {
    expect(problemsOf({ message }, { message })).toEqual([]);
    expect(problemsOf({ message }, { message, agent: "unlimited" })).toEqual([]);
    expect(problemsOf({ message }, { message, image: message })).toEqual([]);
  });

  it("is said by a word: none or unlimited", () => {
    expect(problemsOf({ message, agent: "none" }, { message, agent })).toEqual([]);
    expect(problemsOf({ message, agent: "some" }, { message, agent })).toEqual([
      'plans.0.allowances.agent: is neither "none", "unlimited" nor a limit with a period',
    ]);
    const { plans } = catalogData.parse({
      models: [],
      plans: [
        { slug: "p", name: "P", kind: "free", allowances: { agent: "none", image: "unlimited" } },
      ],
    });
    expect(plans[0]?.allowances).toEqual({
      agent: { limit: 0, period: "at_once" },
      image: { limit: null, period: "month" },
    });
  });
});
