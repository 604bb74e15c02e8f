import { describe, expect, it } from "vitest";
import { computeOverage } from "../../src/account/ledger/overage.ts";
import { type AccountState, emptyState, type Hold } from "../../src/account/ledger/state.ts";

const MESSAGES = { counter: "message/month", periodStart: 5000 };

/** A share of 10 messages, of which at most `past` are beyond the 20 that the plan includes. */
const shareOf = (past: number) => ({
  ...MESSAGES,
  quantity: 10,
  overage: { eventName: "messages", included: 20, past },
});

const holdOf = (holdNo: number, meters: Hold["meters"]): Hold => ({
  holdNo,
  createdAt: 5000,
  payer: "allowance",
  amountMicrocredits: 0,
  shares: [],
  meters,
  keyId: null,
  keyPeriodStart: 0,
  model: "small",
  prices: { inputPerMillion: 0, cachedInputPerMillion: null, outputPerMillion: 0 },
  promptBoundTokens: 1,
  maxTokens: 1,
  choices: 1,
  expiresAt: 9000,
  idempotencyKey: null,
});

const stateOf = (
  periodStart: number,
  used: number,
  ...meters: readonly Hold["meters"][number][]
): AccountState => ({
  ...emptyState(),
  counters: { "message/month": { periodStart, used } },
  holds: { 1: holdOf(1, meters) },
});

describe("the part of a use that is past the allowance", () => {
  it("counts what was settled before it, and nothing that chats hold", () => {
    // 15 are settled, so 5 of these 10 fit.
    const share = shareOf(10);
    const state = stateOf(5000, 25, share);
    expect(computeOverage(state, [share], () => 10)).toEqual([
      { eventName: "messages", quantity: 5 },
    ]);
  });

  it("is not less for what chats hold of another meter, or of another period", () => {
    const share = shareOf(10);
    const tokens = { ...MESSAGES, counter: "token/month", quantity: 100 };
    const before = { ...MESSAGES, periodStart: 1000, quantity: 100 };
    const state = stateOf(5000, 25, share, tokens, before);
    expect(computeOverage(state, [share], () => 10)).toEqual([
      { eventName: "messages", quantity: 5 },
    ]);
  });

  it("is no more than the use, and no more than was reserved", () => {
    const share = shareOf(10);
    const state = stateOf(5000, 50, share);
    expect(computeOverage(state, [share], () => 7)).toEqual([
      { eventName: "messages", quantity: 7 },
    ]);
    expect(computeOverage(state, [share], () => 70)).toEqual([
      { eventName: "messages", quantity: 10 },
    ]);
  });

  it("is what the included part of its share does not cover, once the period is over", () => {
    const share = shareOf(3);
    const state = stateOf(6000, 25, share);
    expect(computeOverage(state, [share], () => 9)).toEqual([
      { eventName: "messages", quantity: 2 },
    ]);
    expect(computeOverage(state, [share], () => 7)).toBeUndefined();
    expect(computeOverage(state, [share], () => 5)).toBeUndefined();
  });

  it("is nothing where all fits, or where the plan bills for none", () => {
    const share = shareOf(0);
    expect(computeOverage(stateOf(5000, 20, share), [share], () => 10)).toBeUndefined();
    const plain = { ...MESSAGES, quantity: 10 };
    expect(computeOverage(stateOf(5000, 50, plain), [plain], () => 10)).toBeUndefined();
  });
});
