import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { showSubscriptionStats } from "../../src/admin/stats-routes.ts";
import { callAsAdmin } from "../support/admin.ts";
import { readError } from "../support/call.ts";
import { loadShopCatalog } from "../support/shop.ts";

interface Stats {
  readonly from: string;
  readonly to: string;
  readonly subscriptions: {
    readonly active: number;
    readonly started: number;
    readonly ended: number;
    readonly churned: number;
    readonly churnRate: number | null;
  };
  readonly trials: {
    readonly started: number;
    readonly ended: number;
    readonly converted: number;
    readonly conversionRate: number | null;
  };
}

const statsOf = async (from: string, to: string): Promise<Stats> => {
  const answer = await callAsAdmin("GET", `/api/admin/stats?from=${from}&to=${to}`);
  expect(answer.status).toBe(200);
  return await answer.json<Stats>();
};

let created = 0;
/** Inserts a subscription of a user's own, from one time to another. */
async function subscription(
  status: string,
  times: { readonly created: string; readonly trialEnd?: string; readonly ended?: string },
  userId?: string,
): Promise<void> {
  created += 1;
  const msOf = (time: string | undefined) => (time === undefined ? null : Date.parse(time));
  const row: Record<string, string | number | null> = {
    id: `sub_stats${created}`,
    user_id: userId ?? `usr_stats${created}`,
    plan_id: "pln_1",
    price_id: "prc_stats",
    stripe_item_id: "si_1",
    status,
    quantity: 1,
    currency: "usd",
    current_period_start: 0,
    current_period_end: 0,
    cancel_at_period_end: 0,
    trial_end: msOf(times.trialEnd),
    ended_at: msOf(times.ended),
    created_at: msOf(times.created),
    updated_at: 0,
  };
  const names = Object.keys(row);
  await env.DB.prepare(
    `insert into subscriptions (${names.join(", ")}) values (${names.map(() => "?").join(", ")})`,
  )
    .bind(...Object.values(row))
    .run();
}

beforeAll(loadShopCatalog);
// Other files count the subscriptions that are paid for now.
afterAll(async () => {
  await env.DB.prepare("delete from subscriptions where id like 'sub_stats%'").run();
});

describe("GET /api/admin/stats", () => {
  it("has zeros and no rates where nothing began or ended", async () => {
    expect(await statsOf("2016-02-01", "2016-02-29")).toMatchObject({
      subscriptions: { started: 0, ended: 0, churned: 0 },
      trials: { started: 0, ended: 0, converted: 0, conversionRate: null },
    });
  });

  it("counts what began and ended on a day, up to its last millisecond", async () => {
    await subscription("active", { created: "2017-01-31T23:59:59.999Z" });
    await subscription("active", { created: "2017-02-01T00:00:00Z" });
    await subscription("canceled", {
      created: "2016-11-05T00:00:00Z",
      ended: "2017-01-31T23:59:59.999Z",
    });
    const january = await statsOf("2017-01-31", "2017-01-31");
    expect(january.subscriptions).toMatchObject({ started: 1, ended: 1, churned: 1 });
    const february = await statsOf("2017-02-01", "2017-02-01");
    expect(february.subscriptions).toMatchObject({ started: 1, ended: 0, churned: 0 });
  });

  it("counts no subscription that was never paid for", async () => {
    await subscription("incomplete", { created: "2018-03-01T00:00:00Z" });
    await subscription("incomplete_expired", {
      created: "2018-03-01T00:00:00Z",
      ended: "2018-03-02T00:00:00Z",
    });
    expect((await statsOf("2018-03-01", "2018-03-31")).subscriptions).toMatchObject({
      started: 0,
      ended: 0,
      churned: 0,
    });
  });

  it("tells trials that went on from those that ended", async () => {
    const time = { created: "2019-04-01T00:00:00Z", trialEnd: "2019-04-15T00:00:00Z" };
    await subscription("active", time);
    await subscription("past_due", time);
    // Kept for a month after its trial.
    await subscription("canceled", { ...time, ended: "2019-05-15T00:00:00Z" });
    // Ended with its trial; paused since there was no card; canceled within it.
    await subscription("canceled", { ...time, ended: "2019-04-15T00:00:09Z" });
    await subscription("paused", time);
    await subscription("canceled", { ...time, ended: "2019-04-03T00:00:00Z" });
    const april = await statsOf("2019-04-01", "2019-04-30");
    expect(april.trials).toEqual({ started: 6, ended: 6, converted: 3, conversionRate: 0.5 });
    expect(april.subscriptions).toMatchObject({ started: 3, ended: 0, churned: 0 });
    const may = await statsOf("2019-05-01", "2019-05-31");
    expect(may.trials).toMatchObject({ started: 0, ended: 0 });
    expect(may.subscriptions).toMatchObject({ started: 0, ended: 1, churned: 1 });
  });

  it("loses no subscriber who had another subscription by then", async () => {
    await subscription(
      "canceled",
      { created: "2020-01-01T00:00:00Z", ended: "2020-02-10T00:00:00Z" },
      "usr_statsSwitch",
    );
    await subscription("active", { created: "2020-02-10T00:00:00Z" }, "usr_statsSwitch");
    await subscription("canceled", {
      created: "2020-01-01T00:00:00Z",
      ended: "2020-02-11T00:00:00Z",
    });
    expect((await statsOf("2020-02-01", "2020-02-29")).subscriptions).toMatchObject({
      started: 1,
      ended: 2,
      churned: 1,
    });
  });

  it("refuses a range that runs backwards, or is longer than a year", async () => {
    for (const query of ["from=2026-02-01&to=2026-01-01", "from=2024-01-01&to=2026-01-01"])
      expect(await readError(await callAsAdmin("GET", `/api/admin/stats?${query}`))).toEqual({
        status: 400,
        code: "invalid_request",
        param: "from",
      });
  });
});

describe("churn", () => {
  const nothing = {
    started: 0,
    ended: 0,
    churned: 0,
    trialsStarted: 0,
    trialsEnded: 0,
    trialsConverted: 0,
  };
  const range = { from: "2026-01-01", to: "2026-01-31", fromMs: 0, toMs: 0 };

  it("is the share of those who were there at the beginning or came since", () => {
    // 90 at the beginning, 10 came, 5 left: 95 are there.
    const counts = { ...nothing, started: 10, ended: 5, churned: 5 };
    expect(showSubscriptionStats(range, counts, 95, nothing).subscriptions).toMatchObject({
      active: 95,
      churnRate: 0.05,
    });
  });

  it("is that of the range, whatever began and ended after it", () => {
    const counts = { ...nothing, started: 10, ended: 5, churned: 5 };
    const since = { ...nothing, started: 30, ended: 20, churned: 20 };
    expect(showSubscriptionStats(range, counts, 105, since).subscriptions).toMatchObject({
      active: 95,
      churnRate: 0.05,
    });
  });

  it("is not known without subscriptions", () => {
    expect(showSubscriptionStats(range, nothing, 0, nothing).subscriptions.churnRate).toBeNull();
  });
});
