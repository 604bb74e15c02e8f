import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { fail, type Result } from "../errors.ts";
import { beginTurn } from "./begin-turn.ts";
import { createConversation } from "./create-conversation.ts";
import { endTurn } from "./end-turn.ts";
import { HistoryStore } from "./history-store.ts";
import { readHistoryPage, toConversation } from "./read-history-page.ts";
import type {
  AnsweredTurn,
  BeginTurnCommand,
  BeginTurnResult,
  Conversation,
  ConversationChange,
  EndTurnCommand,
  HistoryPage,
  Message,
  MessagePage,
  NewConversation,
  ReadPosition,
} from "./types.ts";

/**
 * A reply goes through memory and RPC whole: a page ends where it has this many characters of text,
 * after one message at least.
 */
const PAGE_CHARACTERS_MAX = 4_000_000;
/** Set when the user was erased: a request that was on its way then must not begin anew. */
const ERASED_KEY = "erased";

const conversationNotFound = (id: string) => fail("not_found", `There is no conversation ${id}.`);

/**
 * One user's conversations. The object is found by the verified caller's id, so there is no id by
 * which another's could be reached. Each method is one synchronous transaction, like the account's.
 */
export class ChatHistory extends DurableObject<Env> {
  #store: HistoryStore | null = null;

  /** Makes a conversation. `conflict` when there are too many. */
  create(terms: NewConversation): Promise<Result<Conversation>> {
    return this.#transact((store, nowMs) => {
      const created = createConversation(store, terms, nowMs);
      return created.ok ? { ok: true, value: toConversation(created.value) } : created;
    });
  }

  /**
   * Newest first, with the number to go on from. `before`: that of the last one of the page before.
   */
  list(page: {
    limit: number;
    before: number | null;
  }): Promise<Result<(Conversation & { no: number })[]>> {
    return this.#transact((store) => ({
      ok: true,
      value: store
        .listConversations(page.limit, page.before)
        .map((conversation) => ({ no: conversation.no, ...toConversation(conversation) })),
    }));
  }

  conversation(conversationId: string): Promise<Result<Conversation>> {
    return this.#transact((store) => {
      const found = store.findConversation(conversationId);
      return found === null
        ? conversationNotFound(conversationId)
        : { ok: true, value: toConversation(found) };
    });
  }

  change(conversationId: string, change: ConversationChange): Promise<Result<Conversation>> {
    return this.#transact((store, nowMs) => {
      const found = store.findConversation(conversationId);
      if (found === null) return conversationNotFound(conversationId);
      return { ok: true, value: toConversation(store.updateConversation(found, change, nowMs)) };
    });
  }

  remove(conversationId: string): Promise<Result<true>> {
    return this.#transact((store) => {
      const found = store.findConversation(conversationId);
      if (found === null) return conversationNotFound(conversationId);
      store.deleteConversation(found.no);
      return { ok: true, value: true };
    });
  }

  /**
   * A page of messages, which may be shorter than `limit` where they are long. `after`: the place
   * of the last one before.
   */
  messages(
    conversationId: string,
    page: { limit: number; order: "asc" | "desc"; after: number | null },
  ): Promise<Result<MessagePage>> {
    return this.#transact((store, nowMs): Result<MessagePage> => {
      const found = store.findConversation(conversationId);
      if (found === null) return conversationNotFound(conversationId);
      const messages: Message[] = [];
      let characters = 0;
      for (const message of store.iterateConversationMessages(
        found.no,
        page.order,
        page.after,
        nowMs,
      )) {
        characters += message.content.length;
        const isFull =
          messages.length === page.limit ||
          (messages.length > 0 && characters > PAGE_CHARACTERS_MAX);
        if (isFull) return { ok: true, value: { messages, hasMore: true } };
        messages.push(message);
      }
      return { ok: true, value: { messages, hasMore: false } };
    });
  }

  /** See `readAll`. */
  all(after: ReadPosition | null): Promise<Result<HistoryPage>> {
    return this.#transact((store, nowMs) => ({
      ok: true,
      value: readHistoryPage(store, after, nowMs),
    }));
  }

  /** See `beginTurn`. */
  async begin(command: BeginTurnCommand): Promise<BeginTurnResult> {
    const begun = await this.#transact((store, nowMs) => ({
      ok: true,
      value: beginTurn(store, command, nowMs),
    }));
    return begun.ok ? begun.value : { kind: "refused", failure: begun.failure };
  }

  /** See `endTurn`. */
  async end(command: EndTurnCommand): Promise<AnsweredTurn | null> {
    const ended = await this.#transact((store, nowMs) => ({
      ok: true,
      value: endTurn(store, command, nowMs),
    }));
    return ended.ok ? ended.value : null;
  }

  /**
   * Erases everything in this object. From then on it keeps nothing. May be repeated, should it be
   * interrupted. Older versions pass the user's id.
   */
  async eraseUser(): Promise<void> {
    await this.ctx.blockConcurrencyWhile(async () => {
      this.#store = null;
      await this.ctx.storage.deleteAll();
      this.ctx.storage.kv.put(ERASED_KEY, true);
    });
  }

  // Async, so that what throws rejects: an object's method that throws at once would be told as a
  // bug of the platform.
  async #transact<T>(verb: (store: HistoryStore, nowMs: number) => Result<T>): Promise<Result<T>> {
    const { storage } = this.ctx;
    if (this.#store === null && storage.kv.get(ERASED_KEY) === true)
      return fail("invalid_token", "The user of this token does not exist any more.");
    this.#store ??= storage.transactionSync(() => new HistoryStore(storage.sql));
    const store = this.#store;
    return storage.transactionSync(() => verb(store, Date.now()));
  }
}
