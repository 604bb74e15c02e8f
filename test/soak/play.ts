import type { CreditAccount } from "../../src/account/index.ts";
import type {
  AuthorizeCommand,
  AuthorizeResult,
} from "../../src/account/methods/authorize-chat.ts";
import type { SettleCommand, SettleResult } from "../../src/account/methods/settle-chat.ts";
import type { RpcResult } from "../../src/account/rpc-result.ts";
import type { Entitlement, MeterUsage } from "../../src/account/types.ts";
import { fromJson, type JsonOf, toJson } from "../../src/json.ts";
import { METERS, type Meter, PERIODS } from "../../src/meters.ts";
import { type Answer, type ChatRequest, type Grant, type Key, Model, type Plan } from "./model.ts";
import { PlantedFailure } from "./planted-failure.ts";
import { type History, PLANS, PRICES, type Step } from "./steps.ts";

/** The runtime of an account's object: Node with `node:sqlite`, or workerd. */
export interface SoakTarget {
  /** The object in memory. */
  readonly account: () => CreditAccount;
  /** Ends the object in memory; the next call finds what storage has. */
  readonly restart: () => void;
  readonly setNow: (nowMs: number) => void;
  readonly setD1Down: (isDown: boolean) => void;
  /** Has a write of the next call fail, after that many; null: none. Not everywhere possible. */
  readonly failWriteAfter?: (writes: number | null) => void;
  readonly listEntries: (afterNo: number) => EntryRow[];
  /** Removes all that can be made anew from the entries. */
  readonly forgetCheckpoint: () => void;
  readonly alarmAt: () => Promise<number | null>;
  readonly readReported: (userId: string) => Promise<Reported>;
}

export type EntryRow = {
  readonly no: number;
  readonly at: number;
  readonly kind: string;
  readonly amount: number;
  readonly after: number;
  readonly holdNo: number | null;
};

/** The rows that D1 has of a user. */
export interface Reported {
  readonly overage: Readonly<Record<string, number>>;
  readonly days: readonly {
    readonly day: string;
    readonly model: string;
    readonly requests: number;
    readonly inputTokens: number;
    readonly cachedInputTokens: number;
    readonly outputTokens: number;
    readonly microcredits: number;
  }[];
}

/** The query for the entries after a number. */
export const ENTRIES_SQL = `
  SELECT entry_no AS no, at_ms AS at, kind, amount_microcredits AS amount,
    balance_after_microcredits AS after, json_extract(detail, '$.holdNo') AS holdNo
  FROM entries WHERE entry_no > ? ORDER BY entry_no`;

const DAY = 86_400_000;
const MINUTE = 60_000;
/** The start of every history: noon, far ahead of the real clock. */
const START = Date.UTC(2082, 10, 29, 12);

/** Writes a value with its fields in the order of the alphabet. Fields without a value are none. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

function expectSame(what: string, actual: unknown, expected: unknown): void {
  const [is, should] = [canonical(actual), canonical(expected)];
  if (is !== should) throw new Error(`${what}\n  is        ${is}\n  should be ${should}`);
}
function expectTrue(what: string, holds: boolean): void {
  if (!holds) throw new Error(what);
}

const toIso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
const at = <T>(all: readonly T[], pick: number): T | undefined =>
  all.length === 0 ? undefined : all[pick % all.length];

/** Takes what a refusal says; null for no refusal. */
const codeOf = (reply: { ok: true } | { ok: false; failure: { code: string } }): string | null =>
  reply.ok ? null : reply.failure.code;

interface Chat {
  readonly no: number;
  readonly promptBoundTokens: number;
  readonly outputTokens: number;
}

/** Plays one history on an account and on the model, and compares them after each operation. */
class Player {
  readonly #target: SoakTarget;
  readonly #model: Model;
  readonly #userId: string;
  readonly #chats: Chat[] = [];
  readonly #ids: string[] = [];
  readonly #requests: { key: string; fingerprint: string }[] = [];
  readonly #endedHolds = new Set<number>();
  #versions: number[] = PLANS.map(() => 1);
  #now = START;
  #names = 0;
  #lastEntry: EntryRow = { no: 0, at: 0, kind: "", amount: 0, after: 0, holdNo: null };

