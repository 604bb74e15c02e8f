import { DurableObject } from "cloudflare:workers";
import { removeAgentsOf } from "../agents/index.ts";
import { database } from "../db.ts";
import type { Env } from "../env.ts";
import { type Failure, fail } from "../errors.ts";
import { beginTurn } from "./begin-turn.ts";
import { endTurn } from "./end-turn.ts";
import { addConversation } from "./keep.ts";
import { readAll, showStored } from "./read-all.ts";
import { HistoryStore } from "./store.ts";
import type {
  Answered,
  BeginReply,
  BeginTurn,
  Conversation,
  ConversationChange,
  EndTurn,
  Message,
  MessagePage,
  NewConversation,
  ReadTo,
  SaidPage,
} from "./types.ts";

/**
 * A reply goes through memory and RPC whole: a page ends where it has this many characters of text,
 * after one message at least.
 */
const PAGE_CHARACTERS = 4_000_000;
/** Set when the user was erased: a request that was on its way then must not begin anew. */
const ERASED = "erased";

type Reply<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

const noConversation = (id: string) => fail("not_found", `There is no conversation ${id}.`);

/**
 * One user's conversations. The object is found by the verified caller's id, so there is no id by
 * which another's could be reached. Each method is one synchronous transaction, like the account's.
 */
export class ChatHistory extends DurableObject<Env> {
  #store: HistoryStore | null = null;

  /** Makes a conversation. `conflict` when there are too many. */
  create(terms: NewConversation): Promise<Reply<Conversation>> {
    return this.#run((store, nowMs) => {
      const made = addConversation(store, terms, nowMs);
      return made.ok ? { ok: true, value: showStored(made.value) } : made;
    });
  }

  /**
   * Newest first, with the number to go on from. `before`: that of the last one of the page before.
   */
  list(page: {
    limit: number;
    before: number | null;
  }): Promise<Reply<(Conversation & { no: number })[]>> {
    return this.#run((store) => ({
      ok: true,
      value: store
        .list(page.limit, page.before)
        .map((conversation) => ({ no: conversation.no, ...showStored(conversation) })),
    }));
  }

  conversation(conversationId: string): Promise<Reply<Conversation>> {
    return this.#run((store) => {
      const found = store.find(conversationId);
      return found === null
        ? noConversation(conversationId)
        : { ok: true, value: showStored(found) };
    });
  }

  change(conversationId: string, change: ConversationChange): Promise<Reply<Conversation>> {
    return this.#run((store, nowMs) => {
      const found = store.find(conversationId);
      if (found === null) return noConversation(conversationId);
      return { ok: true, value: showStored(store.change(found, change, nowMs)) };
    });
  }

  remove(conversationId: string): Promise<Reply<true>> {
    return this.#run((store) => {
      const found = store.find(conversationId);
      if (found === null) return noConversation(conversationId);
      store.remove(found.no);
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
  ): Promise<Reply<MessagePage>> {
    return this.#run((store, nowMs): Reply<MessagePage> => {
      const found = store.find(conversationId);
      if (found === null) return noConversation(conversationId);
      const messages: Message[] = [];
      let characters = 0;
      for (const message of store.iterateConversationMessages(found.no, page.order, page.after, nowMs)) {
        characters += message.content.length;
        const isFull =
          messages.length === page.limit || (messages.length > 0 && characters > PAGE_CHARACTERS);
        if (isFull) return { ok: true, value: { messages, hasMore: true } };
        messages.push(message);
      }
      return { ok: true, value: { messages, hasMore: false } };
    });
  }

  /** See `readAll`. */
  all(after: ReadTo | null): Promise<Reply<SaidPage>> {
    return this.#run((store, nowMs) => ({ ok: true, value: readAll(store, after, nowMs) }));
  }

  /** See `beginTurn`. */
  async begin(command: BeginTurn): Promise<BeginReply> {
    const begun = await this.#run((store, nowMs) => ({
      ok: true,
      value: beginTurn(store, command, nowMs),
    }));
    return begun.ok ? begun.value : { kind: "refused", failure: begun.failure };
  }

  /** See `endTurn`. */
  async end(command: EndTurn): Promise<Answered | null> {
    const ended = await this.#run((store, nowMs) => ({
      ok: true,
      value: endTurn(store, command, nowMs),
    }));
    return ended.ok ? ended.value : null;
  }

  /**
   * Erases all that a user said and made: everything in this object, and their agents. Nothing is
   * kept in it from then on. May be repeated, should it be cut short.
   */
  async eraseUser(userId: string): Promise<void> {
    await this.ctx.blockConcurrencyWhile(async () => {
      this.#store = null;
      await this.ctx.storage.deleteAll();
      this.ctx.storage.kv.put(ERASED, true);
    });
    await removeAgentsOf(database(this.env.DB), userId);
  }

  // Async, so that what throws rejects: an object's method that throws at once would be told as a
  // bug of the platform.
  async #run<T>(verb: (store: HistoryStore, nowMs: number) => Reply<T>): Promise<Reply<T>> {
    const { storage } = this.ctx;
    if (this.#store === null && storage.kv.get(ERASED) === true)
      return fail("invalid_token", "The user of this token does not exist any more.");
    this.#store ??= storage.transactionSync(() => new HistoryStore(storage.sql));
    const store = this.#store;
    return storage.transactionSync(() => verb(store, Date.now()));
  }
}
