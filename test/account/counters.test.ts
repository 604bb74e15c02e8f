import { describe, expect, it } from "vitest";
import type { MeterShare, Overage } from "../../src/account/ledger/entries.ts";
import { authorizeChat } from "../../src/account/methods/authorize-chat.ts";
import { chatCommand, NOON, testEntitlement, withAccount } from "../support/account.ts";
import { makeLedger } from "../support/hand-ledger.ts";

const MONTH_START = NOON - 1000;
const TOKENS = "token/billing_month";
const MESSAGES = "message/billing_month";

const shareOf = (counter: string, quantity: number, periodStart = MONTH_START): MeterShare => ({
  counter,
  periodStart,
  quantity,
  overage: { eventName: counter, included: 10, past: quantity },
});

/** Returns an account by hand in which chats can hold, be served, and be carried over. */
function makeCounters() {
  const ledger = makeLedger();
  const { state, append } = ledger;
  const hold = (...meters: readonly MeterShare[]) => ledger.hold(0, { payer: "allowance", meters });
  const serve = (holdNo: number, tokens: number, overage?: readonly Overage[]) =>
    append({
      kind: "capture",
      holdNo,
      shares: [],
      model: "small",
      keyId: null,
      usage: { input: tokens - 1, cachedInput: 0, output: 1 },
      estimated: false,
      ending: "complete",
      latencyMs: 1,
      ...(overage === undefined ? {} : { overage }),
    });
  const release = (holdNo: number) => append({ kind: "expire", holdNo });
  /** Carries use of the month over into the period that begins at noon. */
  const carry = (quantity: number, periodStart = NOON) =>
    append({
      kind: "usage_carried",
      counter: "token/billing",
      periodStart,
      quantity,
      from: { counter: TOKENS, periodStart: MONTH_START },
    });
  const carried = () => state.counters["token/billing"]?.used;
  return { state, hold, serve, release, carry, carried };
}

describe("use that was carried over while a chat was open", () => {
  it("is less by what the chat leaves unused, and by what was billed of it", () => {
    const { hold, serve, carry, carried } = makeCounters();
    const holdNo = hold(shareOf(TOKENS, 100));
    carry(80);
    serve(holdNo, 70, [{ eventName: TOKENS, quantity: 20 }]);
    expect(carried()).toBe(30);
  });

  it("is less by no more than was carried, however many chats end", () => {
    const { hold, release, carry, carried } = makeCounters();
    const holds = [hold(shareOf(TOKENS, 50)), hold(shareOf(TOKENS, 50))];
    carry(80);
    for (const holdNo of holds) release(holdNo);
    expect(carried()).toBe(0);
  });

  it("is not less by chats of another period, nor by one that began after it", () => {
    const { hold, release, carry, carried } = makeCounters();
    const other = hold(shareOf(TOKENS, 50, MONTH_START - 1));
    carry(80);
    const later = hold(shareOf(TOKENS, 50));
    for (const holdNo of [other, later]) release(holdNo);
    expect(carried()).toBe(80);
  });

  it("is not more by a chat that used more than it held", () => {
    const { hold, serve, carry, carried } = makeCounters();
    const holdNo = hold(shareOf(TOKENS, 50));
    carry(80);
    serve(holdNo, 60);
    expect(carried()).toBe(80);
  });

  it("counts nothing in a window that is over", () => {
    const { state, carry } = makeCounters();
    carry(80);
    carry(30, NOON - 500);
    expect(state.counters["token/billing"]).toMatchObject({
      periodStart: NOON,
      used: 80,
      carried: { quantity: 80 },
    });
  });
});

describe("use that was billed as overage", () => {
  it("is marked so at its own meter", () => {
    const { state, hold, serve } = makeCounters();
    const plain = { counter: "image/day", periodStart: MONTH_START, quantity: 1 };
    const holdNo = hold(shareOf(MESSAGES, 1), shareOf(TOKENS, 100), plain);
    serve(holdNo, 100, [
      { eventName: MESSAGES, quantity: 1 },
      { eventName: TOKENS, quantity: 20 },
    ]);
    expect(state.counters[MESSAGES]?.billed).toBe(1);
    expect(state.counters[TOKENS]?.billed).toBe(20);
    expect(state.counters["image/day"]).not.toHaveProperty("billed");
  });

  it("is not marked at a meter that has none, nor in a later period", () => {
    const { state, hold, serve } = makeCounters();
    const old = hold(shareOf(MESSAGES, 1), shareOf(TOKENS, 100));
    hold(shareOf(TOKENS, 50, NOON));
    serve(old, 100, [{ eventName: TOKENS, quantity: 20 }]);
    expect(state.counters[MESSAGES]).not.toHaveProperty("billed");
    expect(state.counters[TOKENS]).toEqual({ periodStart: NOON, used: 50 });
  });
});

it("a chat of a session counts for no key", () => {
  const { state, hold, serve } = makeCounters();
  serve(hold(shareOf(TOKENS, 10)), 5);
  expect(state.keys).toEqual({});
});

it("a refused chat is told of the first allowance that it does not fit into", async () => {
  const entitlement = testEntitlement({
    allowances: { message: { limit: 1, period: "day" }, token: { limit: 5, period: "day" } },
  });
  await withAccount(entitlement, (account) => {
    expect(authorizeChat(account, chatCommand(10), NOON)).toMatchObject({
      failure: { code: "insufficient_quota", quota: { meter: "token", limit: 5 } },
    });
  });
});
