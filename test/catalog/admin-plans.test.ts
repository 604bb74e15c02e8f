import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { listPlans } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import { createKey, signUp } from "../support/sign-up.ts";

interface Shown {
  readonly id: string;
  readonly slug: string;
  readonly version: number;
  readonly price: number | null;
  readonly stripeKey: string | null;
  readonly prices: readonly {
    readonly id: string;
    readonly amountMinor: number;
    readonly stripePriceId: string | null;
  }[];
}

let made = 0;
const pack = (more: Record<string, unknown> = {}) => {
  made += 1;
  return {
    slug: `pack-${made}`,
    name: "Pack",
    kind: "one_time",
    credits: 10,
    prices: [{ currency: "usd", amountMinor: 500 }],
    ...more,
  };
};
const pro = (more: Record<string, unknown> = {}) => ({
  ...pack(),
  kind: "subscription",
  prices: [{ currency: "usd", interval: "month", amountMinor: 1500 }],
  ...more,
});

const price = (more: Record<string, unknown>) => ({
  prices: [{ currency: "usd", amountMinor: 500, ...more }],
});

const EVENT_NAME = "allowances.message.overage.eventName";
/** An allowance of messages with an overage. */
const withOverage = (more: Record<string, unknown>) => ({
  allowances: {
    message: { limit: 10, period: "day", overage: { eventName: "beyond", limit: null }, ...more },
  },
});
/** Returns a subscription's price, with the given overrides. */
const monthly = (more: Record<string, unknown>, ofPrice: Record<string, unknown> = {}) => ({
  kind: "subscription",
  ...price({ interval: "month", ...ofPrice }),
  ...more,
});

async function create(plan: unknown): Promise<Shown> {
  const response = await callAsAdmin("POST", "/api/admin/plans", plan);
  const answer: unknown = await response.clone().json();
  expect(answer).not.toHaveProperty("error");
  expect(response.status).toBe(201);
  return await response.json<Shown>();
}

async function patch(id: string, change: unknown): Promise<Shown> {
  const response = await callAsAdmin("PATCH", `/api/admin/plans/${id}`, change);
  const answer: unknown = await response.clone().json();
  expect(answer).not.toHaveProperty("error");
  return await response.json<Shown>();
}

async function expectError(
  response: Response,
  status: number,
  code: string,
  param: string | null,
): Promise<void> {
  expect([response.status, await response.json()]).toMatchObject([
    status,
    { error: { code, param } },
  ]);
}

describe("who may change plans", () => {
  const routes = [
    ["GET", "/api/admin/plans"],
    ["POST", "/api/admin/plans"],
    ["PATCH", "/api/admin/plans/free"],
    ["DELETE", "/api/admin/plans/free"],
    ["GET", "/api/admin/models"],
    ["POST", "/api/admin/models"],
    ["PATCH", "/api/admin/models/small"],
    ["DELETE", "/api/admin/models/small"],
  ] as const;

  it.each(routes)(
    "%s %s is neither for strangers, nor for users, nor for keys",
    async (method, path) => {
      const user = await signUp();
      const key = await createKey(user);
      const body = method === "POST" || method === "PATCH" ? { body: {} } : {};
      expect((await call(method, path, body)).status).toBe(401);
      await expectError(
        await call(method, path, { ...body, token: user.token }),
        403,
        "admin_only",
        null,
      );
      await expectError(await call(method, path, { ...body, token: key }), 403, "admin_only", null);
    },
  );
});