  constructor(target: SoakTarget, userId: string, plan: Plan) {
    this.#target = target;
    this.#userId = userId;
    this.#model = new Model(plan);
  }

  static async open(target: SoakTarget, userId: string, planNo: number): Promise<Player> {
    target.setNow(START);
    const entitlement = entitlementOf(planNo, 1);
    await target.account().open({ userId, entitlement });
    return new Player(target, userId, entitlement);
  }

  #name(kind: string): string {
    this.#names += 1;
    return `${kind}:${this.#names}`;
  }

  /** Calls the account; null when a planted failure ended the call, which then did nothing. */
  async #call<T>(call: (account: CreditAccount) => Promise<T>): Promise<T | null> {
    try {
      return await call(this.#target.account());
    } catch (error) {
      if (!(error instanceof PlantedFailure)) throw error;
      this.#model.restart();
      return null;
    } finally {
      this.#target.failWriteAfter?.(null);
    }
  }

  #expectBalance(what: string, balance: unknown): void {
    const { posted, heldTotal, available } = this.#model;
    expectSame(what, balance, {
      postedMicrocredits: posted,
      heldMicrocredits: heldTotal,
      availableMicrocredits: available,
    });
  }

  async play(step: Step): Promise<void> {
    this.#target.setNow(this.#now);
    switch (step.do) {
      case "grant":
        await this.#grant(step);
        break;
      case "chat":
        await this.#chat(step);
        break;
      case "settle":
        await this.#settle(step);
        break;
      case "wait":
        this.#now += step.seconds * 1000;
        break;
      case "restart":
        this.#target.restart();
        this.#model.restart();
        break;
      case "alarm":
        await this.#alarm(step.isDown);
        break;
      case "deduct":
        await this.#deduct(step);
        break;
      case "track":
        await this.#track(step);
        break;
      case "release":
        await this.#release(step.pick);
        break;
      case "plan":
        await this.#changePlan(step);
        break;
      case "createKey":
        await this.#createKey(step);
        break;
      case "revokeKey":
        await this.#revokeKey(step.pick);
        break;
      case "verifyKey":
        await this.#verifyKey(step);
        break;
      case "idempotent":
        await this.#idempotent(step);
        break;
      case "look":
        await this.look();
        break;
      case "failNextWrite":
        this.#target.failWriteAfter?.(step.after);
        break;
    }
    await this.check();
  }

  /** Checks what holds after every operation, by storage alone: nothing is swept for it. */
  async check(): Promise<void> {
    const model = this.#model;
    expectSame(
      "I1: granted - expired - voided - captured",
      model.granted - model.expired - model.voided - model.captured,
      model.posted,
    );
    for (const row of this.#target.listEntries(this.#lastEntry.no)) {
      const before = this.#lastEntry;
      expectSame("I11: entries are numbered without gaps", row.no, before.no + 1);
      expectTrue("time does not go back", row.at >= before.at);
      expectSame(`I11: the balance after entry ${row.no}`, row.after, before.after + row.amount);
      if (row.kind === "capture" || row.kind === "void" || row.kind === "expire") {
        const holdNo = row.holdNo ?? 0;
        expectTrue(`I3: hold ${holdNo} ends once`, !this.#endedHolds.has(holdNo));
        this.#endedHolds.add(holdNo);
      }
      this.#lastEntry = row;
    }
    expectSame("I1: the sum of the entries", this.#lastEntry.after, model.posted);
    const due = model.nextDueAt();
    const alarmAt = await this.#target.alarmAt();
    if (due < Number.POSITIVE_INFINITY && due > this.#now)
      expectTrue(
        `an alarm is set for ${due}, by ${alarmAt}`,
        alarmAt !== null && alarmAt <= Math.max(due, this.#now),
      );
  }

  async #grant(step: Extract<Step, { do: "grant" }>): Promise<void> {
    const model = this.#model;
    const repeated = step.again ? at(this.#ids, step.pick) : undefined;
    const operationId = repeated ?? this.#name("order");
    const known = model.grants.find((grant) => grant.operationId === operationId);
    const amount = known === undefined || step.pick % 2 === 0 ? step.amount : known.amount;
    const effectiveAt = this.#now + step.startsIn * MINUTE;
    const expiresAt = step.lastsFor === null ? null : effectiveAt + step.lastsFor * MINUTE;
    const standing =
      step.reversal === null
        ? null
        : {
            voidedMicrocredits: Math.floor((known?.amount ?? amount) * step.reversal.share),
            frozen: step.reversal.frozen,
          };
    const reply = await this.#call((account) =>
      account.grant({
        operationId,
        amountMicrocredits: amount,
        priority: step.priority,
        effectiveAt: step.startsIn === 0 ? null : effectiveAt,
        expiresAt,
        reason: operationId,
        ...(standing === null ? {} : { standing }),
      }),
    );
    if (reply === null) return;
    model.sweep(this.#now);
    const previous = model.operations.get(operationId);
    if (previous !== undefined && previous.kind !== "grant") {
      expectSame("a grant under the id of something else", codeOf(reply), "conflict");
      return;
    }
    if (!reply.ok) throw new Error(`a grant was refused: ${reply.failure.code}`);
    if (known === undefined) {
      const no = Number(reply.grantId.slice("grt_".length));
      this.#ids.push(operationId);
      model.addGrant(
        {
          no,
          operationId,
          amount,
          priority: step.priority,
          createdAt: this.#now,
          effectiveAt,
          expiresAt,
        },
        this.#now,
      );
    } else expectSame("I5: the grant of a repeated sale", reply.grantId, `grt_${known.no}`);
    expectSame("I5: whether a grant was applied", reply.applied, known === undefined);
    const isChanged =
      standing !== null &&
      model.reverse(operationId, standing.voidedMicrocredits, standing.frozen, this.#now);
    expectSame("whether a reversal changed anything", reply.standingChanged, isChanged);
    model.sweep(this.#now);
    this.#expectBalance("the balance after a grant", reply.balance);
  }

  async #deduct(step: Extract<Step, { do: "deduct" }>): Promise<void> {
    const model = this.#model;
    const operationId = (step.again ? at(this.#ids, step.pick) : undefined) ?? this.#name("take");
    const reply = await this.#call((account) =>
      account.take({ operationId, amountMicrocredits: step.amount, reason: "Deducted" }),
    );
    if (reply === null) return;
    model.sweep(this.#now);
    const previous = model.operations.get(operationId);
    if (previous !== undefined && previous.kind !== "deduct") {
      expectSame("a deduction under the id of something else", codeOf(reply), "conflict");
      return;
    }
    if (!reply.ok) throw new Error(`a deduction was refused: ${reply.failure.code}`);
    expectSame("I5: whether a deduction was applied", reply.applied, previous === undefined);
    if (previous === undefined) {
      this.#ids.push(operationId);
      model.deduct(operationId, step.amount);
    }
    this.#expectBalance("the balance after a deduction", reply.balance);
  }

  #toRequest(step: Extract<Step, { do: "chat" }>, key: Key | undefined): ChatRequest {
    const { idempotency } = step;
    return {
      hash: step.key === null ? null : (key?.hash ?? "no such key"),
      model: step.model,
      prices: PRICES[step.prices] ?? PRICES[0],
      promptBoundTokens: step.prompt,
      maxTokens: step.tokens,
      choices: step.choices,
      holdTtlSeconds: step.ttl,
      idempotency: idempotency === null ? null : this.#idempotentRequest(idempotency),
    };
  }

  #idempotentRequest(step: { again: boolean; pick: number; isOther: boolean }) {
    const known = step.again ? at(this.#requests, step.pick) : undefined;
    if (known !== undefined)
      return step.isOther ? { ...known, fingerprint: `${known.fingerprint}'` } : known;
    const key = this.#name("once");
    const request = { key, fingerprint: `print of ${key}` };
    this.#requests.push(request);
    return request;
  }

  async #chat(step: Extract<Step, { do: "chat" }>): Promise<void> {
    const model = this.#model;
    const key = step.key === null ? undefined : at([...model.keys.values()], step.key);
    const request = this.#toRequest(step, key);
    const command: AuthorizeCommand = {
      caller: request.hash === null ? { kind: "session" } : { kind: "key", hash: request.hash },
      idempotency: request.idempotency,
      chat: {
        model: request.model,
        prices: request.prices,
        promptBoundTokens: request.promptBoundTokens,
        maxTokens: request.maxTokens,
        choices: request.choices,
        holdTtlSeconds: request.holdTtlSeconds,
      },
    };
    const reply = await this.#call(async (account) =>
      fromJson<AuthorizeResult>(await account.authorize(toJson(command))),
    );
    if (reply === null) return;
    const expectRefusal = (code: string) => {
      expectSame("the refusal of a chat", reply.kind === "refused" && reply.failure.code, code);
    };
    if (request.hash !== null) {
      const code = model.refuseKey(key, "chat", request.model, this.#now);
      if (code !== null) return expectRefusal(code);
    }
    if (!model.admit(this.#now)) return expectRefusal("rate_limit_exceeded");
    if (request.idempotency !== null) {
      const answer = model.findAnswer(request.idempotency, this.#now);
      if (typeof answer === "string") return expectRefusal(answer);
      if (answer !== null) {
        expectSame(
          "I8: the answer that is replayed",
          reply.kind === "replay" && reply.response,
          answer,
        );
        return;
      }
    }
    model.sweep(this.#now);
    if (model.isCrowded) return expectRefusal("rate_limit_exceeded");
    const hold = model.decide(request, key ?? null, this.#now);
    if (hold === "insufficient_quota") {
      const spent = model.findSpent(request, this.#now);
      expectSame(
        "I9, I13: a refusal for the want of credit",
        reply.kind === "refused" && {
          code: reply.failure.code,
          quota: reply.failure.quota,
        },
        {
          code: "insufficient_quota",
          quota: {
            meter: spent?.meter ?? null,
            limit: spent?.limit ?? null,
            used: spent?.used ?? null,
            resetsAt: spent === null ? null : toIso(spent.endsAt),
            available: model.available / 1_000_000,
          },
        },
      );
      return;
    }
    if (reply.kind !== "hold") throw new Error(`a chat was not held: ${canonical(reply)}`);
    const { terms, holdNo } = reply;
    expectSame(
      "the terms of a hold",
      [
        terms.payer,
        terms.amountMicrocredits,
        terms.maxTokens,
        terms.shares,
        terms.keyPeriodStart,
        terms.expiresAt,
        terms.meters.map(({ counter, periodStart, quantity, overage }) => [
          `${counter}@${periodStart}`,
          quantity,
          overage?.past ?? 0,
        ]),
      ],
      [
        hold.payer,
        hold.amount,
        hold.maxTokens,
        hold.shares,
        hold.keyPeriodStart,
        hold.expiresAt,
        hold.meters.map(({ window, quantity, past }) => [window, quantity, past]),
      ],
    );
    model.addHold(holdNo, hold, request, this.#now);
    this.#chats.push({
      no: holdNo,
      promptBoundTokens: request.promptBoundTokens,
      outputTokens: hold.maxTokens * request.choices,
    });
    expectSame("what is available after a hold", reply.availableMicrocredits, model.available);
    expectTrue("I2: available is not below 0", hold.amount === 0 || model.available >= 0);
  }

  async #settle(step: Extract<Step, { do: "settle" }>): Promise<void> {
    const model = this.#model;
    const open = this.#chats.filter(({ no }) => model.holds.has(no));
    const chat = at(step.isLate || open.length === 0 ? this.#chats : open.slice(-5), step.pick);
    if (chat === undefined) return;
    const input = Math.floor((chat.promptBoundTokens * step.prompt) / 100);
    const usage = step.isVoid
      ? null
      : {
          input,
          cachedInput: Math.floor((input * step.cached) / 100),
          output: Math.floor((chat.outputTokens * step.output) / 100),
        };
    const response: Answer | null = step.hasAnswer
      ? { status: 200, headers: {}, body: `the answer to ${chat.no}` }
      : null;
    const command: SettleCommand = {
      holdNo: chat.no,
      outcome: {
        ending: usage === null ? "upstream_failed" : "complete",
        usage,
        estimated: false,
        latencyMs: 5,
      },
      response,
    };
    const json: JsonOf<SettleCommand> = toJson(command);
    const reply = await this.#call(async (account) =>
      fromJson<RpcResult<SettleResult>>(await account.settle(json)),
    );
    if (reply === null) return;
    model.sweep(this.#now);
    model.settle(chat.no, usage, response, this.#now);
    const ending = model.endings.get(chat.no);
    if (!reply.ok) throw new Error(`a settlement was refused: ${reply.failure.code}`);
    expectSame(
      "I3, I4: how a hold ended",
      [reply.ended, reply.costMicrocredits],
      [ending?.ended, ending?.cost],
    );
    this.#expectBalance("the balance after a settlement", reply.balance);
  }

  async #alarm(isDown: boolean): Promise<void> {
    this.#target.failWriteAfter?.(null);
    this.#target.setD1Down(isDown);
    await this.#target.account().alarm();
    this.#target.setD1Down(false);
    this.#model.sweep(this.#now);
    if (!isDown) {
      const { overage } = await this.#target.readReported(this.#userId);
      expectSame(
        "I13: the overage that is billed",
        overage,
        Object.fromEntries(this.#model.overage),
      );
    }
  }

  #toUsage(meter: Meter): MeterUsage {
    const allowance = this.#model.plan.allowances[meter] ?? { limit: 0, period: "at_once" };
    const { used, endsAt } = this.#model.used(meter, allowance, this.#now);
    const period = [...PERIODS, "billing" as const].find((known) => known === allowance.period);
    return { meter, used, limit: allowance.limit, period: period ?? "at_once", resetsAt: endsAt };
  }

  async #track(step: Extract<Step, { do: "track" }>): Promise<void> {
    const model = this.#model;
    const { quantity } = step;
    const meter = METERS.find((known) => known === step.meter) ?? "agent";
    const operationId = (step.again ? at(this.#ids, step.pick) : undefined) ?? this.#name(meter);
    const reply = await this.#call((account) => account.track({ operationId, meter, quantity }));
    if (reply === null) return;
    model.sweep(this.#now);
    const previous = model.operations.get(operationId);
    if (previous !== undefined) {
      const isSame =
        (previous.kind === "track" || previous.kind === "released") &&
        previous.meter === meter &&
        previous.quantity === quantity;
      expectSame(
        "a repeated use",
        reply.ok ? [reply.applied, reply.usage] : reply.failure.code,
        isSame ? [false, this.#toUsage(meter)] : "conflict",
      );
      return;
    }
    const allowance = model.plan.allowances[meter];
    const room =
      allowance === undefined ? 0 : model.used(meter, allowance, this.#now).leftWithOverage;
    if (allowance === undefined || room < quantity) {
      expectSame("I9: a use past the allowance", codeOf(reply), "insufficient_quota");
      return;
    }
    this.#ids.push(operationId);
    model.track(operationId, meter, allowance, quantity, this.#now);
    expectSame(
      "I9: a use of an allowance",
      reply.ok ? [reply.applied, reply.usage] : reply.failure.code,
      [true, this.#toUsage(meter)],
    );
  }

  async #release(pick: number): Promise<void> {
    const operationId = at(this.#ids, pick) ?? "unknown";
    const kind = this.#model.operations.get(operationId)?.kind;
    const reply = await this.#call((account) => account.release({ operationId }));
    if (reply === null) return;
    const isOther = kind === "grant" || kind === "deduct";
    expectSame(
      "the release of a use",
      reply.ok ? reply.released : reply.failure.code,
      isOther ? "conflict" : this.#model.release(operationId),
    );
  }

  async #changePlan(step: Extract<Step, { do: "plan" }>): Promise<void> {
    const model = this.#model;
    const version = Math.max(1, (this.#versions[step.plan] ?? 1) + step.bump);
    this.#versions[step.plan] = Math.max(version, this.#versions[step.plan] ?? 1);
    const billingPeriod = this.#billingPeriod(step);
    const entitlement: Entitlement = {
      ...entitlementOf(step.plan, version),
      ...(billingPeriod === undefined ? {} : { billingPeriod }),
    };
    const before = model.plan;
    const reply = await this.#call((account) =>
      account.setEntitlement({
        entitlement,
        ...(step.isOnlyIf ? { onlyIfPlan: entitlement.planId } : {}),
      }),
    );
    if (reply === null) return;
    const isSamePlan = before.planId === entitlement.planId;
    if (step.isOnlyIf && !isSamePlan) {
      expectSame("a change of a plan that is not effective", reply, { ok: true, applied: false });
      return;
    }
    // The newer version of one plan stays; a billing period that is not stated stays as well.
    const newer = isSamePlan && before.planVersion >= version ? before : entitlement;
    const known = isSamePlan ? (before.billingPeriod ?? null) : null;
    const next = { ...newer, billingPeriod: billingPeriod === undefined ? known : billingPeriod };
    const identity = ({ planId, planVersion, billingPeriod: period }: Plan) =>
      canonical([planId, planVersion, period ?? null]);
    expectSame("whether a plan was applied", reply, {
      ok: true,
      applied: identity(before) !== identity(next),
    });
    if (identity(before) === identity(next)) return;
    model.sweep(this.#now);
    model.changePlan(next, this.#now);
  }

  #billingPeriod(step: Extract<Step, { do: "plan" }>) {
    const startsAt = this.#now - step.startedDaysAgo * DAY;
    const later = (fromMs: number, months: number) => {
      const from = new Date(fromMs);
      return new Date(fromMs).setUTCMonth(from.getUTCMonth() + months);
    };
    switch (step.billing) {
      case "none":
        return null;
      case "month":
        return { startsAt, endsAt: later(startsAt, 1) };
      case "year":
        return { startsAt, endsAt: later(startsAt, 12) };
      case "trial":
        return { startsAt, endsAt: startsAt + 14 * DAY, isTrial: true as const };
      case "renewal": {
        const end = this.#model.plan.billingPeriod?.endsAt;
        return end === undefined || end > this.#now
          ? undefined
          : { startsAt: end, endsAt: later(end, 1) };
      }
      case "february":
        // A month of the 31st, whose renewal was never paid.
        return { startsAt: Date.UTC(2082, 1, 28, 12), endsAt: Date.UTC(2082, 2, 31, 12) };
      case "unknown":
        return undefined;
    }
  }

  async #createKey(step: Extract<Step, { do: "createKey" }>): Promise<void> {
    const model = this.#model;
    const known = step.again ? [...model.keys.values()][0] : undefined;
    const keyId = known?.keyId ?? this.#name("key");
    const period = PERIODS.find((one) => one === step.budget?.period) ?? "day";
    const command = {
      keyId,
      hash: `hash of ${keyId}`,
      prefix: "fb_",
      name: keyId,
      scopes: (["chat", "read", "write"] as const).filter((scope) =>
        step.scopes.some((one) => one === scope),
      ),
      models: step.models,
      budget: step.budget === null ? null : { limitMicrocredits: step.budget.limit, period },
      expiresAt: step.lastsFor === null ? null : this.#now + step.lastsFor * MINUTE,
    };
    const reply = await this.#call((account) => account.createKey(command));
    if (reply === null) return;
    expectSame("a new key", codeOf(reply), known === undefined ? null : "conflict");
    if (known !== undefined) return;
    model.keys.set(command.hash, {
      ...command,
      createdAt: this.#now,
      spent: new Map(),
      total: 0,
      chatAt: 0,
      otherAt: null,
    });
  }

  async #revokeKey(pick: number): Promise<void> {
    const key = at([...this.#model.keys.values()], pick);
    const reply = await this.#call((account) => account.revokeKey(key?.keyId ?? "none"));
    if (reply === null) return;
    expectSame("the revoking of a key", codeOf(reply), key === undefined ? "not_found" : null);
    if (key !== undefined) this.#model.keys.delete(key.hash);
  }

  #toKeyView(key: Key) {
    const start = this.#model.keyPeriodStart(key, this.#now);
    return {
      keyId: key.keyId,
      spentMicrocredits: key.spent.get(start) ?? 0,
      totalMicrocredits: key.total,
      lastUsedAt: Math.max(key.chatAt, key.otherAt ?? 0) || null,
    };
  }

  async #verifyKey(step: Extract<Step, { do: "verifyKey" }>): Promise<void> {
    const key = at([...this.#model.keys.values()], step.pick);
    const scope = (["chat", "read", "write"] as const).find((one) => one === step.scope) ?? null;
    const hash = key?.hash ?? "no such key";
    const reply = await this.#call((account) => account.verifyKey({ hash, scope }));
    if (reply === null) return;
    const code = this.#model.refuseKey(key, scope, null, this.#now);
    expectSame("the check of a key", codeOf(reply), code);
    if (code !== null || key === undefined) return;
    if (key.otherAt === null || this.#now - key.otherAt >= MINUTE) key.otherAt = this.#now;
  }

  async #idempotent(step: Extract<Step, { do: "idempotent" }>): Promise<void> {
    const model = this.#model;
    const request = this.#idempotentRequest(step);
    const reply = await this.#call((account) => account.beginIdempotent(request));
    if (reply === null) return;
    const found = model.findAnswer(request, this.#now);
    expectSame("I8: the first answer", reply.ok ? reply.first : reply.failure.code, found);
    if (found !== null) return;
    const lease = { fingerprint: request.fingerprint, answer: null, until: this.#now + 5 * MINUTE };
    model.answers.set(request.key, lease);
    if (step.finish === "no") return;
    const answer =
      step.finish === "free" ? null : { status: 201, headers: { a: "b" }, body: request.key };
    const done = await this.#call(async (account) => {
      await account.finishIdempotent(request, answer);
      return true;
    });
    if (done !== null) model.finishAnswer(request.key, answer, this.#now);
  }

  /** Compares all that can be read. */
  async look(): Promise<void> {
    this.#target.failWriteAfter?.(null);
    const model = this.#model;
    const account = this.#target.account();
    const summary = await account.summary();
    model.sweep(this.#now);
    if (!summary.ok) throw new Error(`the summary was refused: ${summary.failure.code}`);
    this.#expectBalance("I1: the balance", summary.balance);
    expectSame(
      "I1: the totals",
      [
        summary.grantedMicrocredits,
        summary.capturedMicrocredits,
        summary.voidedMicrocredits,
        summary.expiredMicrocredits,
      ],
      [model.granted, model.captured, model.voided, model.expired],
    );
    expectSame(
      "I9: the meters",
      summary.meters,
      METERS.filter((meter) => model.plan.allowances[meter] !== undefined).map((meter) =>
        this.#toUsage(meter),
      ),
    );
    const grants = await account.grants({ limit: 10_000, before: null });
    expectSame(
      "the grants",
      grants,
      model.grants.toReversed().map((grant) => toGrantView(grant, model.held(grant))),
    );
    const keys = await account.listKeys();
    const views = keys.map(({ keyId, spentMicrocredits, totalMicrocredits, lastUsedAt }) => ({
      keyId,
      spentMicrocredits,
      totalMicrocredits,
      lastUsedAt,
    }));
    const byId = (a: { keyId: string }, b: { keyId: string }) => (a.keyId < b.keyId ? -1 : 1);
    expectSame(
      "the keys",
      views.toSorted(byId),
      [...model.keys.values()].map((key) => this.#toKeyView(key)).toSorted(byId),
    );
    const movements = await account.movements({ limit: 100_000, before: null });
    expectSame(
      "I11: the sum of what moved",
      movements.reduce((total, { amountMicrocredits }) => total + amountMicrocredits, 0),
      model.posted,
    );
    const { chats } = await account.chats({
      limit: 50,
      before: null,
      fromMs: null,
      untilMs: null,
      model: null,
      keyId: null,
      ending: null,
    });
    for (const { holdNo, costMicrocredits } of chats)
      expectSame(`the cost of chat ${holdNo}`, costMicrocredits, model.endings.get(holdNo)?.cost);
    await this.#lookAtDays(account);
  }

  async #lookAtDays(account: CreditAccount): Promise<void> {
    const recent = await account.recentDays();
    const { days } = await this.#target.readReported(this.#userId);
    for (const [name, expected] of this.#model.days) {
      const isOfDay = (usage: { day: string; model: string }) =>
        `${usage.day}/${usage.model}` === name;
      const usage = recent.find(isOfDay) ?? days.find(isOfDay);
      const { day: _, model: __, ...figures } = usage ?? { day: "", model: "" };
      expectSame(`the usage of ${name}`, figures, expected);
    }
  }

  /** Ends a history: all is as it was after the entries are folded anew, and every hold ends. */
  async finish(): Promise<void> {
    this.#target.setNow(this.#now);
    await this.look();
    this.#target.forgetCheckpoint();
    this.#target.restart();
    this.#model.restart();
    await this.look();
    this.#now += DAY;
    this.#target.setNow(this.#now);
    await this.#alarm(false);
    await this.look();
    await this.check();
    expectSame("I3: no hold stays open", this.#model.holds.size, 0);
    expectSame("I3: every hold ended", this.#endedHolds.size, this.#chats.length);
  }
}

const entitlementOf = (planNo: number, version: number): Entitlement => {
  const make = PLANS[planNo] ?? PLANS[0];
  if (make === undefined) throw new Error("there are no plans");
  return { planId: `pln_${planNo}`, planVersion: version, ...make(version) };
};

const toGrantView = (grant: Grant, heldMicrocredits: number) => ({
  grantId: `grt_${grant.no}`,
  operationId: grant.operationId,
  reason: grant.operationId,
  amountMicrocredits: grant.amount,
  remainingMicrocredits: grant.left,
  heldMicrocredits,
  expiredMicrocredits: grant.expired,
  voidedMicrocredits: grant.voided,
  frozen: grant.frozen,
  priority: grant.priority,
  createdAt: grant.createdAt,
  effectiveAt: grant.effectiveAt,
  expiresAt: grant.expiresAt,
});

/**
 * Plays a history on a new account.
 * @throws at the first difference between the account and the model, and names the operation
 */
export async function playHistory(
  target: SoakTarget,
  userId: string,
  { plan, steps }: History,
): Promise<void> {
  const player = await Player.open(target, userId, plan);
  for (const [index, step] of steps.entries()) {
    try {
      await player.play(step);
    } catch (error) {
      throw new Error(`operation ${index + 1}, ${canonical(step)}: ${String(error)}`, {
        cause: error,
      });
    }
  }
  try {
    await player.finish();
  } catch (error) {
    throw new Error(`at the end: ${String(error)}`, { cause: error });
  }
}
