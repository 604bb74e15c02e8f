import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { type Account, loadAccount } from "../../src/account/account.ts";
import type { GrantCommand, GrantReversal } from "../../src/account/index.ts";
import { authorizeChat } from "../../src/account/methods/authorize-chat.ts";
import { deductCredits } from "../../src/account/methods/deduct-credits.ts";
import { grantCredits } from "../../src/account/methods/grant-credits.ts";
import { settleChat } from "../../src/account/methods/settle-chat.ts";
import { toBalance, toGrantView } from "../../src/account/methods/views.ts";
import { MINUTE_MS } from "../../src/time.ts";
import {
  chatCommand,
  failedOutcome,
  grantCommand,
  NOON,
  openAccount,
  servedOutcome,
  testEntitlement,
  withAccount,
  withManyAccounts,
} from "../support/account.ts";
import * as fc from "../support/fast-check.ts";

const clean: GrantReversal = { voidedMicrocredits: 0, frozen: false };
const voided = (voidedMicrocredits: number): GrantReversal => ({
  voidedMicrocredits,
  frozen: false,
});
const frozen = (voidedMicrocredits = 0): GrantReversal => ({ voidedMicrocredits, frozen: true });

function grantNow(account: Account, command: GrantCommand, nowMs = NOON) {
  const reply = grantCredits(account, command, nowMs);
  if (!reply.ok) throw new Error(reply.failure.message);
  return reply.value;
}

/** Holds this many microcredits, or all that are available. */
function holdOf(account: Account, tokens: number, nowMs = NOON): number {
  const reply = authorizeChat(account, chatCommand(tokens), nowMs);
  if (reply.kind !== "hold") throw new Error(`expected a hold, got ${JSON.stringify(reply)}`);
  return reply.holdNo;
}

const settleHold = (account: Account, holdNo: number, tokens: number, nowMs = NOON) =>
  settleChat(
    account,
    { holdNo, outcome: tokens === 0 ? failedOutcome : servedOutcome(tokens), response: null },
    nowMs,
  );

const spend = (account: Account, tokens: number, nowMs = NOON) =>
  settleHold(account, holdOf(account, tokens, nowMs), tokens, nowMs);

const refused = (account: Account, tokens = 1, nowMs = NOON) =>
  authorizeChat(account, chatCommand(tokens), nowMs).kind === "refused";

/** Returns posted, held and available. */
function balance({ ledger }: Account): readonly number[] {
  const { postedMicrocredits, heldMicrocredits, availableMicrocredits } = toBalance(ledger.state);
  return [postedMicrocredits, heldMicrocredits, availableMicrocredits];
}

const left = ({ ledger }: Account, grantId: string): number =>
  ledger.readGrant(Number(grantId.slice(4))).remainingMicrocredits;

