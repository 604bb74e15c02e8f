/** A usage block in its wire form. A test may put any value there. */
export type UsageBlock = Readonly<Record<string, unknown>>;

/**
 * The ways in which a call differs from a normal one. Fields that are left out mean the normal way.
 */
export interface Behaviour {
  /**
   * Refuses with this status, and the API's own error for it. A 429 has `retry-after`; 529 is
   * Anthropic's.
   */
  readonly status?: 400 | 401 | 404 | 429 | 500 | 503 | 529;
  readonly retryAfterSeconds?: number;
  /**
   * Replaces the OpenAI reply: the connection drops (`drop`), nothing ever comes (`stall`), headers
   * but never a byte of body (`silence`), half a JSON text (`garbage`), a page (`html`), an empty
   * body (`empty`). The last three have status 200.
   */
  readonly instead?: "drop" | "stall" | "silence" | "garbage" | "html" | "empty";
  /**
   * Breaks the reply off after this many tokens (a reply that is not streamed: in the middle of its
   * bytes). `die` destroys the connection, `end` closes it cleanly, `stall` sends nothing more,
   * `error` sends an error frame as OpenAI does and ends, `garbage` sends a frame that is not JSON
   * and then goes on normally.
   */
  readonly breakOff?: {
    readonly afterTokens: number;
    readonly how: "die" | "end" | "stall" | "error" | "garbage";
  };
  /** Reports this usage in place of the true one; `null` reports none. */
  readonly usage?: UsageBlock | null;
  /** Overrides fields of the true usage, such as `prompt_tokens_details`. */
  readonly usageFields?: UsageBlock;
  /**
   * The place where a stream reports usage. `own-chunk` is OpenAI's way, only on request; the
   * others always report it.
   */
  readonly usageIn?: "own-chunk" | "last-content-chunk" | "every-chunk" | "x_groq";
  /** Sends a stream in pieces of these sizes in bytes, in rotation: `[1]`, `[3, 7, 1]`. */
  readonly pieceBytes?: readonly number[];
  /** The number of frames in one piece. */
  readonly framesPerPiece?: number;
  readonly lineEnd?: "\n" | "\r\n" | "\r";
  /** Sends an SSE comment before every frame, as providers do to keep a connection open. */
  readonly comments?: boolean;
  /** False leaves out `data: [DONE]`. */
  readonly done?: boolean;
  /** Answers in the form that was not asked for: whole in place of a stream, and vice versa. */
  readonly otherForm?: boolean;
  /** The exact number of output tokens, before the caller's cap. */
  readonly outputTokens?: number;
  /** Milliseconds before each frame, in place of the model's own pace. */
  readonly delayMs?: number;
}

const usage = (prompt: unknown, completion: unknown, total: unknown): Behaviour => ({
  usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total },
});
const breakOff = (how: "die" | "end" | "stall" | "error" | "garbage"): Behaviour => ({
  breakOff: { afterTokens: 3, how },
});

/** The behaviours of faulty models, by the part of the name after `local-faulty-`. */
const FAULTS: Readonly<Record<string, Behaviour>> = {
  "400": { status: 400 },
  "401": { status: 401 },
  "404": { status: 404 },
  "429": { status: 429, retryAfterSeconds: 7 },
  "500": { status: 500 },
  "503": { status: 503 },
  "529": { status: 529 },
  drop: { instead: "drop" },
  stall: { instead: "stall" },
  silence: { instead: "silence" },
  garbage: { instead: "garbage" },
  html: { instead: "html" },
  empty: { instead: "empty" },
  "die-midway": breakOff("die"),
  "end-midway": breakOff("end"),
  "stall-midway": breakOff("stall"),
  "error-midway": breakOff("error"),
  "garbage-midway": breakOff("garbage"),
  "no-usage": { usage: null },
  "zero-usage": usage(0, 0, 0),
  "negative-usage": usage(-10, -20, -30),
  "huge-usage": usage(1e12, 1e12, 2e12),
  "fraction-usage": usage(10.5, 20.25, 30.75),
  "string-usage": usage("10", "20", "30"),
  "late-usage": { usageIn: "last-content-chunk" },
  "every-usage": { usageIn: "every-chunk" },
  "groq-usage": { usageIn: "x_groq" },
  bytes: { pieceBytes: [1] },
  pieces: { pieceBytes: [3, 7, 1, 16, 2] },
  batched: { framesPerPiece: 4 },
  crlf: { lineEnd: "\r\n" },
  comments: { comments: true },
  "no-done": { done: false },
  slow: { delayMs: 1000 },
};

const PREFIX = "local-faulty-";

/** The names of all faulty models, for a person who cannot script the model. */
export const FAULTY_MODELS: readonly string[] = Object.keys(FAULTS).map((name) => PREFIX + name);

/** Returns the behaviour that a model's name asks for, or undefined for a normal model. */
export const behaviourOf = (model: string): Behaviour | undefined =>
  model.startsWith(PREFIX) && Object.hasOwn(FAULTS, model.slice(PREFIX.length))
    ? FAULTS[model.slice(PREFIX.length)]
    : undefined;
