import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { CreditAccount } from "../../src/account/index.ts";
import { reserveShares } from "../../src/account/ledger/grants.ts";
import { availableBalance, postedBalance } from "../../src/account/ledger/state.ts";
import { authorizeChat } from "../../src/account/methods/authorize-chat.ts";
import { grantCredits } from "../../src/account/methods/grant-credits.ts";
import { settleChat } from "../../src/account/methods/settle-chat.ts";
import {
  authorize,
  chatCommand,
  failedOutcome,
  grantCommand,
  NOON,
  openAccount,
  servedOutcome,
  settle,
  testEntitlement,
  withAccount,
} from "../support/account.ts";

afterEach(() => vi.useRealTimers());

async function holdOf(account: Awaited<ReturnType<typeof openAccount>>, tokens: number) {
  const reply = await authorize(account, chatCommand(tokens));
  if (reply.kind !== "hold") throw new Error(`expected a hold, got ${reply.kind}`);
  return reply;
}

/** Runs `body` in an account whose storage refuses statements that begin with a text. */
const failing = (
  account: DurableObjectStub<CreditAccount>,
  start: string,
  work: (object: CreditAccount) => Promise<void>,
) =>
  runInDurableObject(account, async (object, { storage: { sql } }) => {
    const exec = sql.exec.bind(sql);
    Object.defineProperty(sql, "exec", {
      configurable: true,
      value: (query: string, ...bindings: unknown[]) => {
        if (query.startsWith(start)) throw new Error("disk full");
        return exec(query, ...bindings);
      },
    });
    await work(object);
    Reflect.deleteProperty(sql, "exec");
  });

