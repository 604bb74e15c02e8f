import { DurableObject } from "cloudflare:workers";
import { wordsOf } from "../db.ts";
import type { Env } from "../env.ts";
import { fromJson, type JsonOf, toJson } from "../json.ts";
import { type Account, unopened, wake } from "./account.ts";
import { type ChatPage, type ChatQuery, readChats } from "./ledger/chat-log.ts";
import { nextWakeAt } from "./ledger/due.ts";
import type { LedgerRow } from "./ledger/ledger.ts";
import type { DailyUsage } from "./ledger/state.ts";
import {
  type AuthorizeCommand,
  type AuthorizeReply,
  authorizeChat,
  holdIsOneRow,
} from "./methods/authorize-chat.ts";
import { giveGrant } from "./methods/give-grant.ts";
import { createKey, listKeys, revokeKey, verifyKey } from "./methods/manage-keys.ts";
import {
  endingIsOneRow,
  type SettleCommand,
  type SettleReply,
  settleChat,
} from "./methods/settle-chat.ts";
import { takeCredits } from "./methods/take-credits.ts";
import { releaseUse, trackUse } from "./methods/track-use.ts";
import { showGrant, summarize } from "./methods/views.ts";
import { closeReports, forgetReports, hasUnreported, sendReports } from "./reporting/reports.ts";
import type { IdempotentRequest, StoredResponse } from "./stores/idempotency.ts";
import type {
  AccountSummary,
  ApiKey,
  Entitlement,
  GrantCommand,
  GrantReply,
  GrantView,
  NewApiKey,
  ReleaseReply,
  Reply,
  Scope,
  TakeCommand,
  TakeReply,
  TrackCommand,
  TrackReply,
} from "./types.ts";

/**
 * How soon an alarm that failed is tried again. The platform itself would give up after six tries.
 */
const RETRY_MS = 60_000;
/** How late an alarm may be before it is armed anew. */
const OVERDUE_MS = 10 * 60_000;
/**
 * How long a request that is not a chat may hold its Idempotency-Key: longer than Stripe is waited
 * for.
 */
