/**
 * A plain model of a credit account, written from the rules in `docs/money.md` and in the READMEs
 * of `src/account`, and not from its code: it keeps no ledger, no checkpoint, no counters that are
 * carried on, and looks for everything anew each time. The soak compares the two.
 */

interface Prices {
  readonly inputPerMillion: number;
  readonly cachedInputPerMillion: number | null;
  readonly outputPerMillion: number;
}
interface Usage {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}
interface Allowance {
  readonly limit: number | null;
  readonly period: string;
  readonly overage?: { readonly eventName: string; readonly limit: number | null };
}
interface Span {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly isTrial?: true;
}
export interface Plan {
  readonly planId: string;
  readonly planVersion: number;
  readonly allowances: Readonly<Record<string, Allowance | undefined>>;
  readonly models: readonly string[] | null;
  readonly requestsPerMinute: number;
  readonly billingPeriod?: Span | null;
}
export interface Grant {
  readonly no: number;
  readonly operationId: string;
  readonly amount: number;
  readonly priority: number;
  readonly createdAt: number;
  readonly effectiveAt: number;
  readonly expiresAt: number | null;
  effective: boolean;
  left: number;
  expired: number;
  voided: number;
  owed: number;
  frozen: boolean;
  readonly paidBy: Map<number, number>;
}
interface Share {
  readonly grantNo: number;
  readonly microcredits: number;
}
/** A use of an allowance that a hold reserves. */
interface Reserved {
  readonly meter: string;
  readonly window: string;
  readonly startsAt: number;
  readonly counter: string;
  readonly quantity: number;
  readonly included: number | null;
  readonly past: number;
  readonly eventName: string | null;
}
interface Hold {
  readonly amount: number;
  readonly shares: readonly Share[];
  readonly meters: readonly Reserved[];
  readonly payer: "allowance" | "credits" | "overage";
  readonly maxTokens: number;
  readonly keyId: string | null;
  readonly keyPeriodStart: number;
  readonly prices: Prices;
  readonly model: string;
  readonly expiresAt: number;
  readonly idempotencyKey: string | null;
}
export interface Key {
  readonly keyId: string;
  readonly hash: string;
  readonly models: readonly string[] | null;
  readonly scopes: readonly string[];
  readonly budget: { readonly limitMicrocredits: number; readonly period: string } | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly spent: Map<number, number>;
  total: number;
  chatAt: number;
  otherAt: number | null;
}
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
interface KeptAnswer {
  readonly fingerprint: string;
  readonly answer: Answer | null;
  readonly until: number;
}
export interface ChatRequest {
  readonly hash: string | null;
  readonly model: string;
  readonly prices: Prices;
  readonly promptBoundTokens: number;
  readonly maxTokens: number;
  readonly choices: number;
  readonly holdTtlSeconds: number;
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
}
interface Day {
  requests: number;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  microcredits: number;
}
/** Use that counts in another window, by the names of the two, and the chats open at that time. */
interface Carried {
  readonly into: string;
  readonly from: string;
  quantity: number;
  readonly openHolds: ReadonlySet<number>;
  /** Whether it is the last that came into its window: an earlier one gets nothing back. */
  isLast: boolean;
}
type Operation = { readonly kind: string; readonly meter?: string; readonly quantity?: number };

const METERS = ["message", "token", "agent", "character", "tool", "image", "model_3d"];
const MINUTE = 60_000;
const DAY = 86_400_000;

/** The cost of a chat: exact, and rounded up once. */
function costOf(prices: Prices, { input, cachedInput, output }: Usage): number {
  const cachedPrice = BigInt(prices.cachedInputPerMillion ?? prices.inputPerMillion);
  const exact =
    BigInt(input - cachedInput) * BigInt(prices.inputPerMillion) +
    BigInt(cachedInput) * cachedPrice +
    BigInt(output) * BigInt(prices.outputPerMillion);
  return Number(exact / 1_000_000n) + (exact % 1_000_000n === 0n ? 0 : 1);
}