describe("credit that is taken back of a grant", () => {
  it("is taken from exactly that grant, though another would be spent first", async () => {
    await withAccount(testEntitlement(), (account) => {
      const first = grantNow(account, grantCommand(100, { priority: 0 }));
      const sold = grantCommand(100, { priority: 9 });
      const second = grantNow(account, sold);
      const reply = grantNow(account, { ...sold, standing: voided(70) });
      expect(reply).toMatchObject({
        applied: false,
        standingChanged: true,
        grantId: second.grantId,
      });
      expect(reply.balance).toMatchObject({ postedMicrocredits: 130, availableMicrocredits: 130 });
      expect([left(account, first.grantId), left(account, second.grantId)]).toEqual([100, 30]);
    });
  });

  it("is a debt where it was spent: it blocks spending, and the next credit pays it", async () => {
    await withAccount(testEntitlement(), (account) => {
      const sold = grantCommand(100);
      grantNow(account, sold);
      spend(account, 60);
      grantNow(account, { ...sold, standing: voided(100) });
      expect(balance(account)).toEqual([-60, 0, -60]);
      expect(refused(account)).toBe(true);
      grantNow(account, grantCommand(50));
      expect(balance(account)).toEqual([-10, 0, -10]);
      expect(refused(account)).toBe(true);
      const last = grantNow(account, grantCommand(30));
      expect(balance(account)).toEqual([20, 0, 20]);
      expect(left(account, last.grantId)).toBe(20);
      spend(account, 20);
    });
  });

  it("is paid by free credit in burn order, and never from held credit", async () => {
    await withAccount(testEntitlement(), (account) => {
      const sold = grantCommand(100, { priority: 0 });
      grantNow(account, sold);
      spend(account, 100);
      const soon = grantNow(account, grantCommand(50, { priority: 1 }));
      const late = grantNow(account, grantCommand(50, { priority: 2 }));
      holdOf(account, 30);
      grantNow(account, { ...sold, standing: voided(40) });
      expect([left(account, soon.grantId), left(account, late.grantId)]).toEqual([30, 30]);
      expect(balance(account)).toEqual([60, 30, 30]);
    });
  });

  it("is the same whether the command comes with the grant, before its use, or twice", async () => {
    await withAccount(testEntitlement(), (account) => {
      const sold = grantCommand(100, { standing: voided(100) });
      expect(grantNow(account, sold)).toMatchObject({
        applied: true,
        standingChanged: true,
        balance: { postedMicrocredits: 0 },
      });
      expect(refused(account)).toBe(true);
      const entries = account.ledger.state.lastEntryNo;
      expect(grantNow(account, sold)).toMatchObject({
        applied: false,
        standingChanged: false,
        balance: { postedMicrocredits: 0 },
      });
      expect(account.ledger.state.lastEntryNo).toBe(entries);
      // A repeated grant without a standing changes none.
      expect(grantNow(account, { ...sold, standing: clean })).toMatchObject({
        balance: { postedMicrocredits: 100 },
      });
    });
  });

  it("is never more than the grant, and does not include what had expired", async () => {
    await withAccount(testEntitlement(), (account) => {
      const whole = grantCommand(100);
      grantNow(account, whole);
      expect(
        grantNow(account, { ...whole, standing: voided(1000) }).balance.postedMicrocredits,
      ).toBe(0);
      const expiring = grantCommand(100, { expiresAt: NOON + MINUTE_MS });
      grantNow(account, expiring);
      spend(account, 60);
      const later = NOON + 2 * MINUTE_MS;
      // Bought 100, used 60, 40 expired: half the money back leaves 50, so 10 too many were used.
      expect(
        grantNow(account, { ...expiring, standing: voided(50) }, later).balance.postedMicrocredits,
      ).toBe(-10);
      expect(
        grantNow(account, { ...expiring, standing: voided(100) }, later).balance.postedMicrocredits,
      ).toBe(-60);
      expect(
        grantNow(account, { ...expiring, standing: clean }, later).balance.postedMicrocredits,
      ).toBe(0);
    });
  });

  it("comes back after a failed refund: to the debt, other payers, then the grant", async () => {
    await withAccount(testEntitlement(), (account) => {
      const sold = grantCommand(100, { expiresAt: NOON + MINUTE_MS });
      grantNow(account, sold);
      spend(account, 60);
      grantNow(account, { ...sold, standing: voided(100) });
      const other = grantNow(account, grantCommand(50));
      expect(left(account, other.grantId)).toBe(0);
      account.ledger.checkpoint();
      expect(account.ledger.state.grants).not.toHaveProperty(other.grantId.slice(4));
      // Long after the refunded grant's expiry: had it not been refunded, 40 of it would have
      // expired, and the other be untouched.
      const later = NOON + 10 * MINUTE_MS;
      grantNow(account, { ...sold, standing: clean }, later);
      expect(left(account, other.grantId)).toBe(50);
      expect(balance(account)).toEqual([50, 0, 50]);
      spend(account, 50, later);
    });
  });

  it("returns along a chain of payers", async () => {
    await withAccount(testEntitlement(), (account) => {
      const [first, second, third] = [grantCommand(60), grantCommand(60), grantCommand(60)];
      grantNow(account, first);
      spend(account, 60);
      grantNow(account, { ...first, standing: voided(60) });
      const paying = grantNow(account, second);
      grantNow(account, { ...second, standing: voided(60) });
      const last = grantNow(account, third);
      expect(balance(account)).toEqual([0, 0, 0]);
      grantNow(account, { ...first, standing: clean });
      expect([left(account, paying.grantId), left(account, last.grantId)]).toEqual([0, 60]);
      expect(balance(account)).toEqual([60, 0, 60]);
    });
  });

  it("leaves held credit to its chat, and takes the unused rest, expired or not", async () => {
    await withAccount(testEntitlement(), (account) => {
      const sold = grantCommand(100, { expiresAt: NOON + MINUTE_MS });
      grantNow(account, sold);
      const holdNo = holdOf(account, 60);
      grantNow(account, { ...sold, standing: voided(100) });
      expect(balance(account)).toEqual([0, 60, -60]);
      expect(refused(account)).toBe(true);
      // The chat was authorized: it is served, and only its cost is owed.
      expect(settleHold(account, holdNo, 25, NOON + 2 * MINUTE_MS)).toMatchObject({
        value: { ended: "captured", costMicrocredits: 25 },
      });
      expect(balance(account)).toEqual([-25, 0, -25]);
    });
  });

  it("is not paid by others while a hold may free it, but makes as much unavailable", async () => {
    await withAccount(testEntitlement(), (account) => {
      const sold = grantCommand(60, { priority: 0 });
      grantNow(account, sold);
      const holdNo = holdOf(account, 60);
      const other = grantNow(account, grantCommand(100, { priority: 1 }));
      grantNow(account, { ...sold, standing: voided(60) });
      expect(left(account, other.grantId)).toBe(100);
      expect(balance(account)).toEqual([100, 60, 40]);
      expect(authorizeChat(account, chatCommand(1000), NOON)).toMatchObject({
        kind: "hold",
        terms: { amountMicrocredits: 40 },
      });
      settleHold(account, holdNo, 10);
      expect(left(account, other.grantId)).toBe(90);
      expect(balance(account)).toEqual([90, 40, 50]);
    });
  });

  it("of a later grant never becomes spendable, and comes back if it is given back", async () => {
    await withAccount(testEntitlement(), (account) => {
      const sold = grantCommand(100, { effectiveAt: NOON + MINUTE_MS });
      grantNow(account, { ...sold, standing: voided(100) });
      const part = grantCommand(50, { effectiveAt: NOON + MINUTE_MS });
      grantNow(account, { ...part, standing: voided(20) });
      expect(balance(account)).toEqual([0, 0, 0]);
      const later = NOON + 2 * MINUTE_MS;
      account.ledger.sweep(later);
      expect(balance(account)).toEqual([30, 0, 30]);
      expect(account.ledger.state).toMatchObject({
        grantedMicrocredits: 50,
        voidedMicrocredits: 20,
      });
      account.ledger.checkpoint();
      expect(grantNow(account, { ...sold, standing: voided(60) }, later).balance).toMatchObject({
        availableMicrocredits: 70,
      });
      expect(account.ledger.state).toMatchObject({
        grantedMicrocredits: 150,
        voidedMicrocredits: 80,
      });
    });
  });

  it("revives a grant that was evicted, which is evicted again when its debt is paid", async () => {
    await withAccount(testEntitlement(), (account, rewake) => {
      const sold = grantCommand(100);
      const { grantId } = grantNow(account, sold);
      spend(account, 100);
      account.ledger.checkpoint();
      expect(account.ledger.state.grants).toEqual({});
      grantNow(account, { ...sold, standing: voided(30) });
      const awake = rewake();
      expect(balance(awake)).toEqual([-30, 0, -30]);
      grantNow(awake, grantCommand(30));
      awake.ledger.checkpoint();
      expect(awake.ledger.state.grants).toEqual({});
      expect(rewake().ledger.listGrants(10, null).map(toGrantView)).toMatchObject([
        { remainingMicrocredits: 0, voidedMicrocredits: 0 },
        { grantId, voidedMicrocredits: 30, remainingMicrocredits: 0, frozen: false },
      ]);
    });
  });

  it("is refused where it is not a whole number of 0 or more", async () => {
    await withAccount(testEntitlement(), (account) => {
      const sold = grantCommand(100);
      grantNow(account, sold);
      for (const amount of [-1, 0.5, Number.NaN]) {
        expect(() => grantNow(account, { ...sold, standing: voided(amount) })).toThrow(RangeError);
      }
    });
  });

  it("may be all of many grants with checkpoints in between", async () => {
    await withAccount(testEntitlement(), (account, rewake) => {
      const sales = Array.from({ length: 40 }, () => grantCommand(10));
      for (const sale of sales) grantNow(account, sale);
      spend(account, 400);
      account.ledger.checkpoint();
      // Each takes two entries, to be live again and to be taken back: after one more, a checkpoint
      // falls between two.
      grantNow(account, grantCommand(1, { effectiveAt: NOON + MINUTE_MS }));
      for (const sale of sales) grantNow(account, { ...sale, standing: voided(10) });
      expect(balance(account)).toEqual([-400, 0, -400]);
      grantNow(account, grantCommand(400));
      expect(balance(account)).toEqual([0, 0, 0]);
      for (const sale of sales) grantNow(account, { ...sale, standing: clean });
      expect(balance(account)).toEqual([400, 0, 400]);
      expect(balance(rewake())).toEqual([400, 0, 400]);
      spend(account, 400);
    });
  });
});

