import type { Caller } from "../auth/index.ts";
import type { ChatTextAnswer } from "../chat/index.ts";
import type { Context } from "../context.ts";
import type { Failure } from "../errors.ts";
import type { AnsweredTurn, TurnKey } from "./types.ts";

/** The context of a turn: its caller, and a way to finish something after the reply. */
export interface TurnContext extends Context {
  readonly caller: Caller;
  readonly requestId: string;
  /** Whether the request was counted by the plan's requests a minute already. */
  readonly isCounted?: boolean;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** A user's message, and the conversation that it goes to. */
export interface TurnRequest {
  /** Null: a new conversation is created. */
  readonly conversationId: string | null;
  /** The agent of a new conversation. */
  readonly agentId: string | null;
  /** The model that replies this time; null for the conversation's own. */
  readonly model: string | null;
  readonly message: string;
  /** The id of a message whose place it takes, in a branch of its own. */
  readonly branchOf?: string | null;
  readonly stream: boolean;
  readonly key: TurnKey | null;
}

type Rate = Extract<ChatTextAnswer, { kind: "refused" }>["rate"];
type Headers = Readonly<Record<string, string>>;

export type TurnAnswer =
  | {
      readonly kind: "refused";
      readonly failure: Failure;
      readonly rate: Rate;
      /** The conversation that keeps the failed message, if one does. */
      readonly conversationId: string | null;
    }
  | {
      readonly kind: "answered";
      readonly answered: AnsweredTurn;
      readonly headers: Headers;
      readonly replayed: boolean;
    }
  | {
      readonly kind: "stream";
      readonly stream: ReadableStream<Uint8Array>;
      readonly headers: Headers;
      readonly conversationId: string;
    };

/** Refuses a turn before its conversation has the message. */
export const toRefusal = (failure: Failure, rate: Rate = null): TurnAnswer => ({
  kind: "refused",
  failure,
  rate,
  conversationId: null,
});