/** The most that a chat within these bounds can cost, whatever of its prompt is cached. */
const worstCost = (prices: Prices, input: number, output: number): number =>
  Math.max(
    costOf(prices, { input, cachedInput: 0, output }),
    costOf(prices, { input, cachedInput: input, output }),
  );

const daysIn = (year: number, month: number): number =>
  new Date(Date.UTC(year, month + 1, 0)).getUTCDate();

/** The `day`th of the month that comes `n` months after a time's, or that month's last day. */
function onDay(fromMs: number, n: number, day: number): number {
  const from = new Date(fromMs);
  const first = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + n, 1));
  const [year, month] = [first.getUTCFullYear(), first.getUTCMonth()];
  return Date.UTC(year, month, Math.min(day, daysIn(year, month))) + (fromMs % DAY);
}

/** Lists where the months of a billing period begin, and where the last one ends. */
function monthsOf({ startsAt, endsAt }: Span): number[] {
  const grid = (day: number): number[] => {
    const begins = [startsAt];
    for (let n = 1; onDay(startsAt, n, day) < endsAt; n += 1) begins.push(onDay(startsAt, n, day));
    return begins;
  };
  const startDay = new Date(startsAt).getUTCDate();
  // The first day that has the period's start and end on its grid; else the start's own.
  for (let day = startDay; day <= 31; day += 1) {
    const isWhole = onDay(startsAt, 0, day) === startsAt;
    if (isWhole && onDay(startsAt, grid(day).length, day) === endsAt) return [...grid(day), endsAt];
  }
  return [...grid(startDay), endsAt];
}

interface Window {
  readonly counter: string;
  readonly startsAt: number;
  readonly endsAt: number | null;
}

/** When the calendar's period that holds a time began, and when it ends. */
function calendar(period: string, atMs: number): { from: number; to: number | null } {
  if (period === "at_once") return { from: 0, to: null };
  if (period === "month") {
    const at = new Date(atMs);
    return {
      from: Date.UTC(at.getUTCFullYear(), at.getUTCMonth()),
      to: Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1),
    };
  }
  const length = { minute: MINUTE, hour: 60 * MINUTE, day: DAY }[period];
  if (length === undefined) throw new Error(`no period ${period}`);
  const from = Math.floor(atMs / length) * length;
  return { from, to: from + length };
}

const sum = (numbers: Iterable<number>): number => {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
};

export class Model {
  plan: Plan;
  readonly grants: Grant[] = [];
  readonly holds = new Map<number, Hold>();
  readonly endings = new Map<number, { readonly ended: string; readonly cost: number }>();
  readonly operations = new Map<string, Operation>();
  readonly keys = new Map<string, Key>();
  readonly answers = new Map<string, KeptAnswer>();
  readonly days = new Map<string, Day>();
  /** Overage that was used, by the name of Stripe's event. */
  readonly overage = new Map<string, number>();
  /** Settled use by counter and window, and the latest window of each counter. */
  readonly #settled = new Map<string, number>();
  readonly #latest = new Map<string, number>();
  readonly #billed = new Map<string, number>();
  #carried: Carried[] = [];
  takenDebt = 0;
  granted = 0;
  captured = 0;
  expired = 0;
  voided = 0;
  #minute = 0;
  #requests = 0;
  /** The reserves of open holds on each grant; null where they have to be added up again. */
  #heldOf: Map<number, number> | null = null;

  constructor(plan: Plan) {
    this.plan = plan;
  }

  // Balances.

  held(grant: Grant): number {
    if (this.#heldOf === null) {
      this.#heldOf = new Map();
      for (const { shares } of this.holds.values())
        for (const { grantNo, microcredits } of shares)
          this.#heldOf.set(grantNo, (this.#heldOf.get(grantNo) ?? 0) + microcredits);
    }
    return this.#heldOf.get(grant.no) ?? 0;
  }

  free(grant: Grant): number {
    return grant.effective ? grant.left - this.held(grant) : 0;
  }

  get debt(): number {
    return this.takenDebt + sum(this.grants.map((grant) => grant.owed));
  }