describe("POST /api/admin/plans", () => {
  it("takes a billing period in a subscription, and refuses it in any other plan", async () => {
    const allowances = { message: { limit: 5, period: "billing" } };
    expect(await create(pro({ allowances }))).toMatchObject({ allowances });
    for (const [kind, prices] of [
      ["free", []],
      ["custom", []],
      ["one_time", [{ currency: "usd", interval: null, amountMinor: 100 }]],
    ] as const)
      await expectError(
        await callAsAdmin("POST", "/api/admin/plans", {
          slug: `no-billing-${kind.replace("_", "-")}`,
          name: "No billing period",
          kind,
          prices,
          allowances,
        }),
        400,
        "invalid_request",
        "allowances.message.period",
      );
  });

  it("makes a plan that everybody sees at once", async () => {
    const created = await create(
      pro({
        allowances: { agent: { limit: 5, period: "at_once" } },
        models: ["small"],
        trialDays: 14,
      }),
    );
    expect(created).toMatchObject({
      version: 1,
      price: 15,
      allowances: { agent: { limit: 5, period: "at_once" } },
      trialDays: 14,
    });
    const seen = await (await call("GET", `/api/plans/${created.slug}`)).json<object>();
    expect(created).toMatchObject(seen);
  });

  it("makes a tier that unlocks a conversation, and a subscription with an overage", async () => {
    expect(await create(pack({ unlocks: "conversation" }))).toMatchObject({
      unlocks: "conversation",
      version: 1,
    });
    const made = await create(
      pro({ ...monthly(withOverage({}), { overageAmountMinor: "0.25" }), slug: "beyond" }),
    );
    expect(made).toMatchObject({
      unlocks: null,
      ...withOverage({}),
      prices: [{ overageAmountMinor: "0.25", meteredStripePriceId: null }],
    });
    expect(await (await call("GET", "/api/plans/beyond")).json()).toMatchObject({
      unlocks: null,
      ...withOverage({}),
    });
  });

  it("takes `price` alone as dollars, and monthly for a subscription", async () => {
    const { prices: _, ...unpriced } = pack();
    expect(await create({ ...unpriced, price: 9.99, stripeKey: "price_alone1" })).toMatchObject({
      price: 9.99,
      stripeKey: "price_alone1",
      prices: [
        { currency: "usd", interval: null, amountMinor: 999, stripePriceId: "price_alone1" },
      ],
    });
    expect(
      await create({ ...unpriced, slug: "monthly", kind: "subscription", price: 15 }),
    ).toMatchObject({
      prices: [{ currency: "usd", interval: "month", amountMinor: 1500 }],
    });
  });

  it("says which plan has the slug, of any number at once", async () => {
    const plan = pack();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => callAsAdmin("POST", "/api/admin/plans", plan)),
    );
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([
      201, 409, 409, 409, 409,
    ]);
    await expectError(
      await callAsAdmin("POST", "/api/admin/plans", { ...pack(), slug: plan.slug }),
      409,
      "conflict",
      "slug",
    );
  });

  it("refuses a Stripe id that another plan has, and makes nothing", async () => {
    const one = { currency: "usd", amountMinor: 500, stripePriceId: "price_taken" };
    await create(pack({ stripeProductId: "prod_taken", prices: [one] }));
    const other = pack({ prices: [one] });
    await expectError(
      await callAsAdmin("POST", "/api/admin/plans", other),
      409,
      "conflict",
      "stripePriceId",
    );
    await expectError(
      await callAsAdmin("POST", "/api/admin/plans", pack({ stripeProductId: "prod_taken" })),
      409,
      "conflict",
      "stripeProductId",
    );
    expect((await call("GET", `/api/plans/${other.slug}`)).status).toBe(404);
  });

  it.each<[why: string, plan: Record<string, unknown>, param: string]>([
    ["an unknown field", { colour: "red" }, "colour"],
    ["an unknown kind", { kind: "barter" }, "kind"],
    ["no name", { name: "  " }, "name"],
    ["a slug with a space", { slug: "a b" }, "slug"],
    ["the slug of a route", { slug: "active" }, "slug"],
    ["negative credits", { credits: -1 }, "credits"],
    ["credits of seven decimals", { credits: 0.0000001 }, "credits"],
    ["credits as text", { credits: "5" }, "credits"],
    ["an unknown meter", { allowances: { joke: { limit: 1, period: "day" } } }, "allowances.joke"],
    [
      "a negative limit",
      { allowances: { message: { limit: -1, period: "day" } } },
      "allowances.message.limit",
    ],
    [
      "half a message",
      { allowances: { message: { limit: 0.5, period: "day" } } },
      "allowances.message.limit",
    ],
    [
      "a limit beyond 2^53",
      { allowances: { message: { limit: 1e17, period: "day" } } },
      "allowances.message.limit",
    ],
    [
      "an unknown period",
      { allowances: { message: { limit: 1, period: "week" } } },
      "allowances.message.period",
    ],
    [
      "an allowance without a period",
      { allowances: { message: { limit: 1 } } },
      "allowances.message.period",
    ],
    ["a model that is not there", { models: ["small", "tiny"] }, "models"],
    ["a feature twice", { features: ["a", "a"] }, "features"],
    ["no requests at all", { requestsPerMinute: 0 }, "requestsPerMinute"],
    ["a trial of a pack", { trialDays: 7 }, "trialDays"],
    [
      "a trial of a thousand days",
      { kind: "subscription", prices: [], trialDays: 1000 },
      "trialDays",
    ],
    ["credits that expire at once", { creditsExpireAfterDays: 0 }, "creditsExpireAfterDays"],
    ["an unknown currency", price({ currency: "zzz" }), "prices.0.currency"],
    ["an amount of 0", price({ amountMinor: 0 }), "prices.0.amountMinor"],
    ["an amount with a decimal", price({ amountMinor: 9.99 }), "prices.0.amountMinor"],
    [
      "an amount that Stripe cannot take",
      price({ amountMinor: 100_000_000 }),
      "prices.0.amountMinor",
    ],
    [
      "a fraction of an Icelandic króna",
      price({ currency: "isk", amountMinor: 150 }),
      "prices.0.amountMinor",
    ],
    [
      "a thousandth of a dinar",
      price({ currency: "kwd", amountMinor: 1001 }),
      "prices.0.amountMinor",
    ],
    ["a pack paid monthly", price({ interval: "month" }), "prices.0.interval"],
    ["a subscription paid once", { ...price({}), kind: "subscription" }, "prices.0.interval"],
    ["an unknown interval", price({ interval: "decade" }), "prices.0.interval"],
    [
      "one currency twice",
      {
        prices: [
          { currency: "usd", amountMinor: 1 },
          { currency: "USD", amountMinor: 2 },
        ],
      },
      "prices.1",
    ],
    ["what is no Stripe price", price({ stripePriceId: "9.99" }), "prices.0.stripePriceId"],
    ["a price that is not the list's", { price: 6 }, "price"],
    ["a price of half a cent", { prices: undefined, price: 0.005 }, "price"],
    ["a price of nothing for a pack", { prices: undefined, price: 0 }, "price"],
    ["a Stripe price without a price", { prices: undefined, stripeKey: "price_x" }, "stripeKey"],
    ["an unknown thing to unlock", { unlocks: "door" }, "unlocks"],
    [
      "a subscription that unlocks a conversation",
      { kind: "subscription", prices: [], unlocks: "conversation" },
      "unlocks",
    ],
    [
      "an allowance with a conversation",
      { unlocks: "conversation", allowances: { message: { limit: 1, period: "day" } } },
      "allowances",
    ],
    ["a feature with a conversation", { unlocks: "conversation", features: ["x"] }, "features"],
    ["an overage of what is paid once", withOverage({}), "allowances.message.overage"],
    [
      "an overage of what is unlimited",
      monthly(withOverage({ limit: null })),
      "allowances.message.overage",
    ],
    [
      "an overage of what is counted at once",
      monthly(withOverage({ period: "at_once" })),
      "allowances.message.overage",
    ],
    [
      "two overages",
      monthly({
        allowances: { ...withOverage({}).allowances, token: withOverage({}).allowances.message },
      }),
      "allowances.token.overage",
    ],
    [
      "an overage of nothing",
      monthly(withOverage({ overage: { eventName: "x", limit: 0 } })),
      "allowances.message.overage.limit",
    ],
    [
      "an event's name with a space",
      monthly(withOverage({ overage: { eventName: "a b", limit: 1 } })),
      EVENT_NAME,
    ],
    [
      "a price for an overage that is not there",
      monthly({}, { overageAmountMinor: "2" }),
      "prices.0.overageAmountMinor",
    ],
    [
      "a metered price for an overage that is not there",
      monthly({}, { meteredStripePriceId: "price_m" }),
      "prices.0.meteredStripePriceId",
    ],
    [
      "an overage at no price",
      monthly(withOverage({}), { overageAmountMinor: "0" }),
      "prices.0.overageAmountMinor",
    ],
    [
      "an overage below nothing",
      monthly(withOverage({}), { overageAmountMinor: "-1" }),
      "prices.0.overageAmountMinor",
    ],
    [
      "an overage's price as a number",
      monthly(withOverage({}), { overageAmountMinor: 2 }),
      "prices.0.overageAmountMinor",
    ],
    [
      "what is no metered price",
      monthly(withOverage({}), { meteredStripePriceId: "x" }),
      "prices.0.meteredStripePriceId",
    ],
    [
      "an overage paid once",
      { ...withOverage({}), kind: "custom", ...price({ overageAmountMinor: "2" }) },
      "prices.0.interval",
    ],
    ["a free plan with a price", { kind: "free", credits: 0 }, "prices"],
    ["a free plan with credits", { kind: "free", prices: [] }, "credits"],
  ])("refuses %s, naming the field", async (_why, more, param) => {
    await expectError(
      await callAsAdmin("POST", "/api/admin/plans", pack(more)),
      400,
      "invalid_request",
      param,
    );
  });

  it("refuses what is not JSON, or does not say so", async () => {
    await expectError(
      await callAsAdmin("POST", "/api/admin/plans", "{"),
      400,
      "invalid_request",
      null,
    );
    const { token } = await signUp();
    const sent = { token, headers: { "content-type": "text/plain" }, body: "{}" };
    await expectError(
      await call("POST", "/api/admin/plans", sent),
      415,
      "unsupported_media_type",
      null,
    );
  });
});

