import { DurableObject } from "cloudflare:workers";
import { formatError } from "../db.ts";
import type { Env } from "../env.ts";
import { ok, type Result } from "../errors.ts";
import { fromJson, type JsonOf, toJson } from "../json.ts";
import { type Account, accountNotFound, loadAccount } from "./account.ts";
import { type ChatPage, type ChatQuery, listChats } from "./ledger/chat-log.ts";
import type { LedgerRow } from "./ledger/ledger.ts";
import type { DailyUsage } from "./ledger/state.ts";
import {
  type AuthorizeCommand,
  type AuthorizeResult,
  authorizeChat,
  isSingleRowHold,
} from "./methods/authorize-chat.ts";
import { deductCredits } from "./methods/deduct-credits.ts";
import { grantCredits } from "./methods/grant-credits.ts";
import { createKey, listKeys, revokeKey, verifyKey } from "./methods/manage-keys.ts";
import {
  isSingleRowSettlement,
  type SettleCommand,
  type SettleResult,
  settleChat,
} from "./methods/settle-chat.ts";
import { releaseUsage, trackUsage } from "./methods/track-usage.ts";
import { toAccountSummary, toGrantView } from "./methods/views.ts";
import { nextWakeAt } from "./next-wake.ts";
import {
  closeOverageReports,
  hasUnreportedOverage,
  removeSentOverageReports,
  sendOverageReports,
} from "./reporting/overage-outbox.ts";
import { type RpcResult, toRpcResult } from "./rpc-result.ts";
import type { IdempotentRequest, StoredResponse } from "./stores/idempotency.ts";
import type {
  AccountSummary,
  ApiKey,
  DeductCommand,
  DeductResult,
  Entitlement,
  GrantCommand,
  GrantResult,
  GrantView,
  NewApiKey,
  ReleaseResult,
  Scope,
  TrackCommand,
  TrackResult,
} from "./types.ts";

/**
 * How soon an alarm that failed is tried again. The platform itself would give up after six tries.
 */
const ALARM_RETRY_MS = 60_000;
/** How late an alarm may be before it is armed anew. */
const ALARM_OVERDUE_MS = 10 * 60_000;
/**
 * How long a request that is not a chat may hold its Idempotency-Key: longer than Stripe is waited
 * for.
 */
const IDEMPOTENCY_LEASE_MS = 5 * 60_000;

/**
 * One user's money: the only authority on credits, allowances and key budgets.
 *
 * Each method is one synchronous transaction: it reads, decides and writes without awaiting in
 * between, so no other request comes between a decision and its writes. A reply leaves only after
 * its writes are durable (the platform's output gate), and a write that fails takes the state in
 * memory with it.
 */