  get posted(): number {
    return sum(this.grants.map((grant) => (grant.effective ? grant.left : 0))) - this.debt;
  }

  get heldTotal(): number {
    const frozen = this.grants.filter((grant) => grant.frozen);
    return (
      sum([...this.holds.values()].map((hold) => hold.amount)) +
      sum(frozen.map((grant) => this.free(grant)))
    );
  }

  get available(): number {
    return this.posted - this.heldTotal;
  }

  inBurnOrder(): Grant[] {
    const expiry = (grant: Grant) => grant.expiresAt ?? Number.POSITIVE_INFINITY;
    return this.grants.toSorted((a, b) => {
      if (a.priority !== b.priority) return a.priority - b.priority;
      if (expiry(a) !== expiry(b)) return expiry(a) < expiry(b) ? -1 : 1;
      return a.no - b.no;
    });
  }

  /** Takes from free credit in burn order, as far as it goes. */
  #sharesOf(amount: number): Share[] {
    const shares: Share[] = [];
    let missing = amount;
    for (const grant of this.inBurnOrder()) {
      const microcredits = grant.frozen ? 0 : Math.min(missing, this.free(grant));
      if (microcredits > 0) shares.push({ grantNo: grant.no, microcredits });
      missing -= Math.max(0, microcredits);
    }
    return shares;
  }

  #grant(no: number): Grant {
    const grant = this.grants.find((candidate) => candidate.no === no);
    if (grant === undefined) throw new Error(`the model has no grant ${no}`);
    return grant;
  }

  // Time.

  /** Does what time alone makes due, in the order of `ledger/README.md`. */
  sweep(nowMs: number): void {
    for (const [no, hold] of this.holds) if (hold.expiresAt <= nowMs) this.#end(no, "expired");
    for (const grant of this.grants)
      if (!grant.effective && grant.left > 0 && grant.effectiveAt <= nowMs) {
        grant.effective = true;
        this.granted += grant.amount;
        this.voided += grant.voided;
      }
    for (const grant of this.grants) {
      const paid = Math.min(this.free(grant), grant.owed);
      grant.left -= paid;
      grant.owed -= paid;
    }
    if (this.debt > 0) this.#payDebts();
    for (const grant of this.grants) {
      if (grant.expiresAt === null || grant.expiresAt > nowMs) continue;
      const lost = this.free(grant);
      grant.left -= lost;
      grant.expired += lost;
      this.expired += lost;
    }
  }

  #payDebts(): void {
    for (const payer of this.inBurnOrder()) {
      if (payer.frozen) continue;
      for (const debtor of this.grants) {
        const paid = Math.min(this.free(payer), debtor.owed - this.held(debtor));
        if (paid <= 0) continue;
        payer.left -= paid;
        debtor.owed -= paid;
        if (debtor !== payer)
          debtor.paidBy.set(payer.no, (debtor.paidBy.get(payer.no) ?? 0) + paid);
      }
      const paid = Math.min(this.free(payer), this.takenDebt);
      payer.left -= paid;
      this.takenDebt -= paid;
    }
  }

  /** When time alone changes something next. */
  nextDueAt(): number {
    const times = [...this.holds.values()].map((hold) => hold.expiresAt);
    for (const grant of this.grants) {
      if (!grant.effective && grant.left > 0) times.push(grant.effectiveAt);
      else if (grant.expiresAt !== null && this.free(grant) > 0) times.push(grant.expiresAt);
    }
    return Math.min(Number.POSITIVE_INFINITY, ...times);
  }

  /** Forgets what only memory has. */
  restart(): void {
    this.#minute = 0;
    this.#requests = 0;
  }

  // Grants.

  addGrant(
    grant: Omit<Grant, "effective" | "left" | "expired" | "voided" | "owed" | "frozen" | "paidBy">,
    nowMs: number,
  ): void {
    const effective = grant.effectiveAt <= nowMs;
    this.grants.push({
      ...grant,
      effective,
      left: grant.amount,
      expired: 0,
      voided: 0,
      owed: 0,
      frozen: false,
      paidBy: new Map(),
    });
    if (effective) this.granted += grant.amount;
    this.operations.set(grant.operationId, { kind: "grant" });
  }

  /** Brings a grant to a reversal, which is absolute. Returns whether that changed anything. */
  reverse(operationId: string, taken: number, frozen: boolean, nowMs: number): boolean {
    const grant = this.grants.find((candidate) => candidate.operationId === operationId);
    if (grant === undefined) throw new Error(`the model has no grant of ${operationId}`);
    const wanted = Math.min(taken, grant.amount);
    const fromItself = grant.voided - grant.owed - sum(grant.paidBy.values());
    // Credits that expired before they could be taken are not taken again.
    const target = Math.max(Math.min(wanted, fromItself), wanted - grant.expired);
    if (target === grant.voided && frozen === grant.frozen) return false;
    const more = target - grant.voided;
    grant.voided = target;
    if (grant.effective) this.voided += more;
    if (more > 0) {
      const now = Math.min(more, grant.left - this.held(grant));
      grant.left -= now;
      grant.owed += more - now;
    } else this.#credit(grant, -more);
    grant.frozen = frozen;
    while (this.#returnDebt());
    this.sweep(nowMs);
    return true;
  }

  /** Gives a payer back what it had paid for a grant that has free credit again. */
  #returnDebt(): boolean {
    for (const debtor of this.grants) {
      const [first] = [...debtor.paidBy].toSorted((a, b) => a[0] - b[0]);
      if (first === undefined || this.free(debtor) === 0) continue;
      const [payerNo, paid] = first;
      const back = Math.min(this.free(debtor), paid);
      debtor.left -= back;
      if (back === paid) debtor.paidBy.delete(payerNo);
      else debtor.paidBy.set(payerNo, paid - back);
      this.#credit(this.#grant(payerNo), back);
      return true;
    }
    return false;
  }

  #credit(grant: Grant, amount: number): void {
    const paid = Math.min(amount, grant.owed);
    grant.owed -= paid;
    grant.left += amount - paid;
  }

  deduct(operationId: string, amount: number): void {
    const shares = this.#sharesOf(amount);
    for (const { grantNo, microcredits } of shares) this.#grant(grantNo).left -= microcredits;
    this.takenDebt += amount - sum(shares.map((share) => share.microcredits));
    this.voided += amount;
    this.operations.set(operationId, { kind: "deduct" });
  }

  // Allowances.

  window(meter: string, { period }: Allowance, nowMs: number): Window {
    const named = (name: string, startsAt: number, endsAt: number | null): Window => {
      const counter = `${meter}/${name}`;
      return { counter, startsAt: Math.max(startsAt, this.#latest.get(counter) ?? 0), endsAt };
    };
    const billing = this.plan.billingPeriod ?? null;
    const byMonth = period === "month" || period === "billing";
    if (!byMonth || billing === null) {
      const name = period === "billing" ? "month" : period;
      const { from, to } = calendar(name, nowMs);
      return named(name, from, to);
    }
    const marks = period === "billing" ? [billing.startsAt, billing.endsAt] : monthsOf(billing);
    const last = marks.length - 2;
    let at = 0;
    while (at < last && (marks[at + 1] ?? 0) <= nowMs) at += 1;
    const ends = marks[at + 1] ?? 0;
    return named(
      period === "billing" ? "billing" : "billing_month",
      marks[at] ?? 0,
      nowMs < ends ? ends : null,
    );
  }

  #settledIn(counter: string, startsAt: number): number {
    return this.#settled.get(`${counter}@${startsAt}`) ?? 0;
  }

  #reservedIn(counter: string, startsAt: number): number {
    return sum(
      [...this.holds.values()].flatMap((hold) =>
        hold.meters
          .filter((meter) => meter.counter === counter && meter.startsAt === startsAt)
          .map((meter) => meter.quantity),
      ),
    );
  }

  #usedIn(counter: string, startsAt: number): number {
    const carried = this.#carriedInto(counter, startsAt);
    return this.#settledIn(counter, startsAt) + this.#reservedIn(counter, startsAt) + carried;
  }

  #carriedInto(counter: string, startsAt: number): number {
    const into = `${counter}@${startsAt}`;
    return sum(this.#carried.filter((one) => one.into === into).map(({ quantity }) => quantity));
  }

  /** Changes the plan. What was used of a paid period that is cut short is carried over. */
  changePlan(next: Plan, nowMs: number): void {
    const before = this.plan;
    const [old, now] = [before.billingPeriod ?? null, next.billingPeriod ?? null];
    const isCutShort =
      old !== null && now !== null && old.startsAt <= now.startsAt && now.startsAt < old.endsAt;
    const isEndOfTrial = old?.isTrial === true && old.startsAt !== now?.startsAt;
    if (isCutShort && !isEndOfTrial)
      for (const meter of METERS) this.#carry(meter, before, next, nowMs);
    this.plan = next;
  }

  #carry(meter: string, before: Plan, next: Plan, nowMs: number): void {
    const had = before.allowances[meter];
    if (had?.limit === null) return;
    const windowOf = (plan: Plan, period: string) => {
      this.plan = plan;
      return this.window(meter, { limit: 0, period }, nowMs);
    };
    const period = next.allowances[meter]?.period;
    const into = windowOf(next, period === "month" ? "month" : "billing");
    let most: { from: string; quantity: number } | null = null;
    for (const kind of ["month", "billing"]) {
      const { counter, startsAt } = windowOf(before, kind);
      if (counter === into.counter && startsAt === into.startsAt) continue;
      if (!this.#latest.has(counter)) continue;
      const name = `${counter}@${startsAt}`;
      const unpaid = this.#usedIn(counter, startsAt) - (this.#billed.get(name) ?? 0);
      const length = had === undefined ? null : this.#lengthOf(before, had.period, nowMs);
      const elapsed = Math.max(0, into.startsAt - startsAt);
      const paid =
        length === null ? 0 : Number((BigInt(had?.limit ?? 0) * BigInt(elapsed)) / BigInt(length));
      if (most === null || unpaid - paid > most.quantity)
        most = { from: name, quantity: unpaid - paid };
    }
    const quantity = (most?.quantity ?? 0) - this.#usedIn(into.counter, into.startsAt);
    if (most === null || quantity <= 0) return;
    const name = `${into.counter}@${into.startsAt}`;
    this.#latest.set(into.counter, into.startsAt);
    for (const earlier of this.#carried) if (earlier.into === name) earlier.isLast = false;
    this.#carried.push({
      into: name,
      from: most.from,
      quantity,
      openHolds: new Set(this.holds.keys()),
      isLast: true,
    });
  }

  /** How long a window of a plan takes; null where no time ends it. */
  #lengthOf({ billingPeriod }: Plan, period: string, nowMs: number): number | null {
    if (period === "minute" || period === "hour" || period === "day" || period === "at_once") {
      const { from, to } = calendar(period, 0);
      return to === null ? null : to - from;
    }
    if (billingPeriod == null) return null;
    const marks =
      period === "billing"
        ? [billingPeriod.startsAt, billingPeriod.endsAt]
        : monthsOf(billingPeriod);
    let at = 0;
    while (at < marks.length - 2 && (marks[at + 1] ?? 0) <= nowMs) at += 1;
    return (marks[at + 1] ?? 0) - (marks[at] ?? 0);
  }

  /** Gives back what a chat had reserved in a window and neither used nor left unbilled. */
  #giveBack(no: number, { window, quantity }: Reserved, used: number, billed: number): void {
    for (const carried of this.#carried) {
      if (!carried.isLast || carried.from !== window || !carried.openHolds.has(no)) continue;
      carried.quantity -= Math.min(carried.quantity, Math.max(0, quantity - used + billed));
    }
  }

  #count(counter: string, startsAt: number, quantity: number): void {
    this.#latest.set(counter, Math.max(startsAt, this.#latest.get(counter) ?? 0));
    const name = `${counter}@${startsAt}`;
    this.#settled.set(name, (this.#settled.get(name) ?? 0) + quantity);
  }

  used(meter: string, allowance: Allowance, nowMs: number) {
    const window = this.window(meter, allowance, nowMs);
    const { counter, startsAt } = window;
    const used = this.#usedIn(counter, startsAt);
    const left = allowance.limit === null ? Number.POSITIVE_INFINITY : allowance.limit - used;
    const more = allowance.overage;
    const beyond = more === undefined ? 0 : (more.limit ?? Number.POSITIVE_INFINITY);
    return { ...window, used, left, leftWithOverage: left + beyond };
  }

  /** The allowance that refuses a chat: that of messages, or else that of tokens. */
  findSpent(request: { promptBoundTokens: number; choices: number }, nowMs: number) {
    const { message, token } = this.plan.allowances;
    const messages = message && this.used("message", message, nowMs);
    if (messages && messages.left < request.choices)
      return { meter: "message", limit: message.limit, ...messages };
    const tokens = token && this.used("token", token, nowMs);
    if (tokens && tokens.left < request.promptBoundTokens + request.choices)
      return { meter: "token", limit: token.limit, ...tokens };
    return null;
  }

  #reserve(meter: string, allowance: Allowance, quantity: number, nowMs: number): Reserved {
    const { counter, startsAt, left } = this.used(meter, allowance, nowMs);
    const bills = allowance.overage !== undefined && allowance.limit !== null;
    return {
      meter,
      counter,
      startsAt,
      window: `${counter}@${startsAt}`,
      quantity,
      included: bills ? allowance.limit : null,
      past: bills ? Math.min(quantity, Math.max(0, quantity - left)) : 0,
      eventName: bills ? (allowance.overage?.eventName ?? null) : null,
    };
  }

  /** Adds the part of a settled use that goes past the allowance to what is billed. */
  #bill(reserved: Reserved, quantity: number): number {
    const { counter, startsAt, included, eventName } = reserved;
    if (included === null || eventName === null) return 0;
    const used = Math.min(quantity, reserved.quantity);
    // Its period is over: the allowance comes first, as it was then.
    const isOver = (this.#latest.get(counter) ?? 0) > startsAt;
    const past = isOver
      ? used - (reserved.quantity - reserved.past)
      : this.#settledIn(counter, startsAt) + this.#carriedInto(counter, startsAt) + used - included;
    const billed = Math.min(used, Math.max(0, past));
    if (billed > 0) this.overage.set(eventName, (this.overage.get(eventName) ?? 0) + billed);
    if (!isOver)
      this.#billed.set(reserved.window, (this.#billed.get(reserved.window) ?? 0) + billed);
    return billed;
  }

  track(operationId: string, meter: string, allowance: Allowance, quantity: number, nowMs: number) {
    const reserved = this.#reserve(meter, allowance, quantity, nowMs);
    this.#bill(reserved, quantity);
    this.#count(reserved.counter, reserved.startsAt, quantity);
    const existing = `${meter}/at_once`;
    if (reserved.counter !== existing) this.#count(existing, 0, quantity);
    this.operations.set(operationId, { kind: "track", meter, quantity });
  }

  release(operationId: string): boolean {
    const operation = this.operations.get(operationId);
    if (operation?.kind !== "track") return false;
    this.#count(`${operation.meter}/at_once`, 0, -(operation.quantity ?? 0));
    this.operations.set(operationId, { ...operation, kind: "released" });
    return true;
  }

  // Keys.

  refuseKey(key: Key | undefined, scope: string | null, model: string | null, nowMs: number) {
    if (key === undefined || (key.expiresAt !== null && key.expiresAt <= nowMs))
      return "invalid_api_key";
    if (scope !== null && !key.scopes.includes(scope)) return "missing_scope";
    return model !== null && key.models !== null && !key.models.includes(model)
      ? "missing_scope"
      : null;
  }

  keyPeriodStart(key: Key | null, nowMs: number): number {
    const budget = key?.budget ?? null;
    return budget === null ? 0 : calendar(budget.period, nowMs).from;
  }

  // Chats.

  /** Counts a request of this minute. Returns whether the plan admits it. */
  admit(nowMs: number): boolean {
    const minute = Math.floor(nowMs / MINUTE);
    if (minute !== this.#minute) [this.#minute, this.#requests] = [minute, 0];
    if (this.#requests >= this.plan.requestsPerMinute) return false;
    this.#requests += 1;
    return true;
  }

  /** Whether as many chats are open as may begin in a minute. */
  get isCrowded(): boolean {
    return this.holds.size >= this.plan.requestsPerMinute;
  }

  findAnswer(request: { key: string; fingerprint: string }, nowMs: number) {
    const kept = this.answers.get(request.key);
    if (kept === undefined || kept.until <= nowMs) return null;
    if (kept.fingerprint !== request.fingerprint) return "idempotency_key_reused" as const;
    return kept.answer ?? ("idempotency_key_in_use" as const);
  }

  finishAnswer(key: string, answer: Answer | null, nowMs: number): void {
    const kept = this.answers.get(key);
    if (kept === undefined || kept.answer !== null) return;
    if (answer === null) this.answers.delete(key);
    else this.answers.set(key, { ...kept, answer, until: nowMs + DAY });
  }

  /** Decides who pays for a chat: the allowance, credits, overage, or nobody (a code). */
  decide(request: ChatRequest, key: Key | null, nowMs: number): Hold | "insufficient_quota" {
    const hasBudget = key !== null && key.budget !== null;
    const { message, token } = this.plan.allowances;
    const bills = message?.overage !== undefined || token?.overage !== undefined;
    const mayBill = bills && !hasBudget;
    const payment =
      this.#byPlan(request, "allowance", mayBill, nowMs) ??
      this.#byCredits(request, key, nowMs) ??
      (mayBill ? this.#byPlan(request, "overage", true, nowMs) : null);
    if (payment === null) return "insufficient_quota";
    return {
      ...payment,
      keyId: key?.keyId ?? null,
      keyPeriodStart: this.keyPeriodStart(key, nowMs),
      prices: request.prices,
      model: request.model,
      expiresAt: nowMs + request.holdTtlSeconds * 1000,
      idempotencyKey: request.idempotency?.key ?? null,
    };
  }

  #byPlan(
    { model, promptBoundTokens: prompt, maxTokens, choices }: ChatRequest,
    payer: "allowance" | "overage",
    mayBill: boolean,
    nowMs: number,
  ) {
    const { message, token } = this.plan.allowances;
    if (message === undefined && token === undefined) return null;
    if (this.plan.models !== null && !this.plan.models.includes(model)) return null;
    const room = (meter: string, allowance: Allowance, withOverage: boolean) => {
      const { left, leftWithOverage } = this.used(meter, allowance, nowMs);
      return withOverage ? leftWithOverage : left;
    };
    const isOverage = payer === "overage";
    const meters: Reserved[] = [];
    if (message !== undefined) {
      if (room("message", message, isOverage) < choices) return null;
      meters.push(this.#reserve("message", message, choices, nowMs));
    }
    let most = maxTokens;
    if (token !== undefined) {
      if (room("token", token, isOverage) < prompt + choices) return null;
      const all = room("token", token, mayBill);
      most = Math.min(most, Math.floor((all - prompt) / choices));
      meters.push(this.#reserve("token", token, prompt + most * choices, nowMs));
    }
    return { payer, amount: 0, shares: [], meters, maxTokens: most };
  }

  #byCredits(request: ChatRequest, key: Key | null, nowMs: number) {
    const { prices, promptBoundTokens, maxTokens, choices } = request;
    let spendable = Math.max(0, this.available);
    if (key?.budget != null) {
      const start = this.keyPeriodStart(key, nowMs);
      const held = [...this.holds.values()]
        .filter((hold) => hold.keyId === key.keyId && hold.keyPeriodStart === start)
        .map((hold) => hold.amount);
      const left = key.budget.limitMicrocredits - (key.spent.get(start) ?? 0) - sum(held);
      spendable = Math.max(0, Math.min(this.available, left));
    }
    const cost = (tokens: number) => worstCost(prices, promptBoundTokens, tokens * choices);
    // The most tokens that can be paid, by halving.
    let [most, tooMany] = [0, maxTokens + 1];
    while (tooMany - most > 1) {
      const middle = Math.floor((most + tooMany) / 2);
      if (cost(middle) <= spendable) most = middle;
      else tooMany = middle;
    }
    if (most < 1) return null;
    const amount = cost(most);
    return {
      payer: "credits" as const,
      amount,
      shares: this.#sharesOf(amount),
      meters: [],
      maxTokens: most,
    };
  }

  addHold(no: number, hold: Hold, request: ChatRequest, nowMs: number): void {
    this.holds.set(no, hold);
    this.#heldOf = null;
    for (const { counter, startsAt } of hold.meters)
      this.#latest.set(counter, Math.max(startsAt, this.#latest.get(counter) ?? 0));
    const key = [...this.keys.values()].find(({ keyId }) => keyId === hold.keyId);
    if (key !== undefined) key.chatAt = nowMs;
    if (request.idempotency !== null)
      this.answers.set(request.idempotency.key, {
        fingerprint: request.idempotency.fingerprint,
        answer: null,
        until: hold.expiresAt,
      });
  }

  #end(no: number, ended: string, cost = 0): Hold {
    const hold = this.holds.get(no);
    if (hold === undefined) throw new Error(`the model has no open hold ${no}`);
    this.holds.delete(no);
    this.#heldOf = null;
    if (ended !== "captured") for (const meter of hold.meters) this.#giveBack(no, meter, 0, 0);
    this.endings.set(no, { ended, cost });
    return hold;
  }

  /** Ends an open hold by what was served; null: nothing was. */
  settle(no: number, usage: Usage | null, answer: Answer | null, nowMs: number): void {
    const hold = this.holds.get(no);
    if (hold === undefined) return;
    if (hold.idempotencyKey !== null) this.finishAnswer(hold.idempotencyKey, answer, nowMs);
    if (usage === null) {
      this.#end(no, "voided");
      this.sweep(nowMs);
      return;
    }
    const cost = Math.min(hold.amount, costOf(hold.prices, usage));
    this.#end(no, "captured", cost);
    this.captured += cost;
    let missing = cost;
    for (const share of hold.shares) {
      const part = Math.min(missing, share.microcredits);
      this.#grant(share.grantNo).left -= part;
      missing -= part;
    }
    const tokens = usage.input + usage.output;
    const served = hold.meters.map((meter) => (meter.meter === "token" ? tokens : meter.quantity));
    hold.meters.forEach((meter, at) => {
      const billed = this.#bill(meter, served[at] ?? 0);
      this.#giveBack(no, meter, served[at] ?? 0, billed);
    });
    hold.meters.forEach((meter, at) => this.#count(meter.counter, meter.startsAt, served[at] ?? 0));
    const key = [...this.keys.values()].find(({ keyId }) => keyId === hold.keyId);
    if (key !== undefined) {
      key.total += cost;
      key.spent.set(hold.keyPeriodStart, (key.spent.get(hold.keyPeriodStart) ?? 0) + cost);
    }
    const name = `${new Date(nowMs).toISOString().slice(0, 10)}/${hold.model}`;
    const day = this.days.get(name) ?? {
      requests: 0,
      inputTokens: 0,
      cachedInputTokens: 0,
      outputTokens: 0,
      microcredits: 0,
    };
    day.requests += 1;
    day.inputTokens += usage.input;
    day.cachedInputTokens += usage.cachedInput;
    day.outputTokens += usage.output;
    day.microcredits += cost;
    this.days.set(name, day);
    this.sweep(nowMs);
  }
}
