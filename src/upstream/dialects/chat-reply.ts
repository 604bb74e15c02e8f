import type { Json } from "./json-fields.ts";

/** What names a reply in the fields of a chat. */
export interface ReplyHead {
  readonly id: string;
  readonly createdSeconds: number;
  readonly model: string;
}

/** Why a reply ended, in OpenAI's words. */
export interface Finish {
  readonly finish_reason: "stop" | "length" | "tool_calls" | "content_filter" | null;
  /** The stop sequence that ended it, as vLLM calls it. */
  readonly stop_reason?: string;
}

/** An error that a vendor reports within a reply, with the status that it stands for. */
interface ReplyError {
  readonly message: string;
  readonly type: string;
  readonly code: number;
}

const frame = (json: object): string => `data: ${JSON.stringify(json)}\n\n`;

/** A comment, which keeps a connection alive. */
export const KEEP_ALIVE = ":\n\n";
/** The mark of a stream's end. */
export const DONE = "data: [DONE]\n\n";

export const errorFrame = (error: ReplyError): string => frame({ error });

/** Writes the frames of a chat's stream. */
export class ChunkWriter {
  #head: ReplyHead;

  constructor(head: ReplyHead) {
    this.#head = head;
  }

  /** Names the reply, once its vendor has. */
  name(head: Partial<ReplyHead>): void {
    this.#head = { ...this.#head, ...head };
  }

  /** @param more what the choice has beside it */
  delta(delta: Json, more: Json = {}): string {
    return this.#choice(delta, { finish_reason: null, ...more });
  }

  finish(finish: Finish): string {
    return this.#choice({}, { ...finish });
  }

  usage(usage: Json): string {
    return frame({ ...this.#envelope, choices: [], usage });
  }

  #choice(delta: Json, finish: Finish & Json): string {
    return frame({ ...this.#envelope, choices: [{ index: 0, delta, ...finish }] });
  }

  get #envelope(): Json {
    const { id, createdSeconds: created, model } = this.#head;
    return { id, object: "chat.completion.chunk", created, model };
  }
}

/** Names a reply as its vendor does, where it has no id of its own. */
export const nameOf = (head: ReplyHead, id: unknown, model: unknown): Partial<ReplyHead> => ({
  ...(head.id === "" && typeof id === "string" ? { id } : {}),
  ...(typeof model === "string" ? { model } : {}),
});

/** Writes a whole reply. */
export const toCompletion = (
  { id, createdSeconds: created, model }: ReplyHead,
  message: Json,
  finish: Finish,
  usage: Json | undefined,
): Json => ({
  id,
  object: "chat.completion",
  created,
  model,
  choices: [{ index: 0, message: { role: "assistant", ...message }, ...finish }],
  ...(usage === undefined ? {} : { usage }),
});

/** A piece of a call of a function. */
export const callPiece = (index: number, called: Json, id?: string): Json => ({
  tool_calls: [{ index, ...(id === undefined ? {} : { id, type: "function" }), function: called }],
});
