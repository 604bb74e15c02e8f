import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Account, loadAccount } from "../../src/account/account.ts";
import { evictDailyUsage, evictSpentGrants } from "../../src/account/ledger/compact.ts";
import { applyEntry } from "../../src/account/ledger/fold.ts";
import { authorizeChat } from "../../src/account/methods/authorize-chat.ts";
import { deductCredits } from "../../src/account/methods/deduct-credits.ts";
import { grantCredits } from "../../src/account/methods/grant-credits.ts";
import { settleChat } from "../../src/account/methods/settle-chat.ts";
import { toAccountSummary, toGrantView } from "../../src/account/methods/views.ts";
import { MINUTE_MS } from "../../src/time.ts";
import {
  authorize,
  chatCommand,
  grantCommand,
  NOON,
  openAccount,
  servedOutcome,
  settle,
  testEntitlement,
  withAccount,
  withManyAccounts,
} from "../support/account.ts";
import * as fc from "../support/fast-check.ts";

afterEach(() => vi.useRealTimers());

/** Reads everything of an account but the numbers of its entries. */
function read({ ledger }: Account, nowMs: number) {
  const { expiring, ...summary } = toAccountSummary(ledger.state, testEntitlement(), nowMs);
  const grants = ledger.listGrants(1000, null).map((grant) => {
    const { grantId: _, ...view } = toGrantView(grant);
    return view;
  });
  const moved = ledger
    .listMovements(1000, null)
    .map(({ at, amountMicrocredits, balanceAfterMicrocredits, entry: { kind } }) => ({
      at,
      kind,
      amountMicrocredits,
      balanceAfterMicrocredits,
    }));
  const { counters, daily, keys, heldMicrocredits, debtMicrocredits, frozenGrants } = ledger.state;
  // A copy, since the state goes on to change.
  return structuredClone({
    summary,
    expiring: expiring.map(({ operationId }) => operationId),
    grants,
    moved,
    state: { counters, daily, keys, heldMicrocredits, debtMicrocredits, frozenGrants },
  });
}

