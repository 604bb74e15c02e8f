import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { NewApiKey } from "../../src/account/index.ts";
import { DAY_MS } from "../../src/time.ts";
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

const HASH = "ab".repeat(32);
const key = (more: Partial<NewApiKey> = {}): NewApiKey => ({
  keyId: "key_00000001",
  hash: HASH,
  prefix: "sk_0123456789abcdef0",
  name: "Test key",
  scopes: ["chat", "read", "write"],
  models: null,
  budget: null,
  expiresAt: null,
  ...more,
});
const byKey = (tokens: number) => ({
  ...chatCommand(tokens),
  caller: { kind: "key", hash: HASH } as const,
});

describe("a key", () => {
  it("chats while it is valid, and not from the request after its revocation on", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(100));
    expect(await authorize(account, byKey(10))).toMatchObject({
      kind: "refused",
      failure: { code: "invalid_api_key" },
    });
    await account.createKey(key());
    expect(await authorize(account, byKey(10))).toMatchObject({
      kind: "hold",
      terms: { keyId: "key_00000001" },
    });
    await account.revokeKey("key_00000001");
    expect(await authorize(account, byKey(10))).toMatchObject({
      kind: "refused",
      failure: { code: "invalid_api_key" },
    });
    expect(await account.listKeys()).toEqual([]);
    expect(await account.revokeKey("key_00000001")).toMatchObject({
      ok: false,
      failure: { code: "not_found" },
    });
  });

  it("stays valid, or revoked, when its object dies", async () => {
    const account = await openAccount();
    await account.createKey(key());
    await account.createKey(key({ keyId: "key_00000002", hash: "cd".repeat(32) }));
    await account.revokeKey("key_00000002");
    await evictDurableObject(account);
    expect((await account.listKeys()).map(({ keyId }) => keyId)).toEqual(["key_00000001"]);
  });

  it("expires to the millisecond", async () => {
    vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
    const account = await openAccount();
    await account.grant(grantCommand(100));
    await account.createKey(key({ expiresAt: NOON + 1000 }));
    vi.setSystemTime(NOON + 999);
    expect(await authorize(account, byKey(10))).toMatchObject({ kind: "hold" });
    vi.setSystemTime(NOON + 1000);
    expect(await authorize(account, byKey(10))).toMatchObject({
      kind: "refused",
      failure: { code: "invalid_api_key" },
    });
  });

  it("may do what its scopes and models allow and nothing else", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(100));
    await account.createKey(key({ scopes: ["read"] }));
    expect(await authorize(account, byKey(10))).toMatchObject({
      failure: { code: "missing_scope", param: "chat" },
    });
    expect(await account.verifyKey({ hash: HASH, scope: "read" })).toMatchObject({ ok: true });
    expect(await account.verifyKey({ hash: HASH, scope: "write" })).toMatchObject({
      ok: false,
      failure: { code: "missing_scope" },
    });
    await account.createKey(
      key({ keyId: "key_00000002", hash: "cd".repeat(32), models: ["local-large"] }),
    );
    const other = { ...chatCommand(10), caller: { kind: "key", hash: "cd".repeat(32) } as const };
    expect(await authorize(account, other)).toMatchObject({
      failure: { code: "missing_scope", param: "model" },
    });
  });

  it("spends exactly its budget in 200 requests at once, however much credit is left", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(10_000));
    await account.createKey(key({ budget: { limitMicrocredits: 70, period: "day" } }));
    const replies = await Promise.all(
      Array.from({ length: 200 }, () => authorize(account, byKey(10))),
    );
    expect(replies.filter((reply) => reply.kind === "hold")).toHaveLength(7);
    expect(replies.find((reply) => reply.kind === "refused")).toMatchObject({
      failure: {
        code: "insufficient_quota",
        message:
          "This API key has used up its budget. Raise the budget, wait for it to reset, or " +
          "use another key.",
      },
    });
  });

  it("has its budget again in the next period, and counts costs rather than holds", async () => {
    vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
    const account = await openAccount();
    await account.grant(grantCommand(10_000));
    await account.createKey(key({ budget: { limitMicrocredits: 70, period: "day" } }));
    const hold = await authorize(account, byKey(1000));
    if (hold.kind !== "hold") throw new Error("expected a hold");
    expect(hold.terms.maxTokens).toBe(70);
    await settle(account, { holdNo: hold.holdNo, outcome: servedOutcome(30), response: null });
    expect(await account.listKeys()).toMatchObject([
      { spentMicrocredits: 30, totalMicrocredits: 30, lastUsedAt: NOON },
    ]);
    expect(await authorize(account, byKey(1000))).toMatchObject({ terms: { maxTokens: 40 } });
    vi.setSystemTime(Date.UTC(2082, 10, 21));
    expect(await account.listKeys()).toMatchObject([
      { spentMicrocredits: 0, totalMicrocredits: 30 },
    ]);
    expect(await authorize(account, byKey(1000))).toMatchObject({ terms: { maxTokens: 70 } });
  });
});