export class CreditAccount extends DurableObject<Env> {
  #account: Account | null = null;
  #alarmAt: number | null = null;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    // What an earlier life of the object armed stands: whoever wakes it must not put that off.
    void state.blockConcurrencyWhile(async () => {
      this.#alarmAt = await state.storage.getAlarm();
    });
  }

  /** Opens the account of a new user. Opening again changes nothing. */
  async open(command: { userId: string; entitlement: Entitlement }): Promise<void> {
    await this.#transact((account) => {
      if (account.plan !== null) return;
      account.ledger.setMeta("owner", command.userId);
      account.ledger.setMeta("entitlement", JSON.stringify(command.entitlement));
      account.plan = command.entitlement;
    });
  }

  /**
   * Replaces what the plan includes. An older version of the plan in force changes nothing.
   * @param command.onlyIfPlan when given, nothing changes unless this plan is in force: a plan's
   *   own change must not overtake a purchase of another plan
   */
  setEntitlement(command: {
    entitlement: Entitlement;
    onlyIfPlan?: string;
  }): Promise<RpcResult<{ applied: boolean }>> {
    return this.#decide((account): Result<{ applied: boolean }> => {
      const { entitlement, onlyIfPlan } = command;
      if (account.plan === null) return accountNotFound({ kind: "session" });
      const { planId, planVersion } = account.plan;
      const older = planId === entitlement.planId && planVersion >= entitlement.planVersion;
      if (older || (onlyIfPlan !== undefined && onlyIfPlan !== planId))
        return ok({ applied: false });
      account.ledger.setMeta("entitlement", JSON.stringify(entitlement));
      account.plan = entitlement;
      return ok({ applied: true });
    });
  }

  /** See `grantCredits`. */
  grant(command: GrantCommand): Promise<RpcResult<GrantResult>> {
    return this.#decide((account, nowMs) => grantCredits(account, command, nowMs));
  }

  /** See `deductCredits`. */
  take(command: DeductCommand): Promise<RpcResult<DeductResult>> {
    return this.#decide((account, nowMs) => deductCredits(account, command, nowMs));
  }

  /** See `trackUsage`. */
  track(command: TrackCommand): Promise<RpcResult<TrackResult>> {
    return this.#decide((account, nowMs) => trackUsage(account, command, nowMs));
  }

  /** See `releaseUsage`. */
  release(command: { operationId: string }): Promise<RpcResult<ReleaseResult>> {
    return this.#decide((account, nowMs) => releaseUsage(account, command.operationId, nowMs));
  }

  /**
   * See `authorizeChat`. As JSON, like `settle`: objects cost an RPC more than the decision does,
   * and each chat makes both calls.
   */
  async authorize(json: JsonOf<AuthorizeCommand>): Promise<JsonOf<AuthorizeResult>> {
    const command = fromJson(json);
    return toJson(
      await this.#transact(
        (account, nowMs) => authorizeChat(account, command, nowMs),
        isSingleRowHold(command),
      ),
    );
  }

  /**
   * See `settleChat`.
   * @param json an object comes from a Worker of before this was JSON: what it began to stream
   *   ends, and is charged, after a deployment
   */
  async settle(
    json: JsonOf<SettleCommand> | SettleCommand,
  ): Promise<JsonOf<RpcResult<SettleResult>>> {
    const command = typeof json === "string" ? fromJson(json) : json;
    return toJson(
      await this.#decide(
        (account, nowMs) => settleChat(account, command, nowMs),
        isSingleRowSettlement(command),
      ),
    );
  }

  /** See `createKey`. */
  createKey(command: NewApiKey): Promise<RpcResult<{ key: ApiKey }>> {
    return this.#decide((account, nowMs) => createKey(account, command, nowMs));
  }

  /** See `listKeys`. */
  listKeys(): Promise<ApiKey[]> {
    return this.#transact((account, nowMs) => listKeys(account, nowMs));
  }

  /** See `revokeKey`. */
  revokeKey(keyId: string): Promise<RpcResult<{ keyId: string }>> {
    return this.#decide((account) => revokeKey(account, keyId));
  }

  /** See `verifyKey`. */
  verifyKey(command: { hash: string; scope: Scope | null }): Promise<RpcResult<{ key: ApiKey }>> {
    return this.#decide((account, nowMs) => verifyKey(account, command, nowMs));
  }

  /** Balance, allowances and what expires soon, as of now. */
  summary(): Promise<RpcResult<AccountSummary>> {
    return this.#decide((account, nowMs) => {
      if (account.plan === null) return accountNotFound({ kind: "session" });
      account.ledger.sweep(nowMs);
      return ok(toAccountSummary(account.ledger.state, account.plan, nowMs));
    });
  }

  /**
   * Entries that moved value, newest first. `before`: the number of the last entry of the page
   * before.
   */
  movements(page: { limit: number; before: number | null }): Promise<LedgerRow[]> {
    return this.#transact((account, nowMs) => {
      account.ledger.sweep(nowMs);
      return account.ledger.listMovements(page.limit, page.before);
    });
  }

  /** Chats that are over, newest first. See `listChats`. */
  chats(query: ChatQuery): Promise<ChatPage> {
    return this.#transact(({ ledger, keys }, nowMs) => {
      ledger.sweep(nowMs);
      const names = new Map(keys.list().map(({ keyId, name }) => [keyId, name]));
      return listChats(this.ctx.storage.sql, query, (keyId) => names.get(keyId) ?? null);
    });
  }

  /**
   * What was used on days that D1 may not have heard of whole: today, and any day that it has not
   * been told to the end.
   */
  recentDays(): Promise<DailyUsage[]> {
    return this.#transact(({ ledger }) => Object.values(ledger.state.daily));
  }

  /** Grants, newest first. `before`: the number of the last grant of the page before. */
  grants(page: { limit: number; before: number | null }): Promise<GrantView[]> {
    return this.#transact((account, nowMs) => {
      account.ledger.sweep(nowMs);
      return account.ledger.listGrants(page.limit, page.before).map(toGrantView);
    });
  }

  /**
   * For a request that is not a chat: the first answer to its Idempotency-Key, or null and the key
   * is taken for it.
   */
  beginIdempotent(
    request: IdempotentRequest,
  ): Promise<RpcResult<{ first: StoredResponse | null }>> {
    return this.#decide(({ idempotency }, nowMs) => {
      const found = idempotency.find(request, nowMs);
      if (!found.ok) return found;
      if (found.value === null) idempotency.begin(request, nowMs + IDEMPOTENCY_LEASE_MS);
      return ok({ first: found.value });
    });
  }

  /**
   * Keeps the answer to a request that began so; null frees its key. Nothing, if another request
   * has taken the key meanwhile.
   */
  async finishIdempotent(
    request: IdempotentRequest,
    response: StoredResponse | null,
  ): Promise<void> {
    await this.#transact(({ idempotency }, nowMs) => {
      if (!idempotency.isRunning(request)) return;
      if (response === null) idempotency.release(request.key);
      else idempotency.finish(request.key, response, nowMs);
    });
  }

  /**
   * Erases everything in this object, for the deletion of its user. Overage is told to D1 first:
   * when that fails this throws, and nothing is erased.
   */
  async erase(): Promise<void> {
    const account = await this.#transact((current) => current);
    if (hasUnreportedOverage(account.ledger.state)) await this.#reportOverage();
    // Nobody comes in between, who would wake half an account, or go on with one in memory that is
    // gone.
    await this.ctx.blockConcurrencyWhile(async () => {
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
      this.#account = null;
      this.#alarmAt = null;
    });
  }

  /**
   * Does what time brings about: ends holds and grants, tells D1 what was used and what of it is
   * overage, forgets old answers.
   */
  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    try {
      const account = await this.#transact((current, nowMs) => {
        current.ledger.sweep(nowMs);
        current.idempotency.pruneExpired(nowMs);
        return current;
      });
      const owner = account.ledger.meta("owner");
      if (owner === null) return;
      await account.outbox.send(this.env.DB, owner, account.ledger.state);
      if (hasUnreportedOverage(account.ledger.state)) await this.#reportOverage();
      await this.#transact(({ ledger, outbox }, nowMs) => {
        const pastDays = outbox.listSentPastDays(ledger.state, nowMs);
        if (pastDays.length === 0) return;
        ledger.evictDailyUsage(pastDays);
        outbox.forgetSent(pastDays);
      });
    } catch (error) {
      console.error(
        JSON.stringify({ level: "error", at: "account alarm", error: formatError(error) }),
      );
      await this.#scheduleAlarm(Date.now() + ALARM_RETRY_MS);
    }
  }

  /**
   * Closes what overage there is, hands it to D1, and forgets it when D1 has it. Whatever this dies
   * at is done again under the same number.
   */
  async #reportOverage(): Promise<void> {
    const ledger = await this.#transact((account, nowMs) => {
      closeOverageReports(account.ledger, nowMs);
      return account.ledger;
    });
    const owner = ledger.meta("owner");
    if (owner === null) return;
    const sent = await sendOverageReports(this.env.DB, owner, ledger.state);
    await this.#transact((account, nowMs) => removeSentOverageReports(account.ledger, sent, nowMs));
  }

  /**
   * Runs one verb as one transaction, and sees to it that the object wakes for what that verb made
   * due. An account's time never goes back, even if it moved to a machine whose clock is behind: a
   * period that has begun is not left for the one before, whose count is gone.
   * @param isOneRow whether the verb will write one row and nothing else: that is whole or not at
   *   all by itself, and a transaction around it would cost as much again
   */
  async #transact<T>(
    operation: (account: Account, nowMs: number) => T,
    isSingleRow?: (account: Account, nowMs: number) => boolean,
  ): Promise<T> {
    try {
      this.#account ??= loadAccount(this.ctx.storage);
      const account = this.#account;
      const nowMs = Math.max(Date.now(), account.ledger.lastEntryAt);
      const isSingle = isSingleRow?.(account, nowMs) === true;
      const result = isSingle
        ? operation(account, nowMs)
        : this.ctx.storage.transactionSync(() => operation(account, nowMs));
      await this.#scheduleAlarm(nextWakeAt(account, nowMs));
      return result;
    } catch (error) {
      // What was rolled back in storage is still in memory: read it again.
      this.#account = null;
      throw error;
    }
  }

  /** Runs a method that can refuse, and answers with its result as it travels. */
  async #decide<T extends object>(
    operation: (account: Account, nowMs: number) => Result<T>,
    isSingleRow?: (account: Account, nowMs: number) => boolean,
  ): Promise<RpcResult<T>> {
    return toRpcResult(await this.#transact(operation, isSingleRow));
  }

  /**
   * One alarm for whatever is due first. An alarm that comes too early finds nothing to do; writing
   * a later one costs a row. One that is long overdue was given up by the platform.
   */
  async #scheduleAlarm(at: number | null): Promise<void> {
    const armed =
      this.#alarmAt !== null && this.#alarmAt > Date.now() - ALARM_OVERDUE_MS
        ? this.#alarmAt
        : null;
    if (at === null || (armed !== null && armed <= at)) return;
    this.#alarmAt = at;
    try {
      await this.ctx.storage.setAlarm(at);
    } catch (error) {
      this.#alarmAt = null;
      throw error;
    }
  }
}
