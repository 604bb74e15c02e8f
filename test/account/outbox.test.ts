import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { loadAccount } from "../../src/account/account.ts";
import { emptyState } from "../../src/account/ledger/state.ts";
import { Outbox } from "../../src/account/reporting/outbox.ts";
import {
  authorize,
  chatCommand,
  grantCommand,
  NOON,
  openAccount,
  servedOutcome,
  settle,
} from "../support/account.ts";

afterEach(() => vi.useRealTimers());

const rows = async (): Promise<Record<string, unknown>[]> =>
  (
    await env.DB.prepare(
      `SELECT day, model, requests, input_tokens, cached_input_tokens, output_tokens, microcredits
       FROM usage_daily ORDER BY day`,
    ).all()
  ).results;

const listOwnRows = async () => (await rows()).filter(({ model }) => model === "local-small");

it("a day that D1 does not have is never evicted", () => {
  const usage = {
    day: "2082-11-20",
    model: "m",
    requests: 1,
    inputTokens: 1,
    cachedInputTokens: 0,
    outputTokens: 1,
    microcredits: 1,
  };
  const state = { ...emptyState(), daily: { "2082-11-20/m": usage } };
  expect(new Outbox().listSentPastDays(state, NOON + 86_400_000 * 30)).toEqual([]);
});

it("D1 keeps the whole day though the clock goes back over midnight after a report", async () => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount();
  await account.grant(grantCommand(1000));
  const runChat = async () => {
    const hold = await authorize(account, chatCommand(50, { model: "late" }));
    if (hold.kind !== "hold") throw new Error("expected a hold");
    await settle(account, { holdNo: hold.holdNo, outcome: servedOutcome(20), response: null });
  };
  await runChat();
  vi.setSystemTime(Date.UTC(2082, 10, 21) + 10);
  await runDurableObjectAlarm(account);
  vi.setSystemTime(Date.UTC(2082, 10, 21) - 10);
  await runChat();
  vi.setSystemTime(Date.UTC(2082, 10, 21, 2));
  await runDurableObjectAlarm(account);
  expect((await rows()).filter(({ model }) => model === "late")).toMatchObject([
    { day: "2082-11-20", requests: 2 },
  ]);
  const state = await runInDurableObject(
    account,
    (_instance, { storage }) => loadAccount(storage).ledger.state,
  );
  expect(state.daily).toEqual({});
});

it("D1 gets the usage by day and model, in absolute numbers that may be sent again", async () => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount();
  await account.grant(grantCommand(1000));
  const runChat = async (output: number) => {
    const hold = await authorize(account, chatCommand(50));
    if (hold.kind !== "hold") throw new Error("expected a hold");
    await settle(account, {
      holdNo: hold.holdNo,
      outcome: servedOutcome(output, { usage: { input: 5, cachedInput: 2, output } }),
      response: null,
    });
  };
  await runChat(20);
  await runDurableObjectAlarm(account);
  await runChat(30);
  expect(await runDurableObjectAlarm(account)).toBe(true);
  const today = {
    day: "2082-11-20",
    model: "local-small",
    requests: 2,
    input_tokens: 10,
    cached_input_tokens: 4,
    output_tokens: 50,
    microcredits: 50,
  };
  expect(await listOwnRows()).toEqual([today]);
  await evictDurableObject(account);
  await account.summary();
  await runDurableObjectAlarm(account);
  expect(await listOwnRows()).toEqual([today]);
  vi.setSystemTime(NOON + 86_400_000);
  await runChat(1);
  await runDurableObjectAlarm(account);
  expect(await listOwnRows()).toEqual([
    today,
    {
      ...today,
      day: "2082-11-21",
      requests: 1,
      input_tokens: 5,
      cached_input_tokens: 2,
      output_tokens: 1,
      microcredits: 1,
    },
  ]);
});
