import { DurableObject } from "cloudflare:workers";
import { formatError } from "../db.ts";
import type { Env } from "../env.ts";
import { ok, type Result } from "../errors.ts";
import { fromJson, type JsonOf, toJson } from "../json.ts";
import { log } from "../log.ts";
import { MINUTE_MS } from "../time.ts";
import { type Account, accountNotFound, loadAccount } from "./account.ts";
import {
  type ChatPage,
  type ChatQuery,
  type ChatView,
  findChat,
  listChats,
} from "./ledger/chat-log.ts";
import { type ChatTotalsPage, type ChatTotalsQuery, totalChats } from "./ledger/chat-totals.ts";
import type { LedgerRow } from "./ledger/ledger.ts";
import type { DailyUsage } from "./ledger/state.ts";
import { hasUseSince } from "./ledger/use-since.ts";
import { admitPurchase } from "./methods/admit-purchase.ts";
import { type AdmittedRequest, admitRequest } from "./methods/admit-request.ts";
import {
  type AuthorizeCommand,
  type AuthorizeResult,
  authorizeChat,
  isSingleRowHold,
} from "./methods/authorize-chat.ts";
import { deductCredits } from "./methods/deduct-credits.ts";
import { grantCredits } from "./methods/grant-credits.ts";
import {
  createKey,
  createSession,
  listKeys,
  revokeKey,
  rotateKey,
  updateKey,
  verifyKey,
} from "./methods/manage-keys.ts";
import { listNewKeyPlaces } from "./methods/note-key-place.ts";
import { type EntitlementCommand, setEntitlement } from "./methods/set-entitlement.ts";
import { readStanding, setSuspension } from "./methods/set-suspension.ts";
import {
  isSingleRowSettlement,
  type SettleCommand,
  type SettleResult,
  settleChat,
} from "./methods/settle-chat.ts";
import { releaseUsage, trackUsage } from "./methods/track-usage.ts";
import { toAccountSummary, toGrantView } from "./methods/views.ts";
import { watchBalance } from "./methods/watch-balance.ts";
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
  BalanceWatch,
  CreateKeyCommand,
  DeductCommand,
  DeductResult,
  EndSessionsCommand,
  Entitlement,
  GrantCommand,
  GrantResult,
  GrantView,
  NewApiKey,
  PurchaseCommand,
  ReleaseResult,
  RotateKeyCommand,
  Standing,
  Suspension,
  TrackCommand,
  TrackResult,
  UpdateKeyCommand,
  VerifiedKey,
  VerifyKeyCommand,
} from "./types.ts";

/** The delay before a failed alarm is retried. The platform itself gives up after six tries. */
const ALARM_RETRY_MS = MINUTE_MS;
/** The lateness after which an alarm is scheduled anew. */
const ALARM_OVERDUE_MS = 10 * MINUTE_MS;
/** The lease of an Idempotency-Key by a request that is no chat: longer than any call of Stripe. */
const IDEMPOTENCY_LEASE_MS = 5 * MINUTE_MS;

/**
 * One user's account: the only authority on credits, allowances and key budgets.
 *
 * Each method is one synchronous transaction: it reads, decides and writes without awaiting in
 * between, so no other request comes between a decision and its writes. A reply leaves only after
 * its writes are durable (the platform's output gate). A write that fails also drops the state in
 * memory.
 */
