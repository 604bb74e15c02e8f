import type { ConversationPaymentStatus } from "../billing/index.ts";
import type { Failure } from "../errors.ts";

/** A conversation as its owner sees it. Times in ms since 1970. */
export interface Conversation {
  readonly id: string;
  readonly title: string | null;
  /** Whom it is with; null where it is with a plain model. */
  readonly agentId: string | null;
  /** The model that replies; null where the agent decides. */
  readonly model: string | null;
  /** What the model is told before everything else; null where the agent decides, or nothing is. */
  readonly systemPrompt: string | null;
  readonly createdAt: number;
  /** When something was last said in it, or it was changed. */
  readonly updatedAt: number;
}

/**
 * How the payment for a conversation stands, and whether nothing can be said in it until it is
 * paid.
 */
export interface ConversationPaymentState {
  readonly paymentStatus: ConversationPaymentStatus;
  readonly paymentRequired: boolean;
}

/** `greeting`: what the agent says before anybody else does. */
export interface NewConversation
  extends Pick<Conversation, "title" | "agentId" | "model" | "systemPrompt"> {
  readonly greeting: string | null;
}

/** What may be changed of a conversation; what is left out stays as it is. */
export interface ConversationChange {
  readonly title?: string | null | undefined;
  readonly model?: string | undefined;
  readonly systemPrompt?: string | null | undefined;
}

/**
 * Of what the user said: `pending` until it is answered, `complete` after, `failed` when it was
 * not. Of a reply: `complete`, or `partial` where it broke off or its reader left.
 */
export type MessageStatus = "pending" | "complete" | "partial" | "failed";

/** What a reply came to. */
export interface ReplyUsage {
  readonly model: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly microcredits: number;
}

export interface Message {
  readonly id: string;
  /**
   * Its place in the conversation: 0, 1, 2 …, with gaps. A reply's is the one after the message
   * that it answers.
   */
  readonly place: number;
  readonly role: "user" | "assistant";
  readonly content: string;
  readonly status: MessageStatus;
  /** Why it failed: the code of an error. */
  readonly error: string | null;
  /** Of replies that a model made; null of a greeting and of what the user said. */
  readonly fare: ReplyUsage | null;
  readonly createdAt: number;
}

/** A repeated request is known by its `Idempotency-Key`, and by a hash of what it asks for. */
export interface TurnKey {
  readonly key: string;
  readonly fingerprint: string;
}

/** How much of a model's context a turn may fill, in tokens. */
interface ContextBudget {
  /**
   * For the messages of the conversation, this one with them: without the system prompt and the
   * reply.
   */
  readonly messageTokens: number;
}

export interface BeginTurnCommand {
  readonly conversation: { readonly id: string } | { readonly create: NewConversation };
  readonly text: string;
  readonly key: TurnKey | null;
  readonly room: ContextBudget;
  /** How long the turn may take; then it is taken for failed. */
  readonly ttlSeconds: number;
}

/** A turn that has begun. */
export interface Turn {
  readonly conversationId: string;
  /** The user's message. */
  readonly asked: Message;
  /** What the model is to see: what was said before, oldest first, and the user's message. */
  readonly history: readonly { readonly role: "user" | "assistant"; readonly content: string }[];
  /** About how many tokens that is. */
  readonly historyTokens: number;
}

/** A turn that has been answered. */
export interface AnsweredTurn {
  readonly conversationId: string;
  readonly asked: Message;
  readonly reply: Message;
}

export type BeginTurnResult =
  | { readonly kind: "begun"; readonly turn: Turn }
  | { readonly kind: "replay"; readonly answered: AnsweredTurn }
  | { readonly kind: "refused"; readonly failure: Failure };

/** How a turn ended. `dropped`: the model was never asked, so nothing was said. */
export type TurnEnd =
  | {
      readonly kind: "answered";
      readonly text: string;
      readonly status: "complete" | "partial";
      readonly fare: ReplyUsage;
    }
  | { readonly kind: "failed"; readonly code: string }
  /** `withConversation`: it was made for this turn, and goes with it. */
  | { readonly kind: "dropped"; readonly withConversation: boolean };

export interface EndTurnCommand {
  readonly conversationId: string;
  /** The place of the user's message. */
  readonly place: number;
  readonly end: TurnEnd;
}

/**
 * How far the reading of everything that was said has come: the number of a conversation, and the
 * place of its last message that was read.
 */
export interface ReadPosition {
  readonly no: number;
  /** Null: none of its messages yet. */
  readonly place: number | null;
}

/** A conversation as it begins, or a message of the one that began before it. */
export type HistoryItem =
  | { readonly kind: "conversation"; readonly conversation: Conversation }
  | { readonly kind: "message"; readonly message: Message };

/** A part of everything that was said. `readTo` is null where it is the last one. */
export interface HistoryPage {
  readonly said: readonly HistoryItem[];
  readonly readTo: ReadPosition | null;
}

/** A page of a conversation's messages. */
export interface MessagePage {
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
}
