import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { z } from "zod";
import type { Env } from "../../src/env.ts";
import worker from "../../src/index.ts";
import { chatBody, type FundedUser, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";

/** Chats to the end, and returns the response and the lines logged meanwhile. */
async function chat(
  who: FundedUser,
  json: Record<string, unknown>,
  bindings: Partial<Env> & Record<string, unknown> = {},
) {
  const consoleLog = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const ctx = createExecutionContext();
  const headers = { authorization: `Bearer ${who.key}`, "content-type": "application/json" };
  const request = new Request("http://farebox.test/v1/chat/completions", {
    method: "POST",
    headers,
    body: JSON.stringify(chatBody(json)),
  });
  const response = await worker.fetch(request, { ...env, ...bindings }, ctx);
  const text = await response.text();
  await waitOnExecutionContext(ctx);
  const lines = consoleLog.mock.calls.map(([line]) => String(line));
  consoleLog.mockRestore();
  return { response, text, lines };
}

const line = (lines: readonly string[]) =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(lines[0] ?? "null"));

it("a chat logs one line: user, model, ending, cost and times, no key and no text", async () => {
  standInModel();
  const who = await signUpFundedUser(10);
  const { response, lines } = await chat(who, {
    messages: [{ role: "user", content: "a secret wish" }],
  });
  expect(lines).toHaveLength(1);
  const logged = line(lines);
  expect(logged).toMatchObject({
    level: "info",
    event: "chat.ended",
    requestId: response.headers.get("x-request-id"),
    userId: who.userId,
    via: "key",
    model: "large",
    stream: false,
    ending: "complete",
    settled: "captured",
    payer: "credits",
    estimated: false,
    cost: Number(response.headers.get("x-farebox-cost")),
    authorizeMs: expect.any(Number),
    upstreamMs: expect.any(Number),
    latencyMs: expect.any(Number),
  });
  expect(logged["outputTokens"]).toBeGreaterThan(0);
  expect(lines[0]).not.toContain(who.key);
  expect(lines[0]).not.toContain("secret wish");
});

it("a stream logs its line when it is over, and a refusal one with its reason", async () => {
  standInModel();
  const who = await signUpFundedUser(10);
  const streamed = await chat(who, { stream: true });
  expect(streamed.lines).toHaveLength(1);
  expect(line(streamed.lines)).toMatchObject({
    stream: true,
    ending: "complete",
    settled: "captured",
  });
  const refused = await chat(await signUpFundedUser(0), {});
  expect(refused.response.status).toBe(402);
  expect(refused.lines.map((one) => JSON.parse(one))).toEqual([
    expect.objectContaining({
      event: "chat.refused",
      ending: "refused",
      code: "insufficient_quota",
      model: "large",
    }),
  ]);
});

it("LOG_CHATS=false logs none", async () => {
  standInModel();
  expect((await chat(await signUpFundedUser(10), {}, { LOG_CHATS: "false" })).lines).toEqual([]);
});

it("a bound CHAT_ANALYTICS gets a data point of each chat", async () => {
  standInModel();
  const who = await signUpFundedUser(10);
  const points: AnalyticsEngineDataPoint[] = [];
  const CHAT_ANALYTICS = {
    writeDataPoint: (point: AnalyticsEngineDataPoint = {}) => void points.push(point),
  };
  const { response } = await chat(who, {}, { CHAT_ANALYTICS });
  expect(points).toEqual([
    {
      indexes: [who.userId],
      blobs: ["large", "complete", "credits", "captured", "local"],
      doubles: expect.any(Array),
    },
  ]);
  expect(points[0]?.doubles?.[3]).toBe(Number(response.headers.get("x-farebox-cost")));
});

it("Server-Timing has the time of each step before the first byte", async () => {
  standInModel();
  const who = await signUpFundedUser(10);
  for (const stream of [false, true]) {
    const { response } = await chat(who, { stream });
    expect(response.headers.get("server-timing")).toMatch(
      /^auth;dur=\d+, authorize;dur=\d+, upstream;dur=\d+$/,
    );
  }
});
