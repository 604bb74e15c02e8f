import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Account } from "../../src/account/account.ts";
import { authorizeChat } from "../../src/account/authorize-chat.ts";
import { giveGrant } from "../../src/account/give-grant.ts";
import { settleChat } from "../../src/account/settle-chat.ts";
import { available, posted } from "../../src/account/state.ts";
import { chat, grant, insideAccount, NOON, nothingServed, plan, served } from "../support/account.ts";

const MINUTE = 60_000;

/** What can happen to an account, in any order. Numbers pick among what there is. */
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
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Plays steps on an account, checking after each what must always be true. */
function play(first: Account, rewake: () => Account, steps: readonly Step[]) {
  let account = first;
  let nowMs = NOON;
  const holds: { holdNo: number; held: number }[] = [];
  const endings = new Map<number, string>();
  for (const now of steps) {
    const { ledger } = account;
    if (now.do === "grant") {
      const effectiveAt = nowMs + now.startsIn * MINUTE;
      giveGrant(
        account,
        grant(now.amount, {
          priority: now.priority,
          effectiveAt,
          expiresAt: now.lastsFor === null ? null : effectiveAt + now.lastsFor * MINUTE,
        }),
        nowMs,
      );
    } else if (now.do === "hold") {
      const reply = authorizeChat(account, chat(now.tokens, { choices: now.choices }), nowMs);
      // I2: nothing is held that is not there.
      expect(available(ledger.state)).toBeGreaterThanOrEqual(0);
      if (reply.kind === "hold") holds.push({ holdNo: reply.holdNo, held: reply.terms.amountMicrocredits });
    } else if (now.do === "settle" && holds.length > 0) {
      const hold = holds[now.pick % holds.length];
      if (hold === undefined) continue;
      const reply = settleChat(
        account,
        { holdNo: hold.holdNo, outcome: now.void ? nothingServed : served(now.tokens), response: null },
        nowMs,
      );
      if (!reply.ok) throw new Error(reply.failure.message);
      // I3: whoever asks again hears the first ending. I4: never more than was held.
      const ending = `${reply.ended} ${reply.costMicrocredits}`;
      expect(endings.get(hold.holdNo) ?? ending).toBe(ending);
      endings.set(hold.holdNo, ending);
      expect(reply.costMicrocredits).toBeLessThanOrEqual(hold.held);
    } else if (now.do === "wait") {
      nowMs += now.minutes * MINUTE;
    } else if (now.do === "die") {
      const before = structuredClone(ledger.state);
      account = rewake();
      // I7: what storage has is what was in memory, but for grants put away as used up.
      expect({ ...account.ledger.state, grants: null }).toEqual({ ...before, grants: null });
    }
    const { state } = account.ledger;
    const sum = (pick: "remainingMicrocredits" | "heldMicrocredits") =>
      Object.values(state.grants).reduce((total, entry) => total + (entry.effective ? entry[pick] : 0), 0);
    // I1, seen from the other side: what the grants still have is what is posted, what they have held is what is held.
    expect(sum("remainingMicrocredits")).toBe(posted(state));
    expect(sum("heldMicrocredits")).toBe(state.heldMicrocredits);
    expect(state.heldMicrocredits).toBe(Object.values(state.holds).reduce((total, hold) => total + hold.amountMicrocredits, 0));
  }
  // Long after, nothing is held: every hold has ended (I3), and the ledger's rows sum up to what is posted (I11).
  account.ledger.sweep(nowMs + 24 * 60 * MINUTE);
  expect(account.ledger.state.holds).toEqual({});
  const rows = account.ledger.movements(10_000, null);
  expect(rows.reduce((total, row) => total + row.amountMicrocredits, 0)).toBe(posted(account.ledger.state));
  expect(rows[0]?.balanceAfterMicrocredits ?? 0).toBe(posted(account.ledger.state));
}

describe("whatever happens to an account, in whatever order", () => {
  it("keeps I1, I2, I3, I4, I7 and I11 after every step", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 120 }), async (steps) => {
        await insideAccount(plan(), (account, rewake) => play(account, rewake, steps));
      }),
      { numRuns: 60 },
    );
  });
});
