import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { fail, ok, type Result } from "../errors.ts";
import type { KeptChat, KeptPage } from "../kept/index.ts";
import { HOUR_MS } from "../time.ts";
import { beginTurn } from "./begin-turn.ts";
import { chooseBranch } from "./choose-branch.ts";
import { createConversation } from "./create-conversation.ts";
import { endTurn } from "./end-turn.ts";
import type { StoredConversation } from "./history-rows.ts";
import { HistoryStore } from "./history-store.ts";
import { KeptStore } from "./kept-store.ts";
import { readHistoryPage, toConversation } from "./read-history-page.ts";
import { type MessagePageQuery, readMessagePage } from "./read-message-page.ts";
import type {
  BeginTurnCommand,
  BeginTurnResult,
  Conversation,
  ConversationChange,
  EndedTurn,
  EndTurnCommand,
  HistoryPage,
  MessagePage,
  NewConversation,
  ReadPosition,
} from "./types.ts";

/** Set when the user was erased: a request that was on its way then must not begin anew. */
const ERASED_KEY = "erased";

const NOTHING_KEPT = fail("not_found", "Nothing is kept of this chat.", { param: "id" });

/** Applies a function to the value of a result, if there is one. */
const mapResult = <T, U>(result: Result<T>, convert: (value: T) => U): Result<U> =>
  result.ok ? ok(convert(result.value)) : result;

function requireConversation(store: HistoryStore, id: string): Result<StoredConversation> {
  const conversation = store.findConversation(id);
  return conversation === null
    ? fail("not_found", `There is no conversation ${id}.`)
    : ok(conversation);
}

/**
 * One user's conversations. The object is found by the verified caller's id, so there is no id by
 * which another's could be reached. Each method is one synchronous transaction, like the account's.
 */
export class ChatHistory extends DurableObject<Env> {
  #store: HistoryStore | null = null;
  #kept: KeptStore | null = null;