describe("a budget", () => {
  it("counts a chat in the period in which it began, whenever it ends", async () => {
    vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
    const account = await openAccount();
    await account.grant(grantCommand(10_000));
    await account.createKey(key({ budget: { limitMicrocredits: 70, period: "day" } }));
    const spend = async (tokens: number) => {
      const reply = await authorize(account, {
        ...byKey(tokens),
        chat: chatCommand(tokens, { holdTtlSeconds: 2 * 86_400 }).chat,
      });
      if (reply.kind !== "hold") throw new Error("expected a hold");
      return { amount: reply.terms.amountMicrocredits, holdNo: reply.holdNo };
    };
    const yesterdays = await spend(60);
    vi.setSystemTime(NOON + DAY_MS);
    // A hold of yesterday does not count in today's budget.
    const first = await spend(1000);
    expect(first.amount).toBe(70);
    await settle(account, { holdNo: first.holdNo, outcome: servedOutcome(30), response: null });
    await settle(account, {
      holdNo: yesterdays.holdNo,
      outcome: servedOutcome(50),
      response: null,
    });
    expect(await account.listKeys()).toMatchObject([
      { spentMicrocredits: 30, totalMicrocredits: 80 },
    ]);
    const second = await spend(25);
    expect(await account.listKeys()).toMatchObject([
      { spentMicrocredits: 30, totalMicrocredits: 80 },
    ]);
    expect((await spend(1000)).amount).toBe(15);
    await settle(account, { holdNo: second.holdNo, outcome: servedOutcome(25), response: null });
    vi.setSystemTime(NOON + 2 * DAY_MS);
    expect((await spend(20)).amount).toBe(20);
    expect((await spend(1000)).amount).toBe(50);
  });

  it("belongs to its key: holds and costs of other keys do not count", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(10_000));
    await account.createKey(key({ budget: { limitMicrocredits: 70, period: "day" } }));
    await account.createKey(
      key({
        keyId: "key_00000002",
        hash: "cd".repeat(32),
        budget: { limitMicrocredits: 70, period: "day" },
      }),
    );
    await authorize(account, byKey(60));
    const other = { ...chatCommand(1000), caller: { kind: "key", hash: "cd".repeat(32) } as const };
    expect(await authorize(account, other)).toMatchObject({ terms: { amountMicrocredits: 70 } });
    expect(await authorize(account, byKey(1000))).toMatchObject({
      terms: { amountMicrocredits: 10 },
    });
  });
});

describe("the use of a key", () => {
  it("is recorded once a minute, and survives its object", async () => {
    vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
    const account = await openAccount();
    await account.createKey(key());
    expect(await account.listKeys()).toMatchObject([{ lastUsedAt: null }]);
    await account.verifyKey({ hash: HASH, scope: null });
    vi.setSystemTime(NOON + 59_999);
    await account.verifyKey({ hash: HASH, scope: null });
    await evictDurableObject(account);
    expect(await account.listKeys()).toMatchObject([{ lastUsedAt: NOON }]);
    vi.setSystemTime(NOON + 60_000);
    await account.verifyKey({ hash: HASH, scope: null });
    expect(await account.listKeys()).toMatchObject([{ lastUsedAt: NOON + 60_000 }]);
  });

  it("needs an unused id, and an open account", async () => {
    const account = await openAccount();
    await account.createKey(key());
    expect(await account.createKey(key({ hash: "cd".repeat(32) }))).toMatchObject({
      ok: false,
      failure: { code: "conflict" },
    });
    await account.erase();
    expect(await account.createKey(key())).toMatchObject({
      ok: false,
      failure: { code: "invalid_token" },
    });
  });
});

describe("an erased account", () => {
  it("stays erased, whatever was requested while it was being erased", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(100));
    const { holdNo } = await authorize(account, chatCommand(10)).then((reply) => {
      if (reply.kind !== "hold") throw new Error("expected a hold");
      return reply;
    });
    const asked = () => Array.from({ length: 20 }, () => authorize(account, chatCommand(1)));
    await Promise.all([...asked(), account.erase(), ...asked()]);
    expect(
      await settle(account, { holdNo, outcome: servedOutcome(5), response: null }),
    ).toMatchObject({
      ok: false,
      failure: { code: "not_found" },
    });
    expect(await authorize(account, chatCommand(1))).toMatchObject({
      failure: { code: "invalid_token" },
    });
    expect(await account.summary()).toMatchObject({ ok: false });
    expect(await runDurableObjectAlarm(account)).toBe(false);
  });

  it("refuses its sessions and keys, and has no credit", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(100));
    await account.createKey(key());
    await account.erase();
    expect(await authorize(account, chatCommand(10))).toMatchObject({
      kind: "refused",
      failure: { code: "invalid_token" },
    });
    expect(await authorize(account, byKey(10))).toMatchObject({
      kind: "refused",
      failure: { code: "invalid_api_key" },
    });
    expect(await account.grant(grantCommand(100))).toMatchObject({ ok: false });
    expect(await account.movements({ limit: 10, before: null })).toEqual([]);
  });
});