const LEASE_MS = 5 * 60_000;

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
    await this.#run((account) => {
      if (account.plan !== null) return;
      account.ledger.setFact("owner", command.userId);
      account.ledger.setFact("entitlement", JSON.stringify(command.entitlement));
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
  }): Promise<Reply<{ applied: boolean }>> {
    return this.#run((account) => {
      const { entitlement, onlyIfPlan } = command;
      if (account.plan === null) return unopened({ kind: "session" });
      const { planId, planVersion } = account.plan;
      const older = planId === entitlement.planId && planVersion >= entitlement.planVersion;
      if (older || (onlyIfPlan !== undefined && onlyIfPlan !== planId))
        return { ok: true, applied: false };
      account.ledger.setFact("entitlement", JSON.stringify(entitlement));
      account.plan = entitlement;
      return { ok: true, applied: true };
    });
  }

  /** See `giveGrant`. */
  grant(command: GrantCommand): Promise<Reply<GrantReply>> {
    return this.#run((account, nowMs) => giveGrant(account, command, nowMs));
  }

  /** See `takeCredits`. */
  take(command: TakeCommand): Promise<Reply<TakeReply>> {
    return this.#run((account, nowMs) => takeCredits(account, command, nowMs));
  }

  /** See `trackUse`. */
  track(command: TrackCommand): Promise<Reply<TrackReply>> {
    return this.#run((account, nowMs) => trackUse(account, command, nowMs));
  }

  /** See `releaseUse`. */
  release(command: { operationId: string }): Promise<Reply<ReleaseReply>> {
    return this.#run((account, nowMs) => releaseUse(account, command.operationId, nowMs));
  }

  /**
   * See `authorizeChat`. As JSON, like `settle`: objects cost an RPC more than the decision does,
   * and each chat makes both calls.
   */
  async authorize(json: JsonOf<AuthorizeCommand>): Promise<JsonOf<AuthorizeReply>> {
    const command = fromJson(json);
    return toJson(
      await this.#run(
        (account, nowMs) => authorizeChat(account, command, nowMs),
        holdIsOneRow(command),
      ),
    );
  }

  /**
   * See `settleChat`.
   * @param json an object comes from a Worker of before this was JSON: what it began to stream
   *   ends, and is charged, after a deployment
   */
  async settle(json: JsonOf<SettleCommand> | SettleCommand): Promise<JsonOf<Reply<SettleReply>>> {
    const command = typeof json === "string" ? fromJson(json) : json;
    return toJson(
      await this.#run(
        (account, nowMs) => settleChat(account, command, nowMs),
        endingIsOneRow(command),
      ),
    );
  }

  /** See `createKey`. */
  createKey(command: NewApiKey): Promise<Reply<{ key: ApiKey }>> {
    return this.#run((account, nowMs) => createKey(account, command, nowMs));
  }

  /** See `listKeys`. */
  listKeys(): Promise<ApiKey[]> {
    return this.#run((account, nowMs) => listKeys(account, nowMs));
  }

  /** See `revokeKey`. */
  revokeKey(keyId: string): Promise<Reply<{ keyId: string }>> {
    return this.#run((account) => revokeKey(account, keyId));
  }

  /** See `verifyKey`. */
  verifyKey(command: { hash: string; scope: Scope | null }): Promise<Reply<{ key: ApiKey }>> {
    return this.#run((account, nowMs) => verifyKey(account, command, nowMs));
  }

  /** Balance, allowances and what expires soon, as of now. */
  summary(): Promise<Reply<AccountSummary>> {
    return this.#run((account, nowMs) => {
      if (account.plan === null) return unopened({ kind: "session" });
      account.ledger.sweep(nowMs);
      return { ok: true, ...summarize(account.ledger.state, account.plan, nowMs) };
    });
  }

  /**
   * Entries that moved value, newest first. `before`: the number of the last entry of the page
   * before.
   */
  movements(page: { limit: number; before: number | null }): Promise<LedgerRow[]> {
    return this.#run((account, nowMs) => {
      account.ledger.sweep(nowMs);
      return account.ledger.movements(page.limit, page.before);
    });
  }

  /** Chats that are over, newest first. See `readChats`. */
  chats(query: ChatQuery): Promise<ChatPage> {
    return this.#run(({ ledger, keys }, nowMs) => {
      ledger.sweep(nowMs);
      const names = new Map(keys.all().map(({ keyId, name }) => [keyId, name]));
      return readChats(this.ctx.storage.sql, query, (keyId) => names.get(keyId) ?? null);
    });
  }

  /**
   * What was used on days that D1 may not have heard of whole: today, and any day that it has not
   * been told to the end.
   */
  recentDays(): Promise<DailyUsage[]> {
    return this.#run(({ ledger }) => Object.values(ledger.state.daily));
  }

  /** Grants, newest first. `before`: the number of the last grant of the page before. */
  grants(page: { limit: number; before: number | null }): Promise<GrantView[]> {
    return this.#run((account, nowMs) => {
      account.ledger.sweep(nowMs);
      return account.ledger.grants(page.limit, page.before).map(showGrant);
    });
  }

  /**
   * For a request that is not a chat: the first answer to its Idempotency-Key, or null and the key
   * is taken for it.
   */
  beginIdempotent(request: IdempotentRequest): Promise<Reply<{ first: StoredResponse | null }>> {
    return this.#run(({ idempotency }, nowMs) => {
      const found = idempotency.find(request, nowMs);
      if (!found.ok) return found;
      if (found.value === null) idempotency.begin(request, nowMs + LEASE_MS);
      return { ok: true, first: found.value };
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
    await this.#run(({ idempotency }, nowMs) => {
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
    const account = await this.#run((awake) => awake);
    if (hasUnreported(account.ledger.state)) await this.#tellOverage();
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
      const account = await this.#run((awake, nowMs) => {
        awake.ledger.sweep(nowMs);
        awake.idempotency.forgetExpired(nowMs);
        return awake;
      });
      const owner = account.ledger.fact("owner");
      if (owner === null) return;
      await account.outbox.send(this.env.DB, owner, account.ledger.state);
      if (hasUnreported(account.ledger.state)) await this.#tellOverage();
      await this.#run(({ ledger, outbox }, nowMs) => {
        if (outbox.forgetPast(ledger.state, nowMs)) ledger.checkpoint();
      });
    } catch (error) {
      console.error(JSON.stringify({ level: "error", at: "account alarm", error: wordsOf(error) }));
      await this.#arm(Date.now() + RETRY_MS);
    }
  }

  /**
   * Closes what overage there is, hands it to D1, and forgets it when D1 has it. Whatever this dies
   * at is done again under the same number.
   */
  async #tellOverage(): Promise<void> {
    const ledger = await this.#run((account, nowMs) => {
      closeReports(account.ledger, nowMs);
      return account.ledger;
    });
    const owner = ledger.fact("owner");
    if (owner === null) return;
    const sent = await sendReports(this.env.DB, owner, ledger.state);
    await this.#run((account, nowMs) => forgetReports(account.ledger, sent, nowMs));
  }

  /**
   * Runs one verb as one transaction, and sees to it that the object wakes for what that verb made
   * due. An account's time never goes back, even if it moved to a machine whose clock is behind: a
   * period that has begun is not left for the one before, whose count is gone.
   * @param isOneRow whether the verb will write one row and nothing else: that is whole or not at
   *   all by itself, and a transaction around it would cost as much again
   */
  async #run<T>(
    verb: (account: Account, nowMs: number) => T,
    isOneRow?: (account: Account, nowMs: number) => boolean,
  ): Promise<T> {
    try {
      this.#account ??= wake(this.ctx.storage);
      const account = this.#account;
      const nowMs = Math.max(Date.now(), account.ledger.lastAt);
      const alone = isOneRow?.(account, nowMs) === true;
      const result = alone
        ? verb(account, nowMs)
        : this.ctx.storage.transactionSync(() => verb(account, nowMs));
      await this.#arm(nextWakeAt(account, nowMs));
      return result;
    } catch (error) {
      // What was rolled back in storage is still in memory: read it again.
      this.#account = null;
      throw error;
    }
  }

  /**
   * One alarm for whatever is due first. An alarm that comes too early finds nothing to do; writing
   * a later one costs a row. One that is long overdue was given up by the platform.
   */
  async #arm(at: number | null): Promise<void> {
    const armed =
      this.#alarmAt !== null && this.#alarmAt > Date.now() - OVERDUE_MS ? this.#alarmAt : null;
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
