import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import {
  authorize,
  chatCommand,
  failedOutcome,
  grantCommand,
  NOON,
  openAccount,
  servedOutcome,
  settle,
} from "../support/account.ts";

afterEach(() => vi.useRealTimers());

const keyed = (fingerprint = "a") => ({
  ...chatCommand(10),
  idempotency: { key: "order-1", fingerprint },
});
const answer = (body: string) => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body,
});

it("the first answer is replayed in any later life of the object, with no hold (I8)", async () => {
  const account = await openAccount();
  await account.grant(grantCommand(100));
  const first = await authorize(account, keyed());
  if (first.kind !== "hold") throw new Error("expected a hold");
  expect(await authorize(account, keyed())).toMatchObject({
    kind: "refused",
    failure: { code: "idempotency_key_in_use" },
  });
  // Longer than a row, with characters of every length at the seams.
  const body = `\uFEFF${"aé漢😀".repeat(300_000)}`;
  await settle(account, {
    holdNo: first.holdNo,
    outcome: servedOutcome(4),
    response: answer(body),
  });
  await evictDurableObject(account);
  const again = await authorize(account, keyed());
  expect(again).toMatchObject({
    kind: "replay",
    response: { status: 200, headers: { "content-type": "application/json" } },
  });
  expect(again.kind === "replay" && again.response.body === body).toBe(true);
  expect(await authorize(account, keyed("b"))).toMatchObject({
    failure: { code: "idempotency_key_reused" },
  });
  expect(await account.summary()).toMatchObject({
    balance: { postedMicrocredits: 96, heldMicrocredits: 0 },
  });
});

it("a chat that came to nothing frees its key", async () => {
  const account = await openAccount();
  await account.grant(grantCommand(100));
  const first = await authorize(account, keyed());
  if (first.kind !== "hold") throw new Error("expected a hold");
  await settle(account, { holdNo: first.holdNo, outcome: failedOutcome, response: null });
  expect(await authorize(account, keyed())).toMatchObject({ kind: "hold" });
});

it("a key is free when the hold of its request expired, and a day after its answer", async () => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount();
  await account.grant(grantCommand(100));
  await authorize(account, keyed());
  vi.setSystemTime(NOON + 899_999);
  expect(await authorize(account, keyed())).toMatchObject({
    failure: { code: "idempotency_key_in_use" },
  });
  vi.setSystemTime(NOON + 900_000);
  const second = await authorize(account, keyed());
  if (second.kind !== "hold") throw new Error("expected a hold");
  await settle(account, {
    holdNo: second.holdNo,
    outcome: servedOutcome(4),
    response: answer("{}"),
  });
  vi.setSystemTime(NOON + 900_000 + 86_399_999);
  expect(await authorize(account, keyed())).toMatchObject({ kind: "replay" });
  vi.setSystemTime(NOON + 900_000 + 86_400_000);
  expect(await authorize(account, keyed())).toMatchObject({ kind: "hold" });
});

it("the first answer is not replaced by another", async () => {
  const account = await openAccount();
  const request = { key: "k", fingerprint: "f" };
  await account.beginIdempotent(request);
  await account.finishIdempotent({ key: "k", fingerprint: "f" }, answer("first"));
  await account.finishIdempotent({ key: "k", fingerprint: "f" }, answer("second"));
  expect(await account.beginIdempotent(request)).toMatchObject({ first: { body: "first" } });
});

it("answers are erased when their day is over, by the alarm", async () => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount();
  await account.beginIdempotent({ key: "k", fingerprint: "f" });
  await account.finishIdempotent({ key: "k", fingerprint: "f" }, answer('{"secret":1}'));
  vi.setSystemTime(NOON + 300_000);
  await runDurableObjectAlarm(account);
  vi.setSystemTime(NOON + 86_400_000);
  expect(await runDurableObjectAlarm(account)).toBe(true);
  // No alarm is set any more.
  expect(await runDurableObjectAlarm(account)).toBe(false);
  const kept = await runInDurableObject(account, (_instance, state) => [
    ...state.storage.sql.exec("SELECT key FROM idempotency"),
  ]);
  expect(kept).toEqual([]);
});

it("a user has at most 10,000 kept answers; a request without a key is let through", async () => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount();
  await account.grant(grantCommand(100));
  await account.beginIdempotent({ key: "known", fingerprint: "a" });
  await account.finishIdempotent({ key: "known", fingerprint: "a" }, answer("kept"));
  await runInDurableObject(account, (_instance, state) => {
    state.storage.sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9998)
       INSERT INTO idempotency (key, part, fingerprint, expires_at_ms, head)
       SELECT 'filler-' || i, 0, 'x', ?, '{}' FROM n`,
      NOON + 1000,
    );
  });
  await evictDurableObject(account);
  const begin = (key: string) => account.beginIdempotent({ key, fingerprint: "a" });
  const atOnce = await Promise.all(Array.from({ length: 20 }, (_, n) => begin(`new-${n}`)));
  expect(atOnce.filter(({ ok }) => ok)).toHaveLength(1);
  expect(atOnce.find(({ ok }) => !ok)).toMatchObject({ failure: { code: "limit_reached" } });
  expect(await authorize(account, keyed())).toMatchObject({ failure: { code: "limit_reached" } });
  expect(await begin("known")).toMatchObject({ first: { body: "kept" } });
  expect(await authorize(account, chatCommand(10))).toMatchObject({ kind: "hold" });
  vi.setSystemTime(NOON + 1001);
  expect(await begin("later")).toMatchObject({ ok: true, first: null });
});

it("a request past its lease neither answers nor frees the next one with its key", async () => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount();
  await account.beginIdempotent({ key: "k", fingerprint: "slow" });
  vi.setSystemTime(NOON + 300_001);
  expect(await account.beginIdempotent({ key: "k", fingerprint: "next" })).toEqual({
    ok: true,
    first: null,
  });
  await account.finishIdempotent({ key: "k", fingerprint: "slow" }, answer("slow"));
  await account.finishIdempotent({ key: "k", fingerprint: "slow" }, null);
  expect(await account.beginIdempotent({ key: "k", fingerprint: "next" })).toMatchObject({
    failure: { code: "idempotency_key_in_use" },
  });
  await account.finishIdempotent({ key: "k", fingerprint: "next" }, answer("next"));
  expect(await account.beginIdempotent({ key: "k", fingerprint: "next" })).toMatchObject({
    first: { body: "next" },
  });
});