describe("PATCH /api/admin/plans/:id", () => {
  it("takes back what GET gave, and changes nothing", async () => {
    const created = await create(
      pro({
        prices: [
          { currency: "usd", interval: "month", amountMinor: 1500, stripePriceId: "price_back" },
        ],
      }),
    );
    const shown = await (await callAsAdmin("GET", `/api/admin/plans/${created.id}`)).json<object>();
    expect(await patch(created.slug, shown)).toEqual({ ...shown, updatedAt: expect.any(String) });
  });

  it("raises the version for a change of what the plan entitles to only", async () => {
    const { id } = await create(pro({ allowances: { message: { limit: 1, period: "day" } } }));
    expect(
      await patch(id, { name: "Other", credits: 7, sortOrder: 3, isActive: false }),
    ).toMatchObject({
      version: 1,
      name: "Other",
      credits: 7,
    });
    expect(await patch(id, { allowances: { message: { period: "day", limit: 1 } } })).toMatchObject(
      { version: 1 },
    );
    expect(await patch(id, { allowances: { message: { limit: 2, period: "day" } } })).toMatchObject(
      { version: 2 },
    );
    expect(
      await patch(id, { models: ["small"], features: ["x"], requestsPerMinute: 5 }),
    ).toMatchObject({ version: 3 });
    expect(await patch(id, { models: null })).toMatchObject({
      version: 4,
      models: null,
      name: "Other",
      isActive: false,
    });
  });

  it("counts every one of many changes at once", async () => {
    const { id } = await create(pro());
    await Promise.all(
      [1, 2, 3, 4].map((limit) => patch(id, { allowances: { message: { limit, period: "day" } } })),
    );
    expect(await patch(id, {})).toMatchObject({ version: 5 });
  });

  it("makes another amount another price, and keeps unchanged prices", async () => {
    const first = { currency: "usd", amountMinor: 500, stripePriceId: "price_kept1" };
    const second = { currency: "eur", amountMinor: 400, stripePriceId: "price_kept2" };
    const created = await create(pack({ prices: [first, second] }));
    const dearer = await patch(created.id, { price: 6 });
    expect(dearer.prices).toMatchObject([
      { amountMinor: 600, stripePriceId: null },
      created.prices[1] ?? {},
    ]);
    expect(dearer.prices[0]?.id).not.toBe(created.prices[0]?.id);
    expect((await patch(created.id, { prices: [second, first] })).prices).toEqual(
      created.prices.toReversed(),
    );
    expect((await patch(created.id, { prices: [] })).prices).toEqual([]);
  });

  it("raises the version for another overage, and unlinks its metered price", async () => {
    const prices = [
      { currency: "usd", interval: "month", amountMinor: 500, overageAmountMinor: "2" },
    ];
    const metered = prices.map((one) => ({ ...one, meteredStripePriceId: "price_metered" }));
    const { id } = await create(pro({ ...withOverage({}), prices: metered }));
    expect(await patch(id, { name: "Other", prices })).toMatchObject({
      version: 1,
      prices: metered,
    });
    expect(await patch(id, { price: 6 })).toMatchObject({
      prices: [{ overageAmountMinor: "2", meteredStripePriceId: null }],
    });
    expect(await patch(id, { prices })).toMatchObject({ version: 1, prices: metered });
    expect(await patch(id, { prices: [{ ...prices[0], overageAmountMinor: "3" }] })).toMatchObject({
      prices: [{ overageAmountMinor: "3", meteredStripePriceId: null }],
    });
    expect(
      await patch(id, withOverage({ overage: { eventName: "beyond", limit: 5 } })),
    ).toMatchObject({
      version: 2,
    });
    await expectError(
      await callAsAdmin("PATCH", `/api/admin/plans/${id}`, { allowances: {} }),
      400,
      "invalid_request",
      "prices.0.overageAmountMinor",
    );
  });

  it("forgets the state seen at Stripe when it is linked to another product", async () => {
    const { id } = await create(pro({ stripeProductId: "prod_one" }));
    await env.DB.prepare("update plans set stripe_seen = '{}' where id = ?").bind(id).run();
    const seen = async () =>
      (await env.DB.prepare("select stripe_seen from plans where id = ?").bind(id).first())?.[
        "stripe_seen"
      ];
    await patch(id, { stripeProductId: "prod_one", unlocks: null });
    expect(await seen()).toBe("{}");
    await patch(id, { stripeProductId: "prod_two" });
    expect(await seen()).toBe(null);
    await expectError(
      await callAsAdmin("PATCH", `/api/admin/plans/${id}`, { unlocks: "conversation" }),
      400,
      "invalid_request",
      "unlocks",
    );
  });

  it("notes a Stripe price for the price shown first", async () => {
    const { id } = await create(pack());
    expect(await patch(id, { stripeKey: "price_noted" })).toMatchObject({
      stripeKey: "price_noted",
      prices: [{ stripePriceId: "price_noted" }],
    });
    await expectError(
      await callAsAdmin("PATCH", `/api/admin/plans/${id}`, {
        stripeKey: "price_x",
        prices: [{ currency: "usd", amountMinor: 500, stripePriceId: "price_y" }],
      }),
      400,
      "invalid_request",
      "stripeKey",
    );
  });

  it.each<[change: Record<string, unknown>, param: string]>([
    [{ slug: "other" }, "slug"],
    [{ kind: "free" }, "kind"],
    [{ id: "pln_other" }, "id"],
    [{ trialDays: 3 }, "trialDays"],
    [{ models: ["tiny"] }, "models"],
    [{ prices: [{ currency: "usd", interval: "year", amountMinor: 1 }] }, "prices.0.interval"],
    [{ price: 1.001 }, "price"],
    [{ nothing: 1 }, "nothing"],
  ])("refuses %o, naming the field", async (change, param) => {
    const { id } = await create(pack());
    await expectError(
      await callAsAdmin("PATCH", `/api/admin/plans/${id}`, change),
      400,
      "invalid_request",
      param,
    );
  });

  it("answers 404 for a plan that is not there", async () => {
    await expectError(
      await callAsAdmin("PATCH", "/api/admin/plans/none", { name: "x" }),
      404,
      "not_found",
      null,
    );
    await expectError(await callAsAdmin("DELETE", "/api/admin/plans/none"), 404, "not_found", null);
    await expectError(await callAsAdmin("GET", "/api/admin/plans/none"), 404, "not_found", null);
  });
});

