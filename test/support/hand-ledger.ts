import type { Entry, HoldTerms } from "../../src/account/ledger/entries.ts";
import { applyEntry } from "../../src/account/ledger/fold.ts";
import { reserveShares } from "../../src/account/ledger/grants.ts";
import { emptyState } from "../../src/account/ledger/state.ts";
import { NOON } from "./account.ts";

/** Returns an account whose entries a test appends by hand, all at noon. */
export function makeLedger() {
  const state = emptyState();
  const append = (entry: Entry) => {
    applyEntry(state, { entryNo: state.lastEntryNo + 1, at: NOON, entry });
    return state.lastEntryNo;
  };
  const grant = (amountMicrocredits: number, priority = 0, expiresAt: number | null = null) =>
    append({
      kind: "grant",
      operationId: `order:${state.lastEntryNo}`,
      amountMicrocredits,
      priority,
      effectiveAt: NOON,
      expiresAt,
      reason: "Pack",
    });
  const hold = (amountMicrocredits: number, more: Partial<HoldTerms> = {}) =>
    append({
      kind: "hold",
      payer: "credits",
      amountMicrocredits,
      shares: reserveShares(Object.values(state.grants), amountMicrocredits, NOON),
      meters: [],
      keyId: null,
      keyPeriodStart: 0,
      model: "small",
      prices: { inputPerMillion: 0, cachedInputPerMillion: null, outputPerMillion: 0 },
      promptBoundTokens: 1,
      maxTokens: 1,
      choices: 1,
      expiresAt: NOON + 1000,
      idempotencyKey: null,
      ...more,
    });
  return { state, append, grant, hold };
}
