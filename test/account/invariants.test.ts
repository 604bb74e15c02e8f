import { describe, expect, it } from "vitest";
import type { Account } from "../../src/account/account.ts";
import type { GrantCommand, TrackCommand } from "../../src/account/index.ts";
import { dueDebtPayments, dueOwnDebtPayments } from "../../src/account/ledger/debts.ts";
import {
  dueGrantExpiries,
  dueGrantStarts,
  dueHoldExpiries,
  nextDueAt,
} from "../../src/account/ledger/due.ts";
import type { Entry } from "../../src/account/ledger/entries.ts";
import { unheld } from "../../src/account/ledger/grants.ts";
import {
  type AccountState,
  availableBalance,
  postedBalance,
} from "../../src/account/ledger/state.ts";
import { authorizeChat } from "../../src/account/methods/authorize-chat.ts";
import { deductCredits } from "../../src/account/methods/deduct-credits.ts";
import { grantCredits } from "../../src/account/methods/grant-credits.ts";
import { settleChat } from "../../src/account/methods/settle-chat.ts";
import { releaseUsage, trackUsage } from "../../src/account/methods/track-usage.ts";
import {
  closeOverageReports,
  removeSentOverageReports,
} from "../../src/account/reporting/overage-outbox.ts";
import { MINUTE_MS } from "../../src/time.ts";
import {
  chatCommand,
  failedOutcome,
  grantCommand,
  NOON,
  servedOutcome,
  testEntitlement,
  withManyAccounts,
} from "../support/account.ts";
import * as fc from "../support/fast-check.ts";

