import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { chat, grant, NOON, openAccount, served } from "../support/account.ts";

afterEach(() => vi.useRealTimers());

const rows = async () =>
  (
    await env.DB.prepare(
      "SELECT day, model, requests, input_tokens, output_tokens, microcredits FROM usage_daily ORDER BY day",
    ).all()
  ).results;

it("D1 hears what was used by day and model: absolute numbers, so that telling it again changes nothing", async () => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount();
  await account.grant(grant(1000));
  const ride = async (output: number) => {
    const hold = await account.authorize(chat(50));
    if (hold.kind !== "hold") throw new Error("expected a hold");
    await account.settle({ holdNo: hold.holdNo, outcome: served(output), response: null });
  };
  await ride(20);
  await ride(30);
  expect(await runDurableObjectAlarm(account)).toBe(true);
  const today = { day: "2026-11-20", model: "local-small", requests: 2, input_tokens: 10, output_tokens: 50, microcredits: 50 };
  expect(await rows()).toEqual([today]);
  await evictDurableObject(account);
  await account.summary();
  await runDurableObjectAlarm(account);
  expect(await rows()).toEqual([today]);
  vi.setSystemTime(NOON + 86_400_000);
  await ride(1);
  await runDurableObjectAlarm(account);
  expect(await rows()).toEqual([
    today,
    { ...today, day: "2026-11-21", requests: 1, input_tokens: 5, output_tokens: 1, microcredits: 1 },
  ]);
});