describe("a grant that is frozen", () => {
  it("cannot be spent, counts as held, and comes back when it is not frozen any more", async () => {
    await withAccount(testEntitlement(), (account) => {
      const sold = grantCommand(100, { priority: 0 });
      grantNow(account, sold);
      const other = grantNow(account, grantCommand(50, { priority: 1 }));
      expect(grantNow(account, { ...sold, standing: frozen() })).toMatchObject({
        standingChanged: true,
      });
      expect(balance(account)).toEqual([150, 100, 50]);
      spend(account, 20);
      expect(left(account, other.grantId)).toBe(30);
      expect(refused(account, 100)).toBe(false);
      expect(grantNow(account, { ...sold, standing: frozen() })).toMatchObject({
        standingChanged: false,
      });
      grantNow(account, { ...sold, standing: clean });
      expect(balance(account)).toEqual([130, 30, 100]);
    });
  });

  it("pays no debts until it is not frozen any more", async () => {
    await withAccount(testEntitlement(), (account) => {
      const disputed = grantCommand(100, { standing: frozen() });
      grantNow(account, disputed);
      deductCredits(
        account,
        { operationId: "admin:1", amountMicrocredits: 30, reason: "By mistake" },
        NOON,
      );
      expect(balance(account)).toEqual([70, 100, -30]);
      grantNow(account, { ...disputed, standing: clean });
      expect(balance(account)).toEqual([70, 0, 70]);
    });
  });

  it("keeps its open holds; what they free is frozen, or taken in a lost dispute", async () => {
    await withAccount(testEntitlement(), (account) => {
      const disputed = grantCommand(100);
      grantNow(account, disputed);
      const [one, two] = [holdOf(account, 30), holdOf(account, 30)];
      grantNow(account, { ...disputed, standing: frozen() });
      expect(balance(account)).toEqual([100, 100, 0]);
      settleHold(account, one, 10);
      expect(balance(account)).toEqual([90, 90, 0]);
      // The loss is recorded before the end of the dispute.
      grantNow(account, { ...disputed, standing: frozen(100) });
      expect(balance(account)).toEqual([-10, 30, -40]);
      settleHold(account, two, 0);
      expect(balance(account)).toEqual([-10, 0, -10]);
      grantNow(account, { ...disputed, standing: voided(100) });
      expect(balance(account)).toEqual([-10, 0, -10]);
    });
  });

  it("expires in its time, and losing the dispute then takes only what was used", async () => {
    await withAccount(testEntitlement(), (account) => {
      const disputed = grantCommand(100, { expiresAt: NOON + MINUTE_MS });
      grantNow(account, disputed);
      spend(account, 40);
      grantNow(account, { ...disputed, standing: frozen() });
      const later = NOON + 2 * MINUTE_MS;
      account.ledger.sweep(later);
      expect(balance(account)).toEqual([0, 0, 0]);
      grantNow(account, { ...disputed, standing: voided(100) }, later);
      expect(balance(account)).toEqual([-40, 0, -40]);
    });
  });

  it("begins frozen when it begins later", async () => {
    await withAccount(testEntitlement(), (account) => {
      const disputed = grantCommand(100, { effectiveAt: NOON + MINUTE_MS, standing: frozen() });
      grantNow(account, disputed);
      expect(balance(account)).toEqual([0, 0, 0]);
      account.ledger.sweep(NOON + MINUTE_MS);
      expect(balance(account)).toEqual([100, 100, 0]);
      expect(refused(account, 1, NOON + MINUTE_MS)).toBe(true);
    });
  });
});