const step = fc.oneof(
  fc.record({
    do: fc.constant("grant" as const),
    amount: fc.integer({ min: 1, max: 60 }),
    lastsFor: fc.constantFrom(null, 5, 30),
  }),
  fc.record({ do: fc.constant("hold" as const), tokens: fc.integer({ min: 1, max: 90 }) }),
  fc.record({ do: fc.constant("spend" as const), tokens: fc.integer({ min: 20, max: 90 }) }),
  fc.record({
    do: fc.constant("settle" as const),
    pick: fc.nat(),
    tokens: fc.integer({ min: 0, max: 90 }),
  }),
  fc.record({
    do: fc.constant("reverse" as const),
    pick: fc.nat(),
    voidedMicrocredits: fc.constantFrom(0, 0, 20, 60),
    frozen: fc.boolean(),
  }),
  fc.record({ do: fc.constant("deduct" as const), amount: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ do: fc.constant("wait" as const), minutes: fc.constantFrom(1, 6, 31) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const settleHold = (account: Account, holdNo: number, tokens: number, nowMs: number) =>
  settleChat(account, { holdNo, outcome: servedOutcome(tokens), response: null }, nowMs);

/** Plays steps on an account, and reads it after each. */
function play(first: Account, steps: readonly Step[], afterStep: (account: Account) => Account) {
  let account = first;
  let nowMs = NOON;
  const holdNos: number[] = [];
  const sales = [grantCommand(40, { operationId: "sale:first" })];
  grantCredits(account, sales[0] ?? grantCommand(40), nowMs);
  return steps.map((now, index) => {
    const sale = sales["pick" in now ? now.pick % sales.length : 0];
    if (now.do === "grant") {
      const expiresAt = now.lastsFor === null ? null : nowMs + now.lastsFor * MINUTE_MS;
      const command = grantCommand(now.amount, { operationId: `sale:${index}`, expiresAt });
      sales.push(command);
      grantCredits(account, command, nowMs);
    } else if (now.do === "hold" || now.do === "spend") {
      const held = authorizeChat(account, chatCommand(now.tokens), nowMs);
      const holdNo = held.kind === "hold" ? held.holdNo : 0;
      holdNos.push(holdNo);
      if (now.do === "spend") settleHold(account, holdNo, now.tokens, nowMs);
    } else if (now.do === "settle" && holdNos.length > 0) {
      settleHold(account, holdNos[now.pick % holdNos.length] ?? 0, now.tokens, nowMs);
    } else if (now.do === "reverse" && sale !== undefined) {
      const { voidedMicrocredits, frozen } = now;
      grantCredits(account, { ...sale, standing: { voidedMicrocredits, frozen } }, nowMs);
    } else if (now.do === "deduct") {
      const operationId = `deduction:${index}`;
      deductCredits(
        account,
        { operationId, amountMicrocredits: now.amount, reason: "Test" },
        nowMs,
      );
    } else if (now.do === "wait") {
      nowMs += now.minutes * MINUTE_MS;
      account.ledger.sweep(nowMs);
    }
    account = afterStep(account);
    return read(account, nowMs);
  });
}

describe("compaction", () => {
  it("changes no balance and nothing that is read afterwards, whenever it runs", async () => {
    await withManyAccounts(testEntitlement(), async (fresh) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 20 }), async (steps) => {
          const never = play((await fresh()).account, steps, (account) => account);
          const { account: first, rewake } = await fresh();
          const always = play(first, steps, (account) => {
            account.ledger.checkpoint();
            return rewake();
          });
          expect(always).toEqual(never);
        }),
        { numRuns: 60, interruptAfterTimeLimit: 6000 },
      );
    });
  });

  it("removes grants that are used up and no other, and they are still read", async () => {
    await withAccount(testEntitlement(), (account, rewake) => {
      const grants = [
        grantCommand(10, { reason: "spent", priority: 0 }),
        grantCommand(10, { reason: "held", priority: 1 }),
        grantCommand(10, { reason: "frozen", priority: 2 }),
        grantCommand(10, { reason: "owing", priority: 0 }),
        grantCommand(10, { reason: "later", effectiveAt: NOON + MINUTE_MS, priority: 3 }),
      ];
      for (const grant of grants) grantCredits(account, grant, NOON);
      const spend = (tokens: number, settled: boolean) => {
        const hold = authorizeChat(account, chatCommand(tokens), NOON);
        if (hold.kind !== "hold") throw new Error("expected a hold");
        if (settled) settleHold(account, hold.holdNo, tokens, NOON);
      };
      spend(20, true);
      spend(10, false);
      const [, , frozen, owing] = grants;
      if (frozen === undefined || owing === undefined) throw new Error("expected grants");
      const standing = { voidedMicrocredits: 10, frozen: true };
      grantCredits(account, { ...frozen, standing }, NOON);
      grantCredits(account, { ...owing, standing: { ...standing, frozen: false } }, NOON);
      const before = read(account, NOON);
      account.ledger.checkpoint();
      const reasons = Object.values(account.ledger.state.grants).map(({ reason }) => reason);
      expect(reasons).toEqual(["held", "frozen", "owing", "later"]);
      for (const awake of [account, rewake()]) expect(read(awake, NOON)).toEqual(before);
    });
  });

  it("removes days that D1 has and nothing else, at once in memory and in storage", async () => {
    vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
    const account = await openAccount();
    await account.grant(grantCommand(1000));
    const chat = async () => {
      const hold = await authorize(account, chatCommand(50, { model: "compacted" }));
      if (hold.kind !== "hold") throw new Error("expected a hold");
      await settle(account, { holdNo: hold.holdNo, outcome: servedOutcome(20), response: null });
    };
    const load = () =>
      runInDurableObject(account, (_instance, { storage }) => {
        const awake = loadAccount(storage);
        const { daily, ...state } = awake.ledger.state;
        const days = Object.values(daily).map(({ day }) => day);
        return { days, rest: { ...read(awake, Date.now()), state } };
      });
    const days = async () => (await account.recentDays()).map(({ day }) => day);
    await chat();
    vi.setSystemTime(NOON + 24 * 60 * MINUTE_MS);
    await chat();
    const { rest } = await load();
    expect(await days()).toEqual(["2082-11-20", "2082-11-21"]);
    await runDurableObjectAlarm(account);
    expect(await days()).toEqual(["2082-11-21"]);
    expect(await load()).toEqual({ days: ["2082-11-21"], rest });
  });

  it("is the only writer of the state beside the fold: the compiler refuses a third", async () => {
    await withAccount(testEntitlement(), ({ ledger: { state } }) => {
      const refused = () => {
        // @ts-expect-error a total is read-only
        state.capturedMicrocredits += 1;
        // @ts-expect-error a part cannot be removed
        delete state.grants[1];
        for (const grant of Object.values(state.grants)) {
          // @ts-expect-error a part is read-only
          grant.remainingMicrocredits = 0;
          // @ts-expect-error at any depth
          grant.paidBy[1] = 1;
        }
        // @ts-expect-error a reader cannot compact
        evictSpentGrants(state);
        // @ts-expect-error a reader cannot compact
        evictDailyUsage(state, []);
        // @ts-expect-error a reader cannot fold
        applyEntry(state, { entryNo: 1, at: NOON, entry: { kind: "overage_sent", reportNos: [] } });
      };
      // Type-checked, never run.
      expect(refused).toBeTypeOf("function");
    });
  });
});
