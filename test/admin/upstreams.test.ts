import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { callAsAdmin } from "../support/admin.ts";
import { readError } from "../support/call.ts";

const part = (upstream: string, currency: string, requests: number, more: object = {}) => ({
  upstream,
  currency,
  requests,
  inputTokens: requests * 10,
  cachedInputTokens: 0,
  outputTokens: requests,
  microcredits: requests * 2_000_000,
  costNanos: currency === "" ? 0 : requests * 5_000_000,
  ...more,
});

/** Writes a user's usage of a day as an account does: what it does not know by upstream is left. */
const insertUsage = (
  userId: string,
  day: string,
  model: string,
  requests: number,
  upstreams: readonly object[] | null,
) =>
  env.DB.prepare(
    `insert into usage_daily (user_id, day, model, requests, input_tokens, cached_input_tokens,
       output_tokens, microcredits, upstreams) values (?, ?, ?, ?, ?, 0, ?, ?, ?)
     on conflict (user_id, day, model) do update set requests = excluded.requests,
       input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
       microcredits = excluded.microcredits, upstreams = excluded.upstreams`,
  )
    .bind(
      userId,
      day,
      model,
      requests,
      requests * 10,
      requests,
      requests * 2_000_000,
      upstreams === null ? null : JSON.stringify(upstreams),
    )
    .run();

const DAYS = "from=2031-03-01&to=2031-03-03";

beforeAll(async () => {
  // A credit is worth a cent in tests.
  await insertUsage("usr_1", "2031-03-01", "m", 1, [part("groq", "usd", 1)]);
  // The same day again, in absolute numbers: 3 of groq, 1 of openai, 2 of before.
  await insertUsage("usr_1", "2031-03-01", "m", 6, [
    part("groq", "usd", 3),
    part("openai", "usd", 1),
  ]);
  await insertUsage("usr_2", "2031-03-02", "m", 4, [part("groq", "usd", 4)]);
  await insertUsage("usr_2", "2031-03-02", "other", 2, [part("openai", "", 2)]);
  await insertUsage("usr_3", "2031-03-03", "m", 5, null);
  await insertUsage("usr_3", "2031-03-04", "m", 9, [part("groq", "usd", 9)]);
});

interface Report {
  readonly upstreams: readonly {
    readonly upstream: string | null;
    readonly model: string;
    readonly requests: number;
    readonly credits: number;
    readonly upstreamCost: { currency: string; amount: number; isEstimate: boolean } | null;
  }[];
}

it("each upstream has what it served and cost in a range, and old usage has none", async () => {
  const answer = await callAsAdmin("GET", `/api/admin/upstreams?${DAYS}`);
  expect(answer.status).toBe(200);
  const { upstreams } = await answer.json<Report>();
  const shown = upstreams.map(({ upstream, model, requests, credits, upstreamCost }) => [
    upstream,
    model,
    requests,
    credits,
    upstreamCost?.amount ?? null,
  ]);
  expect(shown).toEqual([
    ["groq", "m", 7, 14, 0.035],
    ["openai", "m", 1, 2, 0.005],
    ["openai", "other", 2, 4, null],
    [null, "m", 7, 14, null],
  ]);
});

it("what is reported by upstream adds up to what is reported by model", async () => {
  const report = await callAsAdmin("GET", `/api/admin/upstreams?${DAYS}`);
  const usage = await callAsAdmin("GET", `/api/admin/usage?${DAYS}`);
  const sum = (rows: readonly { requests: number }[]) =>
    rows.reduce((total, { requests }) => total + requests, 0);
  const { days } = await usage.json<{ days: { requests: number }[] }>();
  expect(sum((await report.json<Report>()).upstreams)).toBe(sum(days));
});

it("the report is a CSV file, too", async () => {
  const answer = await callAsAdmin("GET", `/api/admin/upstreams?${DAYS}&format=csv`);
  expect(answer.headers.get("content-type")).toMatch(/^text\/csv/);
  const [head, ...rows] = (await answer.text()).trim().split("\r\n");
  expect(head).toMatch(/^upstream,model,requests,input_tokens/);
  expect(rows).toHaveLength(4);
  expect(rows[0]).toMatch(/^groq,m,7,70,0,7,14,/);
  expect(rows[3]).toMatch(/^,m,7,70,0,7,14,/);
});

it.each([
  ["from=2031-03-03&to=2031-03-01", "from"],
  ["from=2031-01-01&to=2031-12-31", "from"],
  ["from=yesterday", "from"],
  ["format=xml", "format"],
  ["upstream=groq", "upstream"],
])("refuses ?%s, naming the field", async (query, param) => {
  const answer = await callAsAdmin("GET", `/api/admin/upstreams?${query}`);
  expect(await readError(answer)).toEqual({ status: 400, code: "invalid_request", param });
});
