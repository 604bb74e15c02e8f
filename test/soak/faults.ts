/** A fault to plant: one piece of one file of `src/account`, and what it becomes. */
export interface Fault {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Returns a source with a fault in it. */
export function plant(source: string, { name, file, from, to }: Fault): string {
  const pieces = source.split(from);
  if (pieces.length !== 2)
    throw new Error(`the fault "${name}": ${file} has its piece ${pieces.length - 1} times`);
  return pieces.join(to);
}

/** Faults that the soak must catch, each in a build of its own. */
export const FAULTS: readonly Fault[] = [
  {
    name: "a change to another period begins a fresh allowance",
    file: "ledger/carry-over.ts",
    from: "if (quantity <= 0) return null;",
    to: "if (quantity <= 1_000_000_000) return null;",
  },
  {
    name: "overage that was billed is carried over",
    file: "ledger/carry-over.ts",
    from: "used - billed - paid",
    to: "used - paid",
  },
  {
    name: "what an open chat gives back of carried use is lost",
    file: "ledger/fold.ts",
    from: "into.used -= returned;",
    to: "into.used -= 0 * returned;",
  },
  {
    name: "a capture may cost more than its hold",
    file: "methods/settlement-decision.ts",
    from: "Math.min(terms.amountMicrocredits, costMicrocredits(terms.prices, usage))",
    to: "costMicrocredits(terms.prices, usage) + 1",
  },
  {
    name: "a cost is rounded down",
    file: "ledger/price.ts",
    from: "+ MILLION - 1n) / MILLION",
    to: ") / MILLION",
  },
  {
    name: "an allowance lets one more through",
    file: "methods/hold-decision.ts",
    from: "if (room < request.choices) return null;",
    to: "if (room < request.choices - 1) return null;",
  },
  {
    name: "frozen credit can be spent",
    file: "ledger/grants.ts",
    from: "const isActive = !grant.frozen && (",
    to: "const isActive = (",
  },
  {
    name: "frozen credit is available",
    file: "ledger/state.ts",
    from: "if (state.frozenGrants === 0) return 0;",
    to: "if (state.frozenGrants < 2) return 0;",
  },
  {
    name: "a sale is granted again when it is repeated",
    file: "methods/grant-credits.ts",
    from: "previous?.entryNo ?? appendGrant(",
    to: "appendGrant(",
  },
  {
    name: "expired credit is taken back again",
    file: "methods/grant-reversal.ts",
    from: "target - grant.expiredMicrocredits);",
    to: "target);",
  },
  {
    name: "a debt is not returned to who paid it",
    file: "methods/grant-reversal.ts",
    from: "debtReturn !== null;",
    to: "debtReturn !== null && Date.now() < 0;",
  },
  {
    name: "the latest expiry is spent first",
    file: "ledger/grants.ts",
    from: "expiryOrInfinity(a) < expiryOrInfinity(b) ? -1 : 1",
    to: "expiryOrInfinity(a) < expiryOrInfinity(b) ? 1 : -1",
  },
  {
    name: "an expired hold keeps its allowance",
    file: "ledger/fold.ts",
    from: "meter.counter, meter.periodStart, -meter.quantity",
    to: "meter.counter, meter.periodStart, 0",
  },
  {
    name: "what a chat leaves of its tokens is not given back",
    file: "ledger/fold.ts",
    from: "quantity - tokens : 0;",
    to: "0 : 0;",
  },
  {
    name: "a hold that frees expired credit makes nothing due",
    file: "ledger/ledger.ts",
    from: "if (debtMicrocredits > 0) return 0;",
    to: "if (debtMicrocredits >= 0) return Number.POSITIVE_INFINITY;",
  },
  {
    name: "a grant that was evicted is not revived",
    file: "ledger/ledger.ts",
    from: "if (this.#state.grants[grantNo] !== undefined) return;",
    to: "if (grantNo > 0) return;",
  },
  {
    name: "a renewal is not waited for",
    file: "ledger/allowance-window.ts",
    from: "Math.max(billingPeriod.startsAt, Math.min(nowMs, billingPeriod.endsAt - 1))",
    to: "Math.max(billingPeriod.startsAt, nowMs)",
  },
  {
    name: "a window is left for one that began before it",
    file: "ledger/allowances.ts",
    from: "Math.max(window.startsAt, state.counters[counter]?.periodStart ?? 0)",
    to: "window.startsAt",
  },
  {
    name: "the month of a short February begins a day late",
    file: "ledger/allowance-window.ts",
    from: "return isWhole ? day : toDay(startsAt);",
    to: "return toDay(startsAt);",
  },
  {
    name: "overage is billed while the allowance has room",
    file: "ledger/overage.ts",
    from: "usedInPeriod(counter, share.periodStart) - held",
    to: "usedInPeriod(counter, share.periodStart)",
  },
  {
    name: "a key's open holds do not count against its budget",
    file: "methods/hold-decision.ts",
    from: "return key.budget.limitMicrocredits - spent - held;",
    to: "return key.budget.limitMicrocredits - spent;",
  },
  {
    name: "a key's budget does not start again",
    file: "ledger/fold.ts",
    from: "keyUsage?.periodStart === terms.keyPeriodStart ? keyUsage.spentMicrocredits : 0",
    to: "(keyUsage?.spentMicrocredits ?? 0)",
  },
  {
    name: "an answer is replayed to another request",
    file: "stores/idempotency.ts",
    from: "if (first.fingerprint !== request.fingerprint) {",
    to: "if (first.fingerprint === undefined) {",
  },
  {
    name: "a failed write leaves its state in memory",
    file: "credit-account.ts",
    from: "      this.#account = null;\n      throw error;",
    to: "      throw error;",
  },
  {
    name: "a day's usage is removed before the day is over",
    file: "reporting/outbox.ts",
    from: "usage.day < today && !this.#isUnsent(usage)",
    to: "usage.day <= toUtcDay(nowMs) && !this.#isUnsent(usage)",
  },
  {
    name: "one chat more runs than the plan has",
    file: "methods/authorize-chat.ts",
    from: "if (seen >= count) return true;",
    to: "if (seen > count) return true;",
  },
  {
    name: "a rate limit admits one more",
    file: "stores/rate-limit.ts",
    from: "const within = this.#count < limit;",
    to: "const within = this.#count <= limit;",
  },
  {
    name: "an older version of a plan replaces a newer one",
    file: "methods/set-entitlement.ts",
    from: "current.planVersion >= incoming.planVersion ? current : incoming",
    to: "current.planVersion > 1_000 ? current : incoming",
  },
];
