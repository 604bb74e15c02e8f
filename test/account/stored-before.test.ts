import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadAccount } from "../../src/account/account.ts";
import { toBalance } from "../../src/account/methods/views.ts";
import {
  authorize,
  chatCommand,
  grantCommand,
  NOON,
  servedOutcome,
  settle,
} from "../support/account.ts";
import { CHECKPOINT_SHA256, FINGERPRINT, HASH, LONG, writeAccount } from "./stored-before.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: NOON + 10_000, toFake: ["Date"] });
});
afterEach(() => vi.useRealTimers());

/** Returns the stub of an object whose storage an older version wrote. */
async function openStoredAccount() {
  const stub = env.CREDIT_ACCOUNT.get(env.CREDIT_ACCOUNT.newUniqueId());
  await runInDurableObject(stub, (_instance, { storage }) => writeAccount(storage.sql));
  return stub;
}

const toHex = (bytes: ArrayBuffer) =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

describe("an account that an older version stored", () => {
  it("has its checkpoint in several rows, byte for byte as it was written", async () => {
    const stored = await runInDurableObject(await openStoredAccount(), (_instance, { storage }) => [
      ...storage.sql.exec<{ body: ArrayBuffer }>("SELECT body FROM checkpoint ORDER BY part"),
    ]);
    const hashes = await Promise.all(
      stored.map(async ({ body }) => toHex(await crypto.subtle.digest("SHA-256", body))),
    );
    expect(hashes).toEqual(CHECKPOINT_SHA256);
  });

  it("has its balance, meters, grants and chats", async () => {
    const account = await openStoredAccount();
    expect(await account.summary()).toMatchObject({
      balance: { postedMicrocredits: 450, heldMicrocredits: 350, availableMicrocredits: 100 },
      capturedMicrocredits: 100,
      voidedMicrocredits: 50,
      meters: [
        { meter: "message", used: 1 },
        { meter: "agent", used: 2 },
      ],
    });
    expect(await account.grants({ limit: 10, before: null })).toMatchObject([
      { grantId: "grt_3", reason: LONG, remainingMicrocredits: 300, frozen: true },
      { grantId: "grt_2", reason: LONG, remainingMicrocredits: 150 },
      { grantId: "grt_1", reason: "Small pack", remainingMicrocredits: 0, voidedMicrocredits: 30 },
    ]);
    const all = { fromMs: null, untilMs: null, model: null, keyId: null, ending: null };
    expect((await account.chats({ limit: 10, before: null, ...all })).chats).toMatchObject([
      { holdNo: 6, keyName: "ci", payer: "credits", costMicrocredits: 100 },
      { holdNo: 4, keyName: null, payer: "allowance", costMicrocredits: 0 },
    ]);
    const moved = await account.movements({ limit: 10, before: null });
    expect(moved.map(({ amountMicrocredits }) => amountMicrocredits)).toEqual([
      -20, -30, -100, 300, 200, 100,
    ]);
    expect(await account.recentDays()).toMatchObject([{ requests: 2, microcredits: 100 }]);
  });

  it("replays first answers that were stored in several rows", async () => {
    const account = await openStoredAccount();
    const first = await account.beginIdempotent({ key: "once", fingerprint: FINGERPRINT });
    expect(first).toMatchObject({
      ok: true,
      first: { status: 201, headers: { "content-type": "text/plain" }, body: LONG + LONG },
    });
    const running = { key: "running", fingerprint: "ef".repeat(32) };
    expect(await account.beginIdempotent(running)).toMatchObject({
      failure: { code: "idempotency_key_in_use" },
    });
  });

  it("goes on: open holds are settled, operations applied once, keys verified", async () => {
    const account = await openStoredAccount();
    expect(
      await settle(account, { holdNo: 8, outcome: servedOutcome(40), response: null }),
    ).toMatchObject({ ended: "captured", costMicrocredits: 40 });
    const small = grantCommand(100, { operationId: "order:1" });
    const standing = { voidedMicrocredits: 0, frozen: false };
    expect(await account.grant({ ...small, standing })).toMatchObject({
      grantId: "grt_1",
      applied: false,
      standingChanged: true,
      balance: { postedMicrocredits: 440 },
    });
    expect(await account.release({ operationId: "agent:1" })).toMatchObject({ released: true });
    expect(await account.verifyKey({ hash: HASH, scope: "chat" })).toMatchObject({
      key: { keyId: "key_00000001", totalMicrocredits: 100 },
    });
    expect(await authorize(account, chatCommand(10))).toMatchObject({
      kind: "hold",
      terms: { payer: "credits", shares: [{ grantNo: 2, microcredits: 10 }] },
    });
  });

  it("is the same after its next checkpoint, and when all entries are folded anew", async () => {
    await runInDurableObject(await openStoredAccount(), (_instance, { storage }) => {
      const { ledger } = loadAccount(storage);
      const before = structuredClone(ledger.state);
      ledger.checkpoint();
      expect(loadAccount(storage).ledger.state).toEqual(before);
      storage.sql.exec("DELETE FROM checkpoint");
      storage.sql.exec("DELETE FROM spent_grants");
      const { grants, ...folded } = loadAccount(storage).ledger.state;
      const { grants: live, ...rest } = before;
      expect(folded).toEqual(rest);
      expect(grants).toMatchObject(live);
      expect(toBalance({ ...folded, grants })).toEqual(toBalance(before));
    });
  });
});
