import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { listDailyUsage } from "../../src/account/index.ts";
import { database } from "../../src/db.ts";
import { DAY_MS } from "../../src/time.ts";
import { mergeDailyUsage } from "../../src/usage/daily.ts";
import { accountObject } from "../support/account.ts";
import { call } from "../support/call.ts";
import { chatBody, sendChat, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { signUp } from "../support/sign-up.ts";

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const daily = async (token: string, query = "") => {
  const response = await call("GET", `/api/usage/daily${query}`, { token });
  return await response.json<{
    from: string;
    to: string;
    days: { model: string; requests: number; credits: number }[];
  }>();
};
const reportUsage = (
  d1: D1Database,
  rows: readonly { userId: string; day: string; model: string; requests: number }[],
) =>
  d1.batch(
    rows.map(({ userId, day, model, requests }) =>
      d1
        .prepare(
          `INSERT INTO usage_daily (user_id, day, model, requests, input_tokens,
             cached_input_tokens, output_tokens, microcredits)
           VALUES (?, ?, ?, ?, 10, 4, 20, 1500000)`,
        )
        .bind(userId, day, model, requests),
    ),
  );

describe("usage by day and model", () => {
  it("is current, the same after it is reported to D1, and adds up to the use", async () => {
    standInModel();
    const who = await signUpFundedUser(5);
    for (let n = 0; n < 2; n++) await (await sendChat(who)).text();
    await (await sendChat(who, chatBody({ model: "exact", max_tokens: 3 }))).text();
    const today = dayOf(Date.now());
    const before = await daily(who.token);
    expect(before).toMatchObject({
      from: dayOf(Date.now() - 29 * DAY_MS),
      to: today,
      days: [
        { day: today, model: "exact", requests: 1 },
        { day: today, model: "large", requests: 2, tokens: expect.any(Number) },
      ],
    });
    const { used } = await (await call("GET", "/api/credits", { token: who.token })).json<{
      used: number;
    }>();
    expect(before.days.reduce((sum, { credits }) => sum + credits, 0)).toBeCloseTo(used, 6);
    expect(await listDailyUsage(database(env.DB), who.userId, { from: today, to: today })).toEqual(
      [],
    );
    await runDurableObjectAlarm(accountObject(who.userId));
    expect(
      await listDailyUsage(database(env.DB), who.userId, { from: today, to: today }),
    ).toHaveLength(2);
    expect(await daily(who.token)).toEqual(before);
  });

  it("shows the requested days, both ends included, of the caller alone", async () => {
    const [mine, other] = await Promise.all([signUp(), signUp()]);
    const days = ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"];
    const rows = days.map((day) => ({ userId: mine.userId, day, model: "a", requests: 1 }));
    await reportUsage(env.DB, [
      ...rows,
      { userId: other.userId, day: "2026-03-02", model: "b", requests: 9 },
    ]);
    const shown = await daily(mine.token, "?from=2026-03-02&to=2026-03-03");
    expect(shown.days).toMatchObject([
      {
        day: "2026-03-02",
        model: "a",
        requests: 1,
        inputTokens: 10,
        outputTokens: 20,
        tokens: 30,
        credits: 1.5,
      },
      { day: "2026-03-03" },
    ]);
    expect(shown.days).toHaveLength(2);
  });

  it("comes as CSV too, in which no model is a formula", async () => {
    const { token, userId } = await signUp();
    await reportUsage(env.DB, [{ userId, day: "2026-03-02", model: '@SUM("A1")', requests: 4 }]);
    const response = await call(
      "GET",
      "/api/usage/daily?from=2026-03-01&to=2026-03-31&format=csv",
      { token },
    );
    expect(response.headers.get("content-disposition")).toBe(
      'attachment; filename="usage-2026-03-01-2026-03-31.csv"',
    );
    expect(await response.text()).toBe(
      [
        "day,model,requests,input_tokens,output_tokens,tokens,credits",
        `2026-03-02,"'@SUM(""A1"")",4,10,20,30,1.5`,
        "",
      ].join("\r\n"),
    );
  });

  it("refuses an invalid range, and one of more than a year", async () => {
    const { token } = await signUp();
    for (const query of [
      "from=2026-03-02&to=2026-03-01",
      "from=2024-01-01&to=2026-01-01",
      "from=x",
      "to=2026-13-01",
      "day=2026-01-01",
    ]) {
      expect([query, (await call("GET", `/api/usage/daily?${query}`, { token })).status]).toEqual([
        query,
        400,
      ]);
    }
  });
});

describe("a day that both D1 and the account have", () => {
  it("is shown as the account has it", () => {
    const usage = {
      day: "2026-03-02",
      model: "a",
      requests: 1,
      inputTokens: 1,
      cachedInputTokens: 0,
      outputTokens: 1,
      microcredits: 1,
    };
    const later = { ...usage, requests: 2 };
    const range = { from: "2026-03-02", to: "2026-03-02", fromMs: 0, toMs: 0 };
    expect(mergeDailyUsage([usage], [later], range)).toEqual([later]);
    expect(mergeDailyUsage([], [{ ...usage, day: "2026-03-03" }], range)).toEqual([]);
  });
});
