import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { call } from "../support/call.ts";
import { type FundedUser, readAccountTotals } from "../support/funded-user.ts";
import {
  chatWith,
  replies,
  sellModel,
  signUpUser,
  standInUpstreams,
} from "../support/upstreams.ts";

beforeEach(() => {
  for (const level of ["log", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined);
});

const cost = { currency: "usd", input: 2, output: 10, reasoning: 20, request: 0.5 };
const fails = () => Response.json({ error: { message: "No." } }, { status: 503 });

/** Returns who served a user's chats and what that took, newest first. */
async function servedOf(user: FundedUser) {
  const { captures } = await readAccountTotals(user);
  return captures.map(({ entry }) =>
    entry.kind === "capture" ? [entry.upstream, entry.upstreamCost] : [],
  );
}

describe("a chat is recorded", () => {
  it("with the upstream that served it, and what that takes for it", async () => {
    const model = await sellModel([{ upstream: "a" }, { upstream: "b" }], { upstreamCost: cost });
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 10,
      total_tokens: 20,
      completion_tokens_details: { reasoning_tokens: 4 },
    };
    standInUpstreams({ a: fails, b: replies("Served by b", { usage }) });
    const user = await signUpUser();
    await chatWith(user, { model });
    // 10 × 2 + 6 × 10 + 4 × 20 millionths of a dollar, and half a dollar for the request.
    const nanos = (10 * 2 + 6 * 10 + 4 * 20) * 1000 + 500_000_000;
    expect(await servedOf(user)).toEqual([["b", { currency: "usd", nanos }]]);
  });

  it("without a cost where the model has none", async () => {
    const model = await sellModel([{ upstream: "a" }]);
    standInUpstreams({ a: replies("Served by a") });
    const user = await signUpUser();
    await chatWith(user, { model });
    expect(await servedOf(user)).toEqual([["a", undefined]]);
  });
});

it("D1 gets the parts of a day by upstream, and its user is shown none of it", async () => {
  const upstreams = [{ upstream: "a" }, { upstream: "b" }] as const;
  const model = await sellModel(upstreams, { upstreamCost: cost });
  const user = await signUpUser();
  for (const answers of [
    { a: replies("One"), b: fails },
    { a: fails, b: replies("Two") },
    { a: fails, b: replies("Three") },
  ]) {
    standInUpstreams(answers);
    await chatWith(user, { model });
  }
  await runDurableObjectAlarm(env.CREDIT_ACCOUNT.get(env.CREDIT_ACCOUNT.idFromName(user.userId)));
  const { results } = await env.DB.prepare(
    "select upstream, currency, requests, cost_nanos from upstream_totals where model = ?",
  )
    .bind(model)
    .all();
  const nanos = (10 * 2 + 10 * 10) * 1000 + 500_000_000;
  expect(results).toEqual([
    { upstream: "a", currency: "usd", requests: 1, cost_nanos: nanos },
    { upstream: "b", currency: "usd", requests: 2, cost_nanos: 2 * nanos },
  ]);
  for (const path of [
    "/api/usage/daily",
    "/api/usage/chats",
    "/api/credits/ledger",
    "/api/users/me/export",
  ]) {
    const shown = await (await call("GET", path, { token: user.token })).text();
    expect(shown, path).not.toMatch(/upstreamCost|nanos/i);
  }
});