const deductionOf = (amountMicrocredits: number, operationId = "admin:1") => ({
  operationId,
  amountMicrocredits,
  reason: "Mistake",
});

describe("credits that an admin takes", () => {
  it("are taken once, in burn order, and the rest is a debt", async () => {
    await withAccount(testEntitlement(), (account) => {
      const late = grantNow(account, grantCommand(50, { priority: 2 }));
      const soon = grantNow(account, grantCommand(50, { priority: 1 }));
      expect(deductCredits(account, deductionOf(70), NOON)).toMatchObject({
        value: { applied: true, balance: { postedMicrocredits: 30 } },
      });
      expect(deductCredits(account, deductionOf(70), NOON)).toMatchObject({
        value: { applied: false, balance: { postedMicrocredits: 30 } },
      });
      expect([left(account, soon.grantId), left(account, late.grantId)]).toEqual([0, 30]);
      deductCredits(account, deductionOf(100, "admin:2"), NOON);
      expect(balance(account)).toEqual([-70, 0, -70]);
      grantNow(account, grantCommand(100));
      expect(balance(account)).toEqual([30, 0, 30]);
    });
  });

  it("are not taken from held credit", async () => {
    await withAccount(testEntitlement(), (account) => {
      const { grantId } = grantNow(account, grantCommand(100));
      const holdNo = holdOf(account, 60);
      deductCredits(account, deductionOf(100), NOON);
      expect(left(account, grantId)).toBe(60);
      expect(balance(account)).toEqual([0, 60, -60]);
      expect(settleHold(account, holdNo, 50)).toMatchObject({ value: { costMicrocredits: 50 } });
      expect(balance(account)).toEqual([-50, 0, -50]);
    });
  });

  it("are a whole number above 0, and an operation keeps its kind", async () => {
    await withAccount(testEntitlement(), (account) => {
      const sold = grantCommand(100);
      grantNow(account, sold);
      for (const amount of [0, -1, 0.5, Number.NaN])
        expect(() => deductCredits(account, deductionOf(amount), NOON)).toThrow(RangeError);
      expect(deductCredits(account, deductionOf(5, sold.operationId), NOON)).toMatchObject({
        failure: { code: "conflict" },
      });
      deductCredits(account, deductionOf(5), NOON);
      expect(
        grantCredits(account, grantCommand(5, { operationId: "admin:1" }), NOON),
      ).toMatchObject({
        failure: { code: "conflict" },
      });
      expect(balance(account)).toEqual([95, 0, 95]);
    });
  });
});