describe("a hold", () => {
  it("reserves the whole bound before the chat, and frees what the chat did not cost", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(100));
    const hold = await holdOf(account, 60);
    expect(hold.availableMicrocredits).toBe(40);
    const settled = await settle(account, {
      holdNo: hold.holdNo,
      outcome: servedOutcome(25),
      response: null,
    });
    expect(settled).toMatchObject({
      ended: "captured",
      costMicrocredits: 25,
      balance: { postedMicrocredits: 75, heldMicrocredits: 0 },
    });
  });

  it("lets 200 requests at once through on credits for 5: exactly 5 (I2)", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(5 * 30));
    const replies = await Promise.all(
      Array.from({ length: 200 }, () => authorize(account, chatCommand(30))),
    );
    expect(replies.filter((reply) => reply.kind === "hold")).toHaveLength(5);
    expect(
      replies
        .filter((reply) => reply.kind === "refused")
        .every((reply) => reply.failure.code === "insufficient_quota"),
    ).toBe(true);
  });

  it("is settled once by many calls at once, which all get the same ending (I3)", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(100));
    const { holdNo } = await holdOf(account, 60);
    const outcomes = [servedOutcome(25), failedOutcome, servedOutcome(60), servedOutcome(10)];
    const replies = await Promise.all(
      outcomes.map((outcome) => settle(account, { holdNo, outcome, response: null })),
    );
    expect(new Set(replies.map((reply) => JSON.stringify(reply)))).toHaveLength(1);
    expect(replies[0]).toMatchObject({ ok: true, ended: "captured", costMicrocredits: 25 });
  });

  it("is never captured for more than it holds, whatever the usage (I4)", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(100));
    const { holdNo } = await holdOf(account, 60);
    const settled = await settle(account, {
      holdNo,
      outcome: servedOutcome(1_000_000_000),
      response: null,
    });
    expect(settled).toMatchObject({ costMicrocredits: 60, balance: { postedMicrocredits: 40 } });
  });

  it("is lowered to what the balance affords rather than refused", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(40));
    const { terms } = await holdOf(account, 1000);
    expect(terms).toMatchObject({ maxTokens: 40, amountMicrocredits: 40 });
  });

  it("costs nothing when nothing was served", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(100));
    const { holdNo } = await holdOf(account, 60);
    const settled = await settle(account, { holdNo, outcome: failedOutcome, response: null });
    expect(settled).toMatchObject({
      ended: "voided",
      costMicrocredits: 0,
      balance: { availableMicrocredits: 100 },
    });
  });

  it("ends by the alarm, uncharged, when nothing settles it (I3)", async () => {
    vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
    const account = await openAccount();
    await account.grant(grantCommand(100));
    const { holdNo } = await holdOf(account, 60);
    vi.setSystemTime(NOON + 901_000);
    expect(await runDurableObjectAlarm(account)).toBe(true);
    expect(await account.summary()).toMatchObject({
      balance: { heldMicrocredits: 0, availableMicrocredits: 100 },
    });
    expect(
      await settle(account, { holdNo, outcome: servedOutcome(25), response: null }),
    ).toMatchObject({
      ended: "expired",
      costMicrocredits: 0,
    });
    expect(await account.summary()).toMatchObject({ balance: { postedMicrocredits: 100 } });
  });

  it("cannot be settled from its expiry on, with or without an alarm", async () => {
    await withAccount(testEntitlement(), (account) => {
      grantCredits(account, grantCommand(100), NOON);
      const late = hold(account, 30, NOON).holdNo;
      const intime = hold(account, 30, NOON).holdNo;
      const settleAt = (holdNo: number, nowMs: number) =>
        settleChat(account, { holdNo, outcome: servedOutcome(20), response: null }, nowMs);
      expect(settleAt(intime, NOON + 899_999)).toMatchObject({
        value: { ended: "captured", costMicrocredits: 20 },
      });
      expect(settleAt(late, NOON + 900_000)).toMatchObject({
        value: { ended: "expired", costMicrocredits: 0 },
      });
      expect(availableBalance(account.ledger.state)).toBe(80);
    });
  });

  it("survives the death of its object between authorize and settle (I7)", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(100));
    const { holdNo } = await holdOf(account, 60);
    await evictDurableObject(account);
    expect(await account.summary()).toMatchObject({ balance: { heldMicrocredits: 60 } });
    expect(
      await settle(account, { holdNo, outcome: servedOutcome(25), response: null }),
    ).toMatchObject({
      ended: "captured",
      costMicrocredits: 25,
    });
  });

  it("is not made if its row cannot be written, and stays open if its end cannot be", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(100));
    // Nothing is due, so a hold and its end are one row each, without a transaction around them.
    const first = await holdOf(account, 10);
    await settle(account, { holdNo: first.holdNo, outcome: failedOutcome, response: null });
    await failing(account, "INSERT INTO entries", async (object) => {
      await expect(authorize(object, chatCommand(60))).rejects.toThrow("disk full");
    });
    expect(await account.summary()).toMatchObject({
      balance: { heldMicrocredits: 0, availableMicrocredits: 100 },
    });
    const { holdNo } = await holdOf(account, 60);
    const command = { holdNo, outcome: servedOutcome(25), response: null };
    await failing(account, "INSERT INTO entries", async (object) => {
      await expect(settle(object, command)).rejects.toThrow("disk full");
    });
    expect(await account.summary()).toMatchObject({
      balance: { heldMicrocredits: 60, postedMicrocredits: 100 },
    });
    expect(await settle(account, command)).toMatchObject({
      ended: "captured",
      costMicrocredits: 25,
    });
    expect(await settle(account, command)).toMatchObject({
      ended: "captured",
      balance: { postedMicrocredits: 75 },
    });
  });

  it("that makes more due by its end, and a checkpoint, ends whole or not at all", async () => {
    vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
    const account = await openAccount();
    await account.grant(grantCommand(10));
    await settle(account, {
      holdNo: (await holdOf(account, 10)).holdNo,
      outcome: servedOutcome(10),
      response: null,
    });
    await account.grant(grantCommand(100, { expiresAt: NOON + 600_000 }));
    const { holdNo } = await holdOf(account, 100);
    await account.grant(grantCommand(1000, { priority: 9 }));
    // Entries 7 to 62. The end of the hold is the next, and the expiry of what it gives back the
    // 64th, which writes a checkpoint.
    for (let n = 0; n < 28; n++)
      await settle(account, {
        holdNo: (await holdOf(account, 1)).holdNo,
        outcome: servedOutcome(1),
        response: null,
      });
    vi.setSystemTime(NOON + 660_000);
    expect(await account.summary()).toMatchObject({
      balance: { postedMicrocredits: 1072, heldMicrocredits: 100 },
    });
    const command = { holdNo, outcome: servedOutcome(40), response: null };
    await failing(account, "INSERT OR REPLACE INTO checkpoint", async (object) => {
      await expect(settle(object, command)).rejects.toThrow("disk full");
    });
    expect(await account.summary()).toMatchObject({
      balance: { postedMicrocredits: 1072, heldMicrocredits: 100 },
    });
    expect(await settle(account, command)).toMatchObject({
      ended: "captured",
      balance: { postedMicrocredits: 972 },
    });
    await evictDurableObject(account);
    expect(await account.summary()).toMatchObject({
      balance: { postedMicrocredits: 972, heldMicrocredits: 0 },
    });
    await holdOf(account, 1);
  });

  it("is charged by an older Worker that sends no JSON, for streams in a deployment", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(100));
    const { holdNo } = await holdOf(account, 60);
    await account.settle({ holdNo, outcome: servedOutcome(25), response: null });
    expect(await account.summary()).toMatchObject({
      balance: { postedMicrocredits: 75, heldMicrocredits: 0 },
    });
  });

  it("that was never made cannot be settled", async () => {
    const account = await openAccount();
    expect(
      await settle(account, { holdNo: 99, outcome: servedOutcome(1), response: null }),
    ).toMatchObject({
      ok: false,
      failure: { code: "not_found" },
    });
  });
});