  /** Creates a conversation. `limit_reached` when there are too many. */
  create(terms: NewConversation): Promise<Result<Conversation>> {
    return this.#transact((store, nowMs) =>
      mapResult(createConversation(store, terms, nowMs), toConversation),
    );
  }

  /**
   * Lists conversations, newest first, each with its number `no`.
   * @param page `before`: the number of the last one of the page before; `search`: a text that each
   *   has to have. Older versions leave it out.
   */
  list({
    limit,
    before,
    search = null,
  }: {
    limit: number;
    before: number | null;
    search?: string | null;
  }): Promise<Result<(Conversation & { no: number })[]>> {
    return this.#transact((store) => {
      const conversations =
        search === null
          ? store.listConversations(limit, before)
          : store.searchConversations(search, limit, before);
      return ok(conversations.map((each) => ({ no: each.no, ...toConversation(each) })));
    });
  }

  conversation(conversationId: string): Promise<Result<Conversation>> {
    return this.#transact((store) =>
      mapResult(requireConversation(store, conversationId), toConversation),
    );
  }

  change(conversationId: string, change: ConversationChange): Promise<Result<Conversation>> {
    return this.#transact((store, nowMs) => {
      const conversation = requireConversation(store, conversationId);
      if (!conversation.ok) return conversation;
      const chosen = chooseBranch(store, conversation.value.no, change.branch);
      if (!chosen.ok) return chosen;
      return ok(toConversation(store.updateConversation(conversation.value, change, nowMs)));
    });
  }

  remove(conversationId: string): Promise<Result<true>> {
    return this.#transact((store) =>
      mapResult(requireConversation(store, conversationId), ({ no }) => {
        store.deleteConversation(no);
        return true as const;
      }),
    );
  }

  /** See `readMessagePage`. */
  messages(conversationId: string, page: MessagePageQuery): Promise<Result<MessagePage>> {
    return this.#transact((store, nowMs) =>
      mapResult(requireConversation(store, conversationId), (conversation) =>
        readMessagePage(store, conversation, page, nowMs),
      ),
    );
  }

  /** See `readHistoryPage`. */
  all(after: ReadPosition | null): Promise<Result<HistoryPage>> {
    return this.#transact((store, nowMs) => ok(readHistoryPage(store, after, nowMs)));
  }

  /** See `beginTurn`. */
  async begin(command: BeginTurnCommand): Promise<BeginTurnResult> {
    const begun = await this.#transact((store, nowMs) => ok(beginTurn(store, command, nowMs)));
    return begun.ok ? begun.value : { kind: "refused", failure: begun.failure };
  }

  /** See `endTurn`. */
  async end(command: EndTurnCommand): Promise<EndedTurn | null> {
    const ended = await this.#transact((store, nowMs) => ok(endTurn(store, command, nowMs)));
    return ended.ok ? ended.value : null;
  }

  /** Keeps the prompt and the reply of a chat, until its days are over. */
  async keepChat(chat: KeptChat): Promise<Result<true>> {
    const kept = await this.#transactKept((store) => {
      store.add(chat);
      return ok(true as const);
    });
    const { storage } = this.ctx;
    const wakesAt = kept.ok ? await storage.getAlarm() : chat.expiresAtMs;
    if (wakesAt === null || wakesAt > chat.expiresAtMs) await storage.setAlarm(chat.expiresAtMs);
    return kept;
  }

  /** Returns what is kept of a chat. `not_found` where nothing is, or no longer. */
  keptChat(holdNo: number): Promise<Result<KeptChat>> {
    return this.#transactKept((store, nowMs) => {
      const chat = store.find(holdNo, nowMs);
      return chat === null ? NOTHING_KEPT : ok(chat);
    });
  }

  /** Deletes what is kept of a chat. `not_found` where nothing is. */
  deleteKeptChat(holdNo: number): Promise<Result<true>> {
    return this.#transactKept((store) => (store.remove(holdNo) ? ok(true as const) : NOTHING_KEPT));
  }

  /** Lists a page of what is kept, oldest first. @param after the last of the page before, or 0 */
  keptChats(after: number): Promise<Result<KeptPage>> {
    return this.#transactKept((store, nowMs) => ok(store.listAfter(after, nowMs)));
  }

  /** Deletes what was kept for as long as its key said, and rings again when the next is due. */
  override async alarm(): Promise<void> {
    const next = await this.#transactKept((store, nowMs) => {
      store.removeExpired(nowMs);
      return ok({ at: store.nextEnd(), nowMs });
    });
    if (!next.ok || next.value.at === null) return;
    const { at, nowMs } = next.value;
    // Not for each of them: a busy key's chats end one after the other.
    await this.ctx.storage.setAlarm(Math.max(at, nowMs + HOUR_MS));
  }

  /**
   * Erases everything in this object. From then on it keeps nothing. May be repeated, should it be
   * interrupted. Older versions pass the user's id.
   */
  async eraseUser(): Promise<void> {
    await this.ctx.blockConcurrencyWhile(async () => {
      this.#store = null;
      this.#kept = null;
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
      this.ctx.storage.kv.put(ERASED_KEY, true);
    });
  }

  // Async, so that an error rejects: a method that throws at once would be reported as a bug of the
  // platform.
  async #transact<T>(verb: (store: HistoryStore, nowMs: number) => Result<T>): Promise<Result<T>> {
    const { storage } = this.ctx;
    if (this.#store === null && storage.kv.get(ERASED_KEY) === true)
      return fail("invalid_token", "This token's user has been deleted.");
    this.#store ??= storage.transactionSync(() => new HistoryStore(storage.sql));
    const store = this.#store;
    return storage.transactionSync(() => verb(store, Date.now()));
  }

  #transactKept<T>(verb: (store: KeptStore, nowMs: number) => Result<T>): Promise<Result<T>> {
    return this.#transact((_, nowMs) => {
      // Counts what is there: not again after a write that was rolled back.
      const store = this.#kept ?? new KeptStore(this.ctx.storage.sql);
      this.#kept = null;
      const result = verb(store, nowMs);
      this.#kept = store;
      return result;
    });
  }
}