/** The steps of a history. Numbers pick among the existing holds, sales and uses. */
const step = fc.oneof(
  fc.record({
    do: fc.constant("grant" as const),
    amount: fc.integer({ min: 1, max: 500 }),
    priority: fc.integer({ min: 0, max: 2 }),
    startsIn: fc.constantFrom(0, 0, 20),
    lastsFor: fc.constantFrom(null, 1, 10, 60),
  }),
  fc.record({
    do: fc.constant("hold" as const),
    tokens: fc.integer({ min: 1, max: 300 }),
    choices: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    do: fc.constant("settle" as const),
    pick: fc.nat(),
    tokens: fc.integer({ min: 0, max: 1000 }),
    void: fc.boolean(),
  }),
  fc.record({ do: fc.constant("wait" as const), minutes: fc.constantFrom(0, 1, 5, 16, 61) }),
  fc.record({ do: fc.constant("die" as const) }),
  fc.record({
    do: fc.constant("standing" as const),
    pick: fc.nat(),
    // As a share, so that none, half, all and too much come often.
    voided: fc.constantFrom(0, 0, 0.5, 1, 1.5),
    frozen: fc.boolean(),
  }),
  fc.record({ do: fc.constant("take" as const), amount: fc.integer({ min: 1, max: 300 }) }),
  fc.record({
    do: fc.constant("track" as const),
    meter: fc.constantFrom("agent" as const, "image" as const),
    quantity: fc.integer({ min: 1, max: 4 }),
    again: fc.boolean(),
  }),
  fc.record({ do: fc.constant("release" as const), pick: fc.nat() }),
  fc.record({ do: fc.constant("report" as const), known: fc.boolean() }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Two chats an hour are included, and two more are billed; then credits. */
const PLAN = testEntitlement({
  allowances: {
    message: { limit: 2, period: "hour", overage: { eventName: "beyond", limit: 2 } },
    agent: { limit: 3, period: "at_once" },
    image: { limit: 5, period: "hour" },
  },
});

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** Checks the invariants of a state. */
function check(state: AccountState): void {
  const grants = Object.values(state.grants);
  const inForce = grants.filter((grant) => grant.effective);
  // I1, the second way: posted is what the grants have left, less the debt; held is what open
  // holds reserve of them.
  expect(sum(inForce.map((grant) => grant.remainingMicrocredits)) - state.debtMicrocredits).toBe(
    postedBalance(state),
  );
  expect(sum(grants.map((grant) => grant.heldMicrocredits))).toBe(state.heldMicrocredits);
  expect(state.heldMicrocredits).toBe(
    sum(Object.values(state.holds).map((hold) => hold.amountMicrocredits)),
  );
  const frozen = inForce.filter((grant) => grant.frozen);
  expect(availableBalance(state)).toBe(
    postedBalance(state) - state.heldMicrocredits - sum(frozen.map(unheld)),
  );
  expect(state.frozenGrants).toBe(grants.filter((grant) => grant.frozen).length);
  expect(state.debtMicrocredits).toBe(
    state.takenDebtMicrocredits + sum(grants.map((grant) => grant.owedMicrocredits)),
  );
  // Debts are paid as soon as anything is free: by the grant itself, or by others when no hold may
  // free anything of it.
  const owing =
    state.takenDebtMicrocredits +
    sum(grants.map((grant) => Math.max(0, grant.owedMicrocredits - grant.heldMicrocredits)));
  if (owing > 0) expect(inForce.filter((grant) => !grant.frozen && unheld(grant) > 0)).toEqual([]);
  for (const grant of grants) {
    if (unheld(grant) > 0) expect([grant.owedMicrocredits, grant.paidBy]).toEqual([0, {}]);
    expect(unheld({ ...grant, effective: true })).toBeGreaterThanOrEqual(0);
    expect(
      Math.min(grant.heldMicrocredits, grant.owedMicrocredits, grant.expiredMicrocredits),
    ).toBeGreaterThanOrEqual(0);
    expect(grant.voidedMicrocredits).toBeLessThanOrEqual(
      grant.amountMicrocredits - grant.expiredMicrocredits,
    );
  }
  // I9
  expect(state.counters["message/hour"]?.used ?? 0).toBeLessThanOrEqual(4);
  expect(state.counters["agent/at_once"]?.used ?? 0).toBeLessThanOrEqual(3);
  expect(state.counters["image/hour"]?.used ?? 0).toBeLessThanOrEqual(5);
}

const quantity = (all: readonly { quantity: number }[]) =>
  all.reduce((sum, one) => sum + one.quantity, 0);

const shown = (ledger: Account["ledger"]) => ({
  ...ledger.state,
  grants: ledger
    .listGrants(10_000, null)
    .filter(({ remainingMicrocredits }) => remainingMicrocredits > 0),
});

/** Checks that nothing is due where the ledger, which does not search each time, says so. */
function expectNothingDue(ledger: Account["ledger"], nowMs: number): void {
  for (const minutes of [0, 1, 5, 16, 61]) {
    const atMs = nowMs + minutes * MINUTE_MS;
    if (!ledger.canAppendSingleRow(atMs)) continue;
    const due = [
      dueHoldExpiries,
      dueGrantStarts,
      dueOwnDebtPayments,
      dueDebtPayments,
      dueGrantExpiries,
    ].flatMap((find) => find(ledger.state, atMs));
    expect(due).toEqual([]);
  }
  expect(ledger.nextDueAt()).toBeLessThanOrEqual(nextDueAt(ledger.state));
}

/** Plays steps on an account, and checks the invariants after each. */
function runSteps(first: Account, rewake: () => Account, sql: SqlStorage, steps: readonly Step[]) {
  let account = first;
  let nowMs = NOON;
  const holds: { holdNo: number; held: number }[] = [];
  const endings = new Map<number, string>();
  const sales: GrantCommand[] = [];
  const uses: TrackCommand[] = [];
  const existing = new Map<string, number>();
  for (const now of steps) {
    const { ledger } = account;
    if (now.do === "grant") {
      const effectiveAt = nowMs + now.startsIn * MINUTE_MS;
      const sale = grantCommand(now.amount, {
        priority: now.priority,
        effectiveAt,
        expiresAt: now.lastsFor === null ? null : effectiveAt + now.lastsFor * MINUTE_MS,
      });
      sales.push(sale);
      grantCredits(account, sale, nowMs);
    } else if (now.do === "hold") {
      const reply = authorizeChat(
        account,
        chatCommand(now.tokens, { choices: now.choices }),
        nowMs,
      );
      if (reply.kind === "hold") {
        // I2: a hold never takes more than is available.
        if (reply.terms.payer === "credits")
          expect(availableBalance(ledger.state)).toBeGreaterThanOrEqual(0);
        holds.push({ holdNo: reply.holdNo, held: reply.terms.amountMicrocredits });
      }
    } else if (now.do === "settle" && holds.length > 0) {
      const hold = holds[now.pick % holds.length];
      if (hold === undefined) continue;
      const reply = settleChat(
        account,
        {
          holdNo: hold.holdNo,
          outcome: now.void ? failedOutcome : servedOutcome(now.tokens),
          response: null,
        },
        nowMs,
      );
      if (!reply.ok) throw new Error(reply.failure.message);
      // I3: a repeated call returns the first ending. I4: never more than was held.
      const ending = `${reply.value.ended} ${reply.value.costMicrocredits}`;
      expect(endings.get(hold.holdNo) ?? ending).toBe(ending);
      endings.set(hold.holdNo, ending);
      expect(reply.value.costMicrocredits).toBeLessThanOrEqual(hold.held);
    } else if (now.do === "wait") {
      nowMs += now.minutes * MINUTE_MS;
    } else if (now.do === "die") {
      const before = structuredClone(ledger.state);
      account = rewake();
      // I7: storage has the state of the memory, but for evicted grants.
      expect({ ...account.ledger.state, grants: null }).toEqual({ ...before, grants: null });
    }
    if (now.do === "standing" && sales.length > 0) {
      const sale = sales[now.pick % sales.length];
      if (sale === undefined) continue;
      const standing = {
        voidedMicrocredits: Math.floor(sale.amountMicrocredits * now.voided),
        frozen: now.frozen,
      };
      grantCredits(account, { ...sale, standing }, nowMs);
      // A repetition changes nothing.
      expect(grantCredits(account, { ...sale, standing }, nowMs)).toMatchObject({
        value: { applied: false, standingChanged: false },
      });
    } else if (now.do === "take") {
      const command = {
        operationId: `take:${ledger.state.lastEntryNo}`,
        amountMicrocredits: now.amount,
        reason: "Mistake",
      };
      ledger.sweep(nowMs);
      const swept = postedBalance(ledger.state);
      for (const applied of [true, false])
        expect(deductCredits(account, command, nowMs)).toMatchObject({ value: { applied } });
      expect(postedBalance(ledger.state)).toBe(swept - now.amount);
    } else if (now.do === "track") {
      const last = uses.at(-1);
      const { meter, quantity } = now;
      const use =
        now.again && last !== undefined
          ? last
          : { operationId: `use:${uses.length}`, meter, quantity };
      const reply = trackUsage(account, use, nowMs);
      // I5: the same operation counts once.
      if (reply.ok) expect(reply.value.applied).toBe(use !== last);
      if (reply.ok && use !== last) {
        uses.push(use);
        if (use.meter === "agent") existing.set(use.operationId, use.quantity);
      }
    } else if (now.do === "release" && uses.length > 0) {
      const operationId = uses[now.pick % uses.length]?.operationId ?? "";
      releaseUsage(account, operationId, nowMs);
      existing.delete(operationId);
    } else if (now.do === "report") {
      closeOverageReports(account.ledger, nowMs);
      if (now.known)
        removeSentOverageReports(
          account.ledger,
          Object.keys(account.ledger.state.reports).map(Number),
          nowMs,
        );
    }
    check(account.ledger.state);
    expectNothingDue(account.ledger, nowMs);
    expect(account.ledger.state.counters["agent/at_once"]?.used ?? 0).toBe(
      [...existing.values()].reduce((sum, n) => sum + n, 0),
    );
  }
  // Long after, nothing is held: every hold has ended (I3), and the ledger's rows sum up to what is
  // posted (I11).
  account.ledger.sweep(nowMs + 24 * 60 * MINUTE_MS);
  expect(account.ledger.state.holds).toEqual({});
  const rows = account.ledger.listMovements(10_000, null);
  expect(rows.reduce((total, row) => total + row.amountMicrocredits, 0)).toBe(
    postedBalance(account.ledger.state),
  );
  expect(rows[0]?.balanceAfterMicrocredits ?? 0).toBe(postedBalance(account.ledger.state));
  // All overage is in a report or still accumulates.
  const entries = [...sql.exec<{ detail: string }>("SELECT detail FROM entries")].map(
    (row): Entry => JSON.parse(row.detail),
  );
  const used = entries.flatMap((entry) => (entry.kind === "capture" ? (entry.overage ?? []) : []));
  const reports = entries.filter((entry) => entry.kind === "overage_report");
  expect(quantity(reports) + quantity(Object.values(account.ledger.state.overage))).toBe(
    quantity(used),
  );
  // I11: the entries are the truth. Folded anew from the first, they give what is in memory.
  sql.exec("DELETE FROM checkpoint");
  expect(shown(rewake().ledger)).toEqual(shown(account.ledger));
}

describe("an account with any history", () => {
  it("keeps I1 to I5, I7, I9 and I11 after every step", async () => {
    await withManyAccounts(PLAN, async (fresh) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 1, maxLength: 60, size: "medium" }),
          async (steps) => {
            const { account, rewake, sql } = await fresh();
            runSteps(account, rewake, sql, steps);
          },
        ),
        { numRuns: 20, interruptAfterTimeLimit: 4000 },
      );
    });
  });
});