const at = (minutes: number) => NOON + minutes * 60_000;
const hold = (account: Parameters<typeof authorizeChat>[0], tokens: number, nowMs: number) => {
  const reply = authorizeChat(account, chatCommand(tokens), nowMs);
  if (reply.kind !== "hold") throw new Error("expected a hold");
  return reply;
};

describe("grants", () => {
  it("are spent by priority, then by expiry, then by age", async () => {
    await withAccount(testEntitlement(), (account) => {
      grantCredits(account, grantCommand(10, { reason: "old, never expires" }), NOON);
      grantCredits(account, grantCommand(10, { expiresAt: at(60), reason: "late" }), NOON);
      grantCredits(account, grantCommand(10, { expiresAt: at(30), reason: "soon" }), NOON);
      grantCredits(account, grantCommand(10, { priority: -1, reason: "first of all" }), NOON);
      grantCredits(account, grantCommand(10, { reason: "young, never expires" }), NOON);
      const { terms } = hold(account, 45, NOON);
      const reasons = terms.shares.map(({ grantNo, microcredits }) => [
        account.ledger.state.grants[grantNo]?.reason,
        microcredits,
      ]);
      expect(reasons).toEqual([
        ["first of all", 10],
        ["soon", 10],
        ["late", 10],
        ["old, never expires", 10],
        ["young, never expires", 5],
      ]);
    });
  });

  it("expire but for open holds, whose unused rest expires when they end", async () => {
    await withAccount(testEntitlement(), (account) => {
      grantCredits(account, grantCommand(100, { expiresAt: at(10) }), NOON);
      const { holdNo } = hold(account, 60, at(9));
      account.ledger.sweep(at(10));
      expect(postedBalance(account.ledger.state)).toBe(60);
      settleChat(account, { holdNo, outcome: servedOutcome(25), response: null }, at(11));
      expect(postedBalance(account.ledger.state)).toBe(0);
      expect(account.ledger.state.expiredMicrocredits).toBe(75);
    });
  });

  it("are not spent before they begin, after they end, or where they are held", async () => {
    await withAccount(testEntitlement(), (account) => {
      grantCredits(
        account,
        grantCommand(10, { priority: -1, effectiveAt: at(10), reason: "later" }),
        NOON,
      );
      grantCredits(
        account,
        grantCommand(10, { priority: -1, expiresAt: at(5), reason: "soon over" }),
        NOON,
      );
      grantCredits(account, grantCommand(10, { reason: "now" }), NOON);
      const live = Object.values(account.ledger.state.grants);
      const from = (nowMs: number) =>
        reserveShares(live, 20, nowMs).map(({ grantNo, microcredits }) => [
          live.find((g) => g.grantNo === grantNo)?.reason,
          microcredits,
        ]);
      expect(from(at(5) - 1)).toEqual([
        ["soon over", 10],
        ["now", 10],
      ]);
      expect(from(at(5))).toEqual([["now", 10]]);
      hold(account, 4, at(5));
      expect(from(at(5))).toEqual([["now", 6]]);
    });
  });

  it("return the balance as of now, when what was due has happened", async () => {
    await withAccount(testEntitlement(), (account) => {
      grantCredits(account, grantCommand(100), NOON);
      hold(account, 30, NOON);
      expect(grantCredits(account, grantCommand(5), at(15))).toMatchObject({
        value: { balance: { heldMicrocredits: 0, postedMicrocredits: 105 } },
      });
      hold(account, 30, at(15));
      const again = grantCommand(1);
      grantCredits(account, again, at(16));
      expect(grantCredits(account, again, at(30))).toMatchObject({
        value: { applied: false, balance: { heldMicrocredits: 0 } },
      });
      expect(grantCredits(account, grantCommand(7, { expiresAt: at(29) }), at(30))).toMatchObject({
        value: { applied: true, balance: { postedMicrocredits: 106 } },
      });
    });
  });

  it("are made whole or not at all: a failure leaves nothing, a retry grants once", async () => {
    const account = await openAccount();
    const sale = grantCommand(100);
    await failing(account, "INSERT INTO operations", async (object) => {
      await expect(object.grant(sale)).rejects.toThrow("disk full");
    });
    expect(await account.summary()).toMatchObject({ balance: { postedMicrocredits: 0 } });
    expect(await account.grant(sale)).toMatchObject({
      applied: true,
      balance: { postedMicrocredits: 100 },
    });
    await evictDurableObject(account);
    expect(await account.summary()).toMatchObject({ balance: { postedMicrocredits: 100 } });
  });

  it("that begin now are one line of the ledger", async () => {
    await withAccount(testEntitlement(), (account) => {
      grantCredits(account, grantCommand(100), NOON);
      expect(account.ledger.listMovements(10, null)).toMatchObject([
        { amountMicrocredits: 100, entry: { kind: "grant" } },
      ]);
    });
  });

  it("that begin later count from then on", async () => {
    await withAccount(testEntitlement(), (account) => {
      grantCredits(account, grantCommand(100, { effectiveAt: at(10) }), NOON);
      expect(availableBalance(account.ledger.state)).toBe(0);
      account.ledger.sweep(at(10));
      expect(availableBalance(account.ledger.state)).toBe(100);
    });
  });

  it("are made once for each sale: 50 at once, and again after the object died (I5)", async () => {
    const account = await openAccount();
    const sale = grantCommand(100);
    const replies = await Promise.all(Array.from({ length: 50 }, () => account.grant(sale)));
    expect(replies.filter((reply) => reply.ok && reply.applied)).toHaveLength(1);
    await evictDurableObject(account);
    expect(await account.grant(sale)).toMatchObject({
      applied: false,
      balance: { postedMicrocredits: 100 },
    });
  });

  it("are whole numbers whose total can be counted exactly; else it is a bug", async () => {
    await withAccount(testEntitlement(), (account, rewake) => {
      const wrong = [
        grantCommand(0),
        grantCommand(-1),
        grantCommand(0.5),
        grantCommand(Number.NaN),
        grantCommand(2 ** 53),
        grantCommand(1, { expiresAt: Number.NaN }),
        grantCommand(1, { expiresAt: Number.POSITIVE_INFINITY }),
        grantCommand(1, { effectiveAt: Number.NaN }),
        grantCommand(1, { priority: 0.5 }),
      ];
      for (const command of wrong)
        expect(() => grantCredits(account, command, NOON)).toThrow(RangeError);
      grantCredits(account, grantCommand(2 ** 53 - 10), NOON);
      grantCredits(account, grantCommand(5, { effectiveAt: at(1) }), NOON);
      expect(() => grantCredits(account, grantCommand(5), NOON)).toThrow(RangeError);
      grantCredits(account, grantCommand(4), NOON);
      account.ledger.sweep(at(1));
      expect(postedBalance(account.ledger.state)).toBe(2 ** 53 - 1);
      expect(postedBalance(rewake().ledger.state)).toBe(2 ** 53 - 1);
    });
  });

  it("are listed as they ended, also after they were evicted as used up", async () => {
    await withAccount(testEntitlement(), (account, rewake) => {
      grantCredits(account, grantCommand(30, { reason: "spent" }), NOON);
      grantCredits(account, grantCommand(70, { reason: "left" }), NOON);
      const { holdNo } = hold(account, 30, NOON);
      settleChat(account, { holdNo, outcome: servedOutcome(30), response: null }, NOON);
      account.ledger.checkpoint();
      expect(Object.keys(account.ledger.state.grants)).toHaveLength(1);
      const shown = rewake().ledger.listGrants(10, null);
      expect(
        shown.map(({ reason, remainingMicrocredits }) => [reason, remainingMicrocredits]),
      ).toEqual([
        ["left", 70],
        ["spent", 0],
      ]);
      expect(rewake().ledger.listGrants(1, shown[0]?.grantNo ?? 0)).toMatchObject([
        { reason: "spent" },
      ]);
      expect(rewake().ledger.listGrants(1, null)).toHaveLength(1);
      grantCredits(account, grantCommand(70, { reason: "young" }), NOON);
      expect(account.ledger.listGrants(1, null)).toMatchObject([{ reason: "young" }]);
      expect(account.ledger.listGrants(1, null)).toHaveLength(1);
    });
  });
});
