import type { Env } from "../env.ts";
import type { Result } from "../errors.ts";
import { fromJson, toJson } from "../json.ts";
import type { CreditAccount } from "./credit-account.ts";
import type { ChatPage, ChatQuery, ChatView } from "./ledger/chat-log.ts";
import type { ChatTotalsPage, ChatTotalsQuery } from "./ledger/chat-totals.ts";
import type { LedgerRow } from "./ledger/ledger.ts";
import type { DailyUsage } from "./ledger/state.ts";
import type { AdmittedRequest } from "./methods/admit-request.ts";
import type { AuthorizeCommand, AuthorizeResult } from "./methods/authorize-chat.ts";
import type { EntitlementCommand } from "./methods/set-entitlement.ts";
import type { SettleCommand, SettleResult } from "./methods/settle-chat.ts";
import { fromRpcResult } from "./rpc-result.ts";
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

/** The number of ids that an isolate remembers. With more users at once they are hashed again. */
const CACHED_IDS_MAX = 10_000;

const idCaches = new WeakMap<DurableObjectNamespace, Map<string, DurableObjectId>>();

/**
 * Returns the id of a user's object: a hash of the user's id, which never changes. Each chat would
 * compute it twice.
 */
function objectIdOf(
  namespace: DurableObjectNamespace<CreditAccount>,
  userId: string,
): DurableObjectId {
  const cache = idCaches.get(namespace) ?? new Map<string, DurableObjectId>();
  idCaches.set(namespace, cache);
  const cached = cache.get(userId);
  if (cached !== undefined) return cached;
  if (cache.size >= CACHED_IDS_MAX) cache.clear();
  const id = namespace.idFromName(userId);
  cache.set(userId, id);
  return id;
}

/**
 * Calls one user's `CreditAccount`, which documents each method. A refusal is in the result; a call
 * rejects only when the object cannot be reached, or on a bug.
 */
class AccountClient {
  readonly #object: DurableObjectStub<CreditAccount>;

  constructor(object: DurableObjectStub<CreditAccount>) {
    this.#object = object;
  }

  open(command: { userId: string; entitlement: Entitlement }): Promise<void> {
    return this.#object.open(command);
  }

  async setEntitlement(command: EntitlementCommand): Promise<Result<{ applied: boolean }>> {
    return fromRpcResult<{ applied: boolean }>(await this.#object.setEntitlement(command));
  }

  async setSuspension(command: Suspension): Promise<Result<{ applied: boolean }>> {
    return fromRpcResult<{ applied: boolean }>(await this.#object.setSuspension(command));
  }

  async grant(command: GrantCommand): Promise<Result<GrantResult>> {
    return fromRpcResult<GrantResult>(await this.#object.grant(command));
  }

  async take(command: DeductCommand): Promise<Result<DeductResult>> {
    return fromRpcResult<DeductResult>(await this.#object.take(command));
  }

  async track(command: TrackCommand): Promise<Result<TrackResult>> {
    return fromRpcResult<TrackResult>(await this.#object.track(command));
  }

  async release(command: { operationId: string }): Promise<Result<ReleaseResult>> {
    return fromRpcResult<ReleaseResult>(await this.#object.release(command));
  }

  async authorize(command: AuthorizeCommand): Promise<AuthorizeResult> {
    return fromJson(await this.#object.authorize(toJson(command)));
  }

  async admitRequest(): Promise<Result<AdmittedRequest>> {
    return fromRpcResult<AdmittedRequest>(await this.#object.admitRequest());
  }

  async standing(): Promise<Result<Standing>> {
    return fromRpcResult<Standing>(await this.#object.standing());
  }

  async settle(command: SettleCommand): Promise<Result<SettleResult>> {
    return fromRpcResult<SettleResult>(fromJson(await this.#object.settle(toJson(command))));
  }

  async createKey(command: CreateKeyCommand): Promise<Result<{ key: ApiKey }>> {
    return fromRpcResult<{ key: ApiKey }>(await this.#object.createKey(command));
  }

  async createSession(command: NewApiKey): Promise<Result<{ keyId: string }>> {
    return fromRpcResult<{ keyId: string }>(await this.#object.createSession(command));
  }

  async watchBalance(command: BalanceWatch): Promise<Result<{ applied: boolean }>> {
    return fromRpcResult<{ applied: boolean }>(await this.#object.watchBalance(command));
  }

  balanceWatch(): Promise<BalanceWatch> {
    return this.#object.balanceWatch();
  }

  async updateKey(command: UpdateKeyCommand): Promise<Result<{ key: ApiKey }>> {
    return fromRpcResult<{ key: ApiKey }>(await this.#object.updateKey(command));
  }

  async rotateKey(command: RotateKeyCommand): Promise<Result<{ key: ApiKey }>> {
    return fromRpcResult<{ key: ApiKey }>(await this.#object.rotateKey(command));
  }

  listKeys(): Promise<ApiKey[]> {
    return this.#object.listKeys();
  }

  async revokeKey(keyId: string): Promise<Result<{ keyId: string }>> {
    return fromRpcResult<{ keyId: string }>(await this.#object.revokeKey(keyId));
  }

  async verifyKey(command: VerifyKeyCommand): Promise<Result<VerifiedKey>> {
    return fromRpcResult<VerifiedKey>(await this.#object.verifyKey(command));
  }

  endSessions(command: EndSessionsCommand): Promise<void> {
    return this.#object.endSessions(command);
  }

  async admitPurchase(command: PurchaseCommand): Promise<Result<{ applied: boolean }>> {
    return fromRpcResult<{ applied: boolean }>(await this.#object.admitPurchase(command));
  }

  async summary(): Promise<Result<AccountSummary>> {
    return fromRpcResult<AccountSummary>(await this.#object.summary());
  }

  movements(page: { limit: number; before: number | null }): Promise<LedgerRow[]> {
    return this.#object.movements(page);
  }

  chats(query: ChatQuery): Promise<ChatPage> {
    return this.#object.chats(query);
  }

  /** @returns null where there is no such chat, and while it is under way */
  chat(holdNo: number): Promise<ChatView | null> {
    return this.#object.chat(holdNo);
  }

  chatTotals(query: ChatTotalsQuery): Promise<ChatTotalsPage> {
    return this.#object.chatTotals(query);
  }

  recentDays(): Promise<DailyUsage[]> {
    return this.#object.recentDays();
  }

  grants(page: { limit: number; before: number | null }): Promise<GrantView[]> {
    return this.#object.grants(page);
  }

  hasUseSince(sinceMs: number): Promise<boolean> {
    return this.#object.hasUseSince(sinceMs);
  }

  async beginIdempotent(
    request: IdempotentRequest,
  ): Promise<Result<{ first: StoredResponse | null }>> {
    return fromRpcResult<{ first: StoredResponse | null }>(
      await this.#object.beginIdempotent(request),
    );
  }

  finishIdempotent(request: IdempotentRequest, response: StoredResponse | null): Promise<void> {
    return this.#object.finishIdempotent(request, response);
  }

  flushOverage(): Promise<void> {
    return this.#object.flushOverage();
  }

  erase(): Promise<void> {
    return this.#object.erase();
  }
}

/** Returns the client of the one object that holds a user's money and decides about it. */
export const creditAccount = (
  { CREDIT_ACCOUNT }: Pick<Env, "CREDIT_ACCOUNT">,
  userId: string,
): AccountClient => new AccountClient(CREDIT_ACCOUNT.get(objectIdOf(CREDIT_ACCOUNT, userId)));