it("a debt blocks neither free models nor what the plan includes", async () => {
  await withAccount(
    testEntitlement({ allowances: { message: { limit: 1, period: "day" } }, models: ["included"] }),
    (account) => {
      deductCredits(
        account,
        { operationId: "admin:1", amountMicrocredits: 10, reason: "Mistake" },
        NOON,
      );
      const prices = { inputPerMillion: 0, cachedInputPerMillion: null, outputPerMillion: 0 };
      expect(authorizeChat(account, chatCommand(10, { prices }), NOON)).toMatchObject({
        kind: "hold",
        terms: { amountMicrocredits: 0 },
      });
      expect(authorizeChat(account, chatCommand(10, { model: "included" }), NOON)).toMatchObject({
        terms: { payer: "allowance" },
      });
      expect(refused(account)).toBe(true);
    },
  );
});

describe("any reversals of a grant before the last one, at any time", () => {
  /** The history of one sale that is used in part, with another grant beside it. */
  const anyHistory = fc.record({
    held: fc.integer({ min: 0, max: 60 }),
    used: fc.integer({ min: 0, max: 60 }),
    before: fc.integer({ min: 0, max: 40 }),
    expires: fc.boolean(),
    last: fc.record({ voidedMicrocredits: fc.integer({ min: 0, max: 110 }), frozen: fc.boolean() }),
    reversals: fc.array(
      fc.record({
        when: fc.constantFrom("sold", "held", "expired", "used", "evicted" as const),
        standing: fc.record({
          voidedMicrocredits: fc.integer({ min: 0, max: 110 }),
          frozen: fc.boolean(),
        }),
      }),
      { maxLength: 6 },
    ),
  });
  type History = typeof anyHistory extends fc.Arbitrary<infer S> ? S : never;

  /** Plays a history with or without its reversals, and returns how it ended. */
  function play(
    account: Account,
    { held, used, before, expires, last, reversals }: History,
    withReversals: boolean,
  ) {
    const sold = grantCommand(100, { priority: 0, expiresAt: expires ? NOON + MINUTE_MS : null });
    const other = grantCommand(100, { priority: 1 });
    let nowMs = NOON;
    const applyReversals = (when: string) => {
      for (const reversal of reversals) {
        if (withReversals && reversal.when === when)
          grantNow(account, { ...sold, standing: reversal.standing }, nowMs);
      }
    };
    const { grantId } = grantNow(account, sold);
    if (before > 0) spend(account, before);
    const holdNo = held > 0 ? holdOf(account, held) : null;
    const { grantId: otherId } = grantNow(account, other);
    applyReversals("sold");
    applyReversals("held");
    nowMs += 2 * MINUTE_MS;
    account.ledger.sweep(nowMs);
    applyReversals("expired");
    if (holdNo !== null) settleHold(account, holdNo, Math.min(held, used), nowMs);
    applyReversals("used");
    account.ledger.checkpoint();
    applyReversals("evicted");
    grantNow(account, { ...sold, standing: last }, nowMs);
    expect(grantNow(account, { ...sold, standing: last }, nowMs).standingChanged).toBe(false);
    return [...balance(account), left(account, grantId), left(account, otherId)];
  }

  it("change nothing: the last one decides what every grant has left", async () => {
    await withManyAccounts(testEntitlement(), async (fresh) => {
      await fc.assert(
        fc.asyncProperty(anyHistory, async (history) => {
          const ended = play((await fresh()).account, history, true);
          expect(ended).toEqual(play((await fresh()).account, history, false));
        }),
        { numRuns: 40, interruptAfterTimeLimit: 4000 },
      );
    });
  });
});