export class CreditAccount extends DurableObject<Env> {
  #account: Account | null = null;
  #alarmAt: number | null = null;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    // An alarm of an earlier life of the object stays: waking must not put it off.
    void state.blockConcurrencyWhile(async () => {
      this.#alarmAt = await state.storage.getAlarm();
    });
  }

  /** Opens the account of a new user. Does nothing for an open account. */
  async open(command: { userId: string; entitlement: Entitlement }): Promise<void> {
    await this.#transact((account) => {
      if (account.plan !== null) return;
      account.ledger.setMeta("owner", command.userId);
      account.ledger.setMeta("entitlement", JSON.stringify(command.entitlement));
      account.plan = command.entitlement;
    });
  }

  /** See `setEntitlement`. */
  setEntitlement(command: EntitlementCommand): Promise<RpcResult<{ applied: boolean }>> {
    return this.#decide((account, nowMs) => setEntitlement(account, command, nowMs));
  }

  /** See `setSuspension`. */
  setSuspension(command: Suspension): Promise<RpcResult<{ applied: boolean }>> {
    return this.#decide((account) => setSuspension(account, command));
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
   * See `authorizeChat`. As JSON, like `settle`: objects cost an RPC more than the decision itself,
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

  /** See `admitRequest`. */
  admitRequest(): Promise<RpcResult<AdmittedRequest>> {
    return this.#decide(admitRequest);
  }

  /** See `readStanding`. */
  standing(): Promise<RpcResult<Standing>> {
    return this.#decide(readStanding);
  }

  /**
   * See `settleChat`.
   * @param json an object comes from a Worker of an older version, which did not send JSON: a
   *   stream that it began ends after the deployment, and is charged
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
  createKey(command: CreateKeyCommand): Promise<RpcResult<{ key: ApiKey }>> {
    return this.#decide((account, nowMs) => createKey(account, command, nowMs));
  }

  /** See `createSession`. */
  createSession(command: NewApiKey): Promise<RpcResult<{ keyId: string }>> {
    return this.#decide((account, nowMs) => createSession(account, command, nowMs));
  }

  /** See `listKeys`. */
  listKeys(): Promise<ApiKey[]> {
    return this.#transact((account, nowMs) => listKeys(account, nowMs));
  }

  /** See `updateKey`. */
  updateKey(command: UpdateKeyCommand): Promise<RpcResult<{ key: ApiKey }>> {
    return this.#decide((account, nowMs) => updateKey(account, command, nowMs));
  }

  /** See `rotateKey`. */
  rotateKey(command: RotateKeyCommand): Promise<RpcResult<{ key: ApiKey }>> {
    return this.#decide((account, nowMs) => rotateKey(account, command, nowMs));
  }

  /** See `revokeKey`. */
  revokeKey(keyId: string): Promise<RpcResult<{ keyId: string }>> {
    return this.#decide((account) => revokeKey(account, keyId));
  }

  /** See `verifyKey`. */
  verifyKey(command: VerifyKeyCommand): Promise<RpcResult<VerifiedKey>> {
    return this.#decide((account, nowMs) => verifyKey(account, command, nowMs));
  }

  /** Refuses chats by the access tokens of sessions that ended. Does nothing without an account. */
  async endSessions({ sessionIds, untilMs }: EndSessionsCommand): Promise<void> {
    await this.#transact(({ plan, endedSessions }, nowMs) => {
      if (plan !== null) endedSessions.add(sessionIds, untilMs, nowMs);
    });
  }

  /** See `admitPurchase`. */
  admitPurchase(command: PurchaseCommand): Promise<RpcResult<{ applied: boolean }>> {
    return this.#decide((account, nowMs) => admitPurchase(account, command, nowMs));
  }

  /** See `watchBalance`. */
  watchBalance(command: BalanceWatch): Promise<RpcResult<{ applied: boolean }>> {
    return this.#decide((account, nowMs) => watchBalance(account, command, nowMs));
  }

  /** Returns the balance below which the user is told. */
  balanceWatch(): Promise<BalanceWatch> {
    return this.#transact(({ ledger: { state } }) => ({
      thresholdMicrocredits: state.watch?.thresholdMicrocredits ?? null,
    }));
  }

  /** Returns the balance, the allowances and the grants that expire, as of now. */
  summary(): Promise<RpcResult<AccountSummary>> {
    return this.#decide((account, nowMs) => {
      if (account.plan === null) return accountNotFound({ kind: "session" });
      account.ledger.sweep(nowMs);
      return ok(toAccountSummary(account.ledger.state, account.plan, nowMs));
    });
  }

  /** Lists entries that moved value, newest first. `before`: the last number of the page before. */
  movements(page: { limit: number; before: number | null }): Promise<LedgerRow[]> {
    return this.#transact((account, nowMs) => {
      account.ledger.sweep(nowMs);
      return account.ledger.listMovements(page.limit, page.before);
    });
  }

  /** Lists chats that are over, newest first. See `listChats`. */
  chats(query: ChatQuery): Promise<ChatPage> {
    return this.#transact(({ ledger, keys }, nowMs) => {
      ledger.sweep(nowMs);
      const names = new Map(keys.list().map(({ keyId, name }) => [keyId, name]));
      return listChats(this.ctx.storage.sql, query, (keyId) => names.get(keyId) ?? null);
    });
  }

  /** Returns a chat that is over; null where there is none. See `findChat`. */
  chat(holdNo: number): Promise<ChatView | null> {
    return this.#transact(({ ledger, keys }, nowMs) => {
      ledger.sweep(nowMs);
      const names = new Map(keys.list().map(({ keyId, name }) => [keyId, name]));
      return findChat(this.ctx.storage.sql, holdNo, (keyId) => names.get(keyId) ?? null);
    });
  }

  /** Sums chats that are over by time, model and key. See `totalChats`. */
  chatTotals(query: ChatTotalsQuery): Promise<ChatTotalsPage> {
    return this.#transact(({ ledger }, nowMs) => {
      ledger.sweep(nowMs);
      return totalChats(this.ctx.storage.sql, query);
    });
  }

  /** Lists the daily usage that D1 may lack: of today, and of days that were not sent whole. */
  recentDays(): Promise<DailyUsage[]> {
    return this.#transact(({ ledger }) => Object.values(ledger.state.daily));
  }

  /** Lists grants, newest first. `before`: the last number of the page before. */
  grants(page: { limit: number; before: number | null }): Promise<GrantView[]> {
    return this.#transact((account, nowMs) => {
      account.ledger.sweep(nowMs);
      return account.ledger.listGrants(page.limit, page.before).map(toGrantView);
    });
  }

  /** See `hasUseSince`. */
  hasUseSince(sinceMs: number): Promise<boolean> {
    return this.#transact(({ ledger }, nowMs) => {
      ledger.sweep(nowMs);
      return hasUseSince(this.ctx.storage.sql, ledger.state, sinceMs);
    });
  }

  /**
   * Returns the first answer to a request that is no chat, by its Idempotency-Key. Without one it
   * returns null and leases the key to the request.
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
   * Stores the answer to a request that `beginIdempotent` began; null frees its key. Does nothing
   * when another request leased the key meanwhile.
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
   * Reports overage to D1 now, and not only with the next alarm: its subscription is about to end
   * or to change, and is billed for the last time.
   * @throws when D1 cannot be reached; then the next alarm reports it
   */
  async flushOverage(): Promise<void> {
    const account = await this.#transact((current) => current);
    if (hasUnreportedOverage(account.ledger.state)) await this.#reportOverage();
  }

  /**
   * Erases everything in this object, for the deletion of its user. It reports overage to D1 first.
   * @throws when D1 cannot be reached; then nothing is erased
   */
  async erase(): Promise<void> {
    const account = await this.#transact((current) => current);
    if (hasUnreportedOverage(account.ledger.state)) await this.#reportOverage();
    // No request comes in between: it would wake half an account, or use one that is gone.
    await this.ctx.blockConcurrencyWhile(async () => {
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
      this.#account = null;
      this.#alarmAt = null;
    });
  }

  /**
   * Does what is due: ends holds and grants, reports usage, notices and overage to D1, deletes
   * expired answers.
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
      const { plan, ledger } = account;
      await account.outbox.send(this.env.DB, owner, ledger.state);
      if (plan !== null) {
        const nowMs = Date.now();
        const newKeyPlaces = listNewKeyPlaces(account, nowMs);
        const facts = { state: ledger.state, plan, newKeyPlaces };
        await account.notices.send(this.env.DB, owner, facts, nowMs);
      }
      if (hasUnreportedOverage(account.ledger.state)) await this.#reportOverage();
      await this.#transact(({ ledger, outbox }, nowMs) => {
        const pastDays = outbox.listSentPastDays(ledger.state, nowMs);
        if (pastDays.length === 0) return;
        ledger.evictDailyUsage(pastDays);
        outbox.forgetSent(pastDays);
      });
    } catch (error) {
      log.error("account.alarm_failed", { error: formatError(error) });
      await this.#scheduleAlarm(Date.now() + ALARM_RETRY_MS);
    }
  }

  /**
   * Closes the accumulated overage, sends it to D1, and removes it when D1 has it. Wherever this
   * dies, it is repeated under the same number.
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
   * Runs one operation as one transaction, and schedules the alarm for what it made due. An
   * account's time never goes back, even if the object moved to a machine whose clock is behind: a
   * period that has begun is not left for the one before, which is not counted any more.
   * @param isSingleRow returns whether the operation writes one row and nothing else: one row is
   *   atomic by itself, and a transaction around it would cost as much again
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
      // Memory still has what storage rolled back: load it again.
      this.#account = null;
      throw error;
    }
  }

  /** Runs an operation that can be refused, and returns its result in the form that travels. */
  async #decide<T extends object>(
    operation: (account: Account, nowMs: number) => Result<T>,
    isSingleRow?: (account: Account, nowMs: number) => boolean,
  ): Promise<RpcResult<T>> {
    return toRpcResult(await this.#transact(operation, isSingleRow));
  }

  /**
   * Schedules one alarm for what is due first. An alarm that comes too early finds nothing to do,
   * and writing a later one costs a row. The platform gave up one that is long overdue.
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