describe("DELETE /api/admin/plans/:id", () => {
  it("takes the plan off sale and keeps it", async () => {
    const { id, slug } = await create(pack());
    for (const _again of [1, 2]) {
      const response = await callAsAdmin("DELETE", `/api/admin/plans/${id}`);
      expect([response.status, await response.json()]).toMatchObject([
        200,
        { id, isActive: false },
      ]);
    }
    expect(await (await call("GET", `/api/plans/${slug}`)).json()).toMatchObject({
      isActive: false,
    });
  });

  it("leaves the last active free plan, however many are taken off sale at once", async () => {
    await expectError(await callAsAdmin("DELETE", "/api/admin/plans/free"), 409, "conflict", null);
    await expectError(
      await callAsAdmin("PATCH", "/api/admin/plans/free", { isActive: false }),
      409,
      "conflict",
      null,
    );
    const slugs = [
      "free",
      ...(
        await Promise.all(
          [1, 2, 3].map((n) =>
            create(pack({ slug: `free-${n}`, kind: "free", credits: 0, prices: [] })),
          ),
        )
      ).map((plan) => plan.slug),
    ];
    const answers = await Promise.all(
      slugs.map((slug) => callAsAdmin("DELETE", `/api/admin/plans/${slug}`)),
    );
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([
      200, 200, 200, 409,
    ]);
    expect((await callAsAdmin("PATCH", "/api/admin/plans/free", { isActive: true })).status).toBe(
      200,
    );
  });
});

it("GET /api/admin/plans lists every plan once, with the operator's fields", async () => {
  const all: Shown[] = [];
  for (let path: string | null = "/api/admin/plans?limit=7"; path !== null; ) {
    const page: { data: Shown[]; nextCursor: string | null } = await (
      await callAsAdmin("GET", path)
    ).json();
    all.push(...page.data);
    path = page.nextCursor === null ? null : `/api/admin/plans?limit=7&cursor=${page.nextCursor}`;
  }
  expect(all[0]).toMatchObject({ slug: "free", version: 1, sortOrder: 0, stripeProductId: null });
  const slugs = await listPlans(database(env.DB), { activeOnly: false });
  expect(all.map((plan) => plan.slug)).toEqual(slugs.map((plan) => plan.slug));
  expect(all.length).toBeGreaterThan(14);
});