it("an object from before there were debts wakes with grants that can be reversed", async () => {
  const account = await openAccount();
  const sold = grantCommand(100);
  await account.grant(sold);
  await runInDurableObject(account, (_instance, { storage }) => {
    const old = loadAccount(storage);
    spend(old, 100, Date.now());
    old.ledger.checkpoint();
    const { entries } = storage.sql
      .exec<{ entries: number }>("SELECT count(*) AS entries FROM entries")
      .one();
    // As an older version left them: grants without reversals, and fewer steps.
    storage.sql.exec(
      `UPDATE spent_grants SET detail = json_remove(
         detail, '$.frozen', '$.voidedMicrocredits', '$.owedMicrocredits', '$.paidBy')`,
    );
    storage.sql.exec("DELETE FROM schema_steps WHERE step >= 2");
    for (const table of ["key_purchases", "ended_sessions", "key_places"])
      storage.sql.exec(`DROP TABLE ${table}`);
    const awake = loadAccount(storage);
    expect(balance(awake)).toEqual([0, 0, 0]);
    expect(awake.ledger.state.lastEntryNo).toBe(entries);
    grantNow(awake, { ...sold, standing: voided(100) }, Date.now());
    awake.ledger.checkpoint();
    expect(balance(loadAccount(storage))).toEqual([-100, 0, -100]);
  });
});

it("a sale taken back whole and disputed is granted, after any number of entries", async () => {
  // A checkpoint, which removes grants that are used up, comes every 64 entries: at some of these
  // numbers between the taking back and the freezing.
  await withManyAccounts(testEntitlement(), async (fresh) => {
    for (let earlier = 0; earlier < 66; earlier += 1) {
      const { account, rewake } = await fresh();
      for (let n = 0; n < earlier; n += 1) grantNow(account, grantCommand(1));
      const sale = grantCommand(50);
      grantNow(account, { ...sale, standing: frozen(50) });
      expect(balance(rewake())).toEqual([earlier, 0, earlier]);
      grantNow(account, { ...sale, standing: clean });
      expect(balance(rewake())).toEqual([earlier + 50, 0, earlier + 50]);
    }
  });
});
