import { describe, expect, it } from "vitest";
import type { ChatTotals } from "../../src/account/index.ts";
import { DAY_MS, HOUR_MS } from "../../src/time.ts";
import { fetchTotals, showSeries, sumTotals } from "../../src/usage/chat-series.ts";
import { call, readError } from "../support/call.ts";
import { chatBody, sendChat, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { createKey, signUp } from "../support/sign-up.ts";

interface Totals {
  readonly messages: number;
  readonly errors: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly credits: number;
  readonly latencyMs: number | null;
}
interface Series {
  readonly from: string;
  readonly to: string;
  readonly bucket: "hour" | "day";
  readonly points: readonly (Totals & {
    readonly at: string;
    readonly model: string | null;
    readonly key: { id: string; name: string | null } | null;
  })[];
  readonly totals: Totals;
  readonly previous: Totals | null;
}

const NOTHING = {
  messages: 0,
  errors: 0,
  inputTokens: 0,
  outputTokens: 0,
  credits: 0,
  latencyMs: null,
};
const readSeries = async (token: string, query = ""): Promise<Series> => {
  const response = await call("GET", `/api/usage/series${query}`, { token });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return await response.json<Series>();
};
const idOf = (key: string) => `key_${key.slice(3, 11)}`;
const startOf = (ms: number, stretchMs: number) =>
  new Date(Math.floor(ms / stretchMs) * stretchMs).toISOString();
const totalsOf = (more: Partial<ChatTotals>): ChatTotals => ({
  bucket: 0,
  model: "small",
  keyId: null,
  messages: 1,
  errors: 0,
  inputTokens: 10,
  outputTokens: 5,
  microcredits: 1,
  latencyMs: 100,
  ...more,
});

describe("the series of a user's chats", () => {
  it("is empty for who has not chatted, and compares with nothing", async () => {
    const { token } = await signUp();
    const series = await readSeries(token, "?compare=previous");
    expect(series).toMatchObject({ bucket: "day", points: [], totals: NOTHING, previous: NOTHING });
    expect(Date.parse(series.to) - Date.parse(series.from)).toBe(30 * DAY_MS);
  });

  it("adds up to what each chat cost, by model and by key, with what failed", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(5);
    const named = await createKey(who, { name: "ci" });
    await (await sendChat(who)).text();
    await (await sendChat(who)).text();
    await (await sendChat({ key: named }, chatBody({ model: "exact", max_tokens: 3 }))).text();
    model.next({ status: 500 });
    await (await sendChat({ key: named }, chatBody({ model: "exact", max_tokens: 3 }))).text();

    const { used } = await (await call("GET", "/api/credits", { token: who.token })).json<{
      used: number;
    }>();
    const byModel = await readSeries(who.token);
    expect(byModel.totals).toMatchObject({ messages: 3, errors: 1, credits: used });
    expect(byModel.totals.latencyMs).toEqual(expect.any(Number));
    const today = startOf(Date.now(), DAY_MS);
    expect(byModel.points).toMatchObject([
      { at: today, model: "exact", key: null, messages: 1, errors: 1 },
      { at: today, model: "large", key: null, messages: 2, errors: 0 },
    ]);
    expect(byModel.previous).toBeNull();

    const byKey = await readSeries(who.token, "?by=key&compare=previous");
    expect(byKey.points.toSorted((a, b) => a.messages - b.messages)).toMatchObject([
      { model: null, key: { id: idOf(named), name: "ci" }, messages: 1, errors: 1 },
      { model: null, key: { id: idOf(who.key), name: "test" }, messages: 2, errors: 0 },
    ]);
    expect(byKey.totals).toEqual(byModel.totals);
    expect(byKey.previous).toEqual(NOTHING);

    const hourly = await readSeries(who.token, "?hours=24");
    expect(hourly).toMatchObject({ bucket: "hour", totals: byModel.totals });
    expect(Date.parse(hourly.to) - Date.parse(hourly.from)).toBe(24 * HOUR_MS);

    const filtered = await readSeries(who.token, `?model=exact&key=${idOf(named)}&ending=complete`);
    expect(filtered.totals).toMatchObject({ messages: 1, errors: 0 });
  });

  it("has one day where one is asked for", async () => {
    const { token } = await signUp();
    const { from, to } = await readSeries(token, "?from=2026-02-28&to=2026-02-28");
    expect([from, to]).toEqual(["2026-02-28T00:00:00.000Z", "2026-03-01T00:00:00.000Z"]);
  });

  it.each([
    ["hours=0", "hours"],
    ["hours=73", "hours"],
    ["hours=24&from=2026-01-01", "hours"],
    ["from=2026-01-02&to=2026-01-01", "from"],
    ["from=2024-01-01&to=2026-01-01", "from"],
    ["by=weather", "by"],
    ["compare=everything", "compare"],
    ["key=mine", "key"],
  ])("refuses %s by the name of the field", async (query, param) => {
    const { token } = await signUp();
    expect(await readError(await call("GET", `/api/usage/series?${query}`, { token }))).toEqual({
      status: 400,
      code: "invalid_request",
      param,
    });
  });
});

describe("totals", () => {
  const query = {
    before: null,
    fromMs: 0,
    untilMs: null,
    model: null,
    keyId: null,
    ending: null,
    bucketMs: DAY_MS,
  };

  it("of several pages are all fetched, each from where the last one ended", async () => {
    const asked: (number | null)[] = [];
    const fetched = await fetchTotals(async ({ before }) => {
      asked.push(before);
      return { totals: [totalsOf({})], next: before === null ? 7 : null, entriesLeft: 0 };
    }, query);
    expect(asked).toEqual([null, 7]);
    expect(fetched).toMatchObject({ ok: true, value: [{ messages: 1 }, { messages: 1 }] });
  });

  it("of more chats than can be looked at are refused", async () => {
    const page = { totals: [], next: 1, entriesLeft: 200_001 };
    expect(await fetchTotals(() => Promise.resolve(page), query)).toMatchObject({
      ok: false,
      failure: { code: "invalid_request", param: "from" },
    });
  });

  it("of the last day of a month and the first of the next stay apart", () => {
    const january31 = Date.parse("2026-01-31") / DAY_MS;
    const totals = [
      totalsOf({ bucket: january31 + 1, microcredits: 2 }),
      totalsOf({ bucket: january31, microcredits: 1 }),
      totalsOf({ bucket: january31, microcredits: 3, keyId: "key_1" }),
    ];
    expect(
      showSeries(totals, DAY_MS, "model", new Map()).map(({ at, credits }) => [at, credits]),
    ).toEqual([
      ["2026-01-31T00:00:00.000Z", 0.000004],
      ["2026-02-01T00:00:00.000Z", 0.000002],
    ]);
    expect(showSeries(totals, DAY_MS, "key", new Map([["key_1", "ci"]]))).toMatchObject([
      { key: null },
      { key: { id: "key_1", name: "ci" } },
      { key: null },
    ]);
  });

  it("have the average latency of what was served, and none where nothing was", () => {
    expect(sumTotals([totalsOf({ messages: 2, latencyMs: 300 }), totalsOf({})]).latencyMs).toBe(
      133,
    );
    expect(sumTotals([totalsOf({ messages: 0, errors: 1, latencyMs: 0 })]).latencyMs).toBeNull();
  });
});
