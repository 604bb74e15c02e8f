import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import {
  authorize,
  chatCommand,
  grantCommand,
  NOON,
  openAccount,
  servedOutcome,
  settle,
  testEntitlement,
} from "../support/account.ts";

afterEach(() => vi.useRealTimers());

type Stub = Awaited<ReturnType<typeof openAccount>>;

const alarmOf = (account: Stub) =>
  runInDurableObject(account, (_instance, state) => state.storage.getAlarm());

async function runChat(account: Stub) {
  const hold = await authorize(account, chatCommand(50));
  if (hold.kind !== "hold") throw new Error("expected a hold");
  await settle(account, { holdNo: hold.holdNo, outcome: servedOutcome(20), response: null });
}

it("waking the object does not put its alarm off, however often it dies in between", async () => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount();
  await account.grant(grantCommand(1000));
  await runChat(account);
  expect(await alarmOf(account)).toBe(NOON + 300_000);
  for (const minutes of [2, 4]) {
    await evictDurableObject(account);
    vi.setSystemTime(NOON + minutes * 60_000);
    await runChat(account);
    expect(await alarmOf(account)).toBe(NOON + 300_000);
  }
});

it("an alarm that could not be set is set with the next request", async () => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount();
  await account.grant(grantCommand(1000));
  await runInDurableObject(account, async (object, { storage }) => {
    Object.defineProperty(storage, "setAlarm", {
      configurable: true,
      value: () => Promise.reject(new Error("no alarm today")),
    });
    await expect(authorize(object, chatCommand(50))).rejects.toThrow("no alarm today");
    Reflect.deleteProperty(storage, "setAlarm");
  });
  expect(await alarmOf(account)).toBeNull();
  expect(await account.summary()).toMatchObject({ balance: { heldMicrocredits: 50 } });
  expect(await alarmOf(account)).toBe(NOON + 300_000);
});

it("a failed alarm is retried within a minute, and the expired hold has ended", async () => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount();
  await account.grant(grantCommand(1000));
  await runChat(account);
  await authorize(account, chatCommand(50, { holdTtlSeconds: 60 }));
  vi.setSystemTime(NOON + 60_000);
  await runInDurableObject(account, async (object) => {
    Object.defineProperty(object, "env", { configurable: true, value: { DB: null } });
    await object.alarm();
    Reflect.deleteProperty(object, "env");
  });
  expect(await alarmOf(account)).toBe(NOON + 120_000);
  expect(await account.summary()).toMatchObject({ balance: { heldMicrocredits: 0 } });
});

it("an alarm that the platform gave up is scheduled again by the next request", async () => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount();
  await account.grant(grantCommand(1000));
  await runChat(account);
  await runInDurableObject(account, (_instance, { storage }) => storage.deleteAlarm());
  vi.setSystemTime(NOON + 600_000);
  await runChat(account);
  expect(await alarmOf(account)).toBeNull();
  vi.setSystemTime(NOON + 900_000);
  await runChat(account);
  expect(await alarmOf(account)).toBe(NOON + 1_200_000);
});

it("an account wakes when its first hold expires, and readers see the hold as ended", async () => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount();
  await account.grant(grantCommand(1000));
  await authorize(account, chatCommand(50, { holdTtlSeconds: 90 }));
  await authorize(account, chatCommand(50, { holdTtlSeconds: 60 }));
  expect(await alarmOf(account)).toBe(NOON + 60_000);
  vi.setSystemTime(NOON + 60_000);
  expect(await account.summary()).toMatchObject({
    balance: { heldMicrocredits: 50, availableMicrocredits: 950 },
  });
});

it("no alarm is set in an account where nothing is due", async () => {
  const account = await openAccount();
  expect(await alarmOf(account)).toBeNull();
  await account.grant(grantCommand(1000));
  expect(await alarmOf(account)).toBeNull();
});

it("an account wakes when a grant begins and when it ends", async () => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount();
  await account.grant(grantCommand(1000, { effectiveAt: NOON + 10_000, expiresAt: NOON + 20_000 }));
  expect(await alarmOf(account)).toBe(NOON + 10_000);
  vi.setSystemTime(NOON + 10_000);
  expect(await runDurableObjectAlarm(account)).toBe(true);
  expect(await alarmOf(account)).toBe(NOON + 20_000);
  vi.setSystemTime(NOON + 20_000);
  expect(await runDurableObjectAlarm(account)).toBe(true);
  expect(await alarmOf(account)).toBeNull();
  expect(
    (await account.movements({ limit: 10, before: null })).map(({ at, amountMicrocredits }) => [
      at,
      amountMicrocredits,
    ]),
  ).toEqual([
    [NOON + 20_000, -1000],
    [NOON + 10_000, 1000],
  ]);
});

it("a period that has begun keeps its count when the clock goes back (I9)", async () => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount(
    testEntitlement({ allowances: { message: { limit: 1, period: "minute" } } }),
  );
  expect(await authorize(account, chatCommand(10))).toMatchObject({ kind: "hold" });
  for (const clock of [NOON - 1, NOON + 59_999, NOON - 3_600_000]) {
    vi.setSystemTime(clock);
    await evictDurableObject(account);
    expect(await authorize(account, chatCommand(10))).toMatchObject({
      kind: "refused",
      failure: { code: "insufficient_quota" },
    });
  }
  vi.setSystemTime(NOON + 60_000);
  expect(await authorize(account, chatCommand(10))).toMatchObject({ kind: "hold" });
});
