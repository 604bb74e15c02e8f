import { env } from "cloudflare:workers";
import { createParser } from "eventsource-parser";
import { expect, vi } from "vitest";
import { loadCatalog } from "../../../src/catalog/index.ts";
import { database } from "../../../src/db.ts";
import { call } from "../../support/call.ts";
import { type FundedUser, readAccountTotals, signUpFundedUser } from "../../support/funded-user.ts";

/** Returns a message's request to `large` for at most 100 tokens, with the given overrides. */
export const messageBody = (more: Record<string, unknown> = {}) => ({
  model: "large",
  max_tokens: 100,
  messages: [{ role: "user", content: "Say something about edges." }],
  ...more,
});

/** Sends a message's request with the user's key, as Anthropic's clients show it. */
export const sendMessage = (
  user: Pick<FundedUser, "key">,
  body: unknown = messageBody(),
  headers: Record<string, string> = {},
): Promise<Response> =>
  call("POST", "/v1/messages", {
    body,
    headers: { "x-api-key": user.key, "anthropic-version": "2023-06-01", ...headers },
  });

/** An event of a stream, as a client reads it. */
export interface StreamEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Reads the events of a stream, each called by its type. */
export function readEvents(stream: string): readonly StreamEvent[] {
  const events: StreamEvent[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => {
      const json = JSON.parse(data);
      expect(json.type).toBe(event);
      events.push(json);
    },
  });
  parser.feed(stream);
  return events;
}

/** A hold is settled after the reply. No test is about how soon. */
const BUSY_MACHINE = { timeout: 20_000 };

/** Waits until the account has settled its holds. */
export async function waitForSettlement(who: Pick<FundedUser, "account">) {
  return await vi.waitFor(async () => {
    const totals = await readAccountTotals(who);
    expect(totals.heldMicrocredits).toBe(0);
    return totals;
  }, BUSY_MACHINE);
}

/** The prices of `cached`, in microcredits a token. */
export const CACHED = { input: 30, cachedInput: 3, cacheWrite: 40, output: 150 };

/** Signs up a user with ten credits, and loads `cached`, whose cache has prices of its own. */
export async function signUpForCached(): Promise<FundedUser> {
  const who = await signUpFundedUser(10);
  const model = {
    id: "cached",
    upstream: "local",
    upstreamModel: "large",
    inputPrice: CACHED.input,
    cachedInputPrice: CACHED.cachedInput,
    cacheWritePrice: CACHED.cacheWrite,
    outputPrice: CACHED.output,
    contextLength: 100_000,
    maxOutputTokens: 16_000,
  };
  await loadCatalog(database(env.DB), { plans: [], models: [model] }, Date.now());
  return who;
}
