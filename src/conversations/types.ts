import type { ConversationPaymentStatus } from "../billing/index.ts";
import type { Failure } from "../errors.ts";

/** A conversation as its owner sees it. Times in ms since 1970. */
export interface Conversation {
  readonly id: string;
  readonly title: string | null;
  /** The agent that replies; null where a plain model does. */
  readonly agentId: string | null;
  /** The model that replies; null where the agent decides. */
  readonly model: string | null;
  /** The prompt that comes before everything else; null without one, or where the agent decides. */
  readonly systemPrompt: string | null;
  readonly createdAt: number;
  /** The time of its latest message or change. */
  readonly updatedAt: number;
}

/** The state of a conversation's payment. */
export interface ConversationPaymentState {
  readonly paymentStatus: ConversationPaymentStatus;
  /** The id at Stripe of the checkout session that the status is about; null without one. */
  readonly stripeSessionId: string | null;
  /** Whether no message is taken until it is paid. */
  readonly paymentRequired: boolean;
}

export interface NewConversation
  extends Pick<Conversation, "title" | "agentId" | "model" | "systemPrompt"> {
  /** The agent's first message, before the user's; null without one. */
  readonly greeting: string | null;
}

/** Changes of a conversation. Fields that are left out stay as they are. */
export interface ConversationChange {
  readonly title?: string | null | undefined;
  readonly model?: string | undefined;
  readonly systemPrompt?: string | null | undefined;
  /** The id of a message: a branch with it is shown from then on, and goes on. */
  readonly branch?: string | undefined;
}

/**
 * The status of a user's message: `pending` until it is answered, then `complete`, or `failed`
 * where it was not answered. The status of a reply: `complete`, or `partial` where it broke off or
 * its reader left.
 */
export type MessageStatus = "pending" | "complete" | "partial" | "failed";

/** The tokens and the cost of a reply. */
export interface ReplyUsage {
  readonly model: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly microcredits: number;
}

export interface Message {
  readonly id: string;
  /**
   * Its sequence number in the conversation: 0, 1, 2 …, with gaps. A reply's is the one after the
   * message that it answers.
   */
  readonly place: number;
  readonly role: "user" | "assistant";
  readonly content: string;
  readonly status: MessageStatus;
  /** The code of the error that it failed by. */
  readonly error: string | null;
  /** The usage of a model's reply; null for a greeting and for a user's message. */
  readonly fare: ReplyUsage | null;
  readonly createdAt: number;
  /** The id of the message before it in its branch; null for the first. */
  readonly parentId: string | null;
  /**
   * The ids of the user's messages that stand in its place, oldest first and this one among them;
   * none where it is the only one, and for a reply.
   */
  readonly branches: readonly string[];
}

/** A repeated request is recognized by its `Idempotency-Key` and a hash of its content. */
export interface TurnKey {
  readonly key: string;
  readonly fingerprint: string;
}

/** The part of a model's context that a turn may fill, in tokens. */
interface ContextBudget {
  /** For the conversation's messages, the new one included; without system prompt and reply. */
  readonly messageTokens: number;
}

export interface BeginTurnCommand {
  readonly conversation: { readonly id: string } | { readonly create: NewConversation };
  readonly text: string;
  /**
   * The id of a message of the user's, or of its reply: the new one takes its place in a branch of
   * its own. Older versions leave it out.
   */
  readonly branchOf?: string | null;
  readonly key: TurnKey | null;
  readonly room: ContextBudget;
  /** The longest that the turn may take; after that it counts as failed. */
  readonly ttlSeconds: number;
}

/** A turn that has begun. */
export interface Turn {
  readonly conversationId: string;
  /** The user's message. */
  readonly asked: Message;
  /** The messages for the model: the earlier ones, oldest first, and the user's new one. */
  readonly history: readonly { readonly role: "user" | "assistant"; readonly content: string }[];
  /** An estimate of their tokens. */
  readonly historyTokens: number;
}

/** A turn that has been answered. */
export interface AnsweredTurn {
  readonly conversationId: string;
  /** The user's message. */
  readonly asked: Message;
  readonly reply: Message;
}

/** A turn that ended with a reply. */
export interface EndedTurn extends AnsweredTurn {
  /** Whether the user never had a reply of this agent before, in whatever conversation. */
  readonly isFirstOfAgent: boolean;
}

export type BeginTurnResult =
  | { readonly kind: "begun"; readonly turn: Turn }
  | { readonly kind: "replay"; readonly answered: AnsweredTurn }
  | { readonly kind: "refused"; readonly failure: Failure };

/** The end of a turn. */
export type TurnEnd =
  | {
      readonly kind: "answered";
      readonly text: string;
      readonly status: "complete" | "partial";
      /** Why a partial reply ended: its reader left, or the model broke off. Null if unknown. */
      readonly error: "client_gone" | "upstream_error" | null;
      readonly fare: ReplyUsage;
    }
  | { readonly kind: "failed"; readonly code: string }
  /**
   * The model was never called, so the user's message is removed. `withConversation`: so is the
   * conversation, which was created for this turn.
   */
  | { readonly kind: "dropped"; readonly withConversation: boolean };

export interface EndTurnCommand {
  readonly conversationId: string;
  /** The sequence number of the user's message. */
  readonly place: number;
  readonly end: TurnEnd;
}

/** The position in a reading of all messages: a conversation and its last message that was read. */
export interface ReadPosition {
  readonly no: number;
  /** The message's sequence number; null: none of the conversation's messages yet. */
  readonly place: number | null;
}

/** The head of a conversation, or a message of the conversation whose head came before it. */
export type HistoryItem =
  | { readonly kind: "conversation"; readonly conversation: Conversation }
  | { readonly kind: "message"; readonly message: Message };

/** A part of all messages of a user. `readTo` is null in the last one. */
export interface HistoryPage {
  readonly said: readonly HistoryItem[];
  readonly readTo: ReadPosition | null;
}

/** A page of a conversation's messages. */
export interface MessagePage {
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
}
