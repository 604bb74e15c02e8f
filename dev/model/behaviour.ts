/** A usage block as the wire shows it. A test may put anything there, which is the point. */
export type UsageBlock = Readonly<Record<string, unknown>>;

/** How one call shall go other than well. What is left out goes well. */
export interface Behaviour {
  /** Refuses with this status and OpenAI's error for it. 429 tells `retry-after`. */
  readonly status?: 400 | 401 | 404 | 429 | 500 | 503;
  readonly retryAfterSeconds?: number;
  /**
   * No OpenAI reply at all: the connection drops (`drop`), nothing ever comes (`stall`), headers
   * but never a byte of body (`silence`), half a JSON text (`garbage`), a page (`html`), an empty
   * body (`empty`); the last three with status 200.
   */
  readonly instead?: "drop" | "stall" | "silence" | "garbage" | "html" | "empty";
  /**
   * Breaks the reply off after so many tokens (a reply that is not streamed: in the middle of its
   * bytes). `die` tears the connection, `end` closes it tidily, `stall` says nothing more, `error`
   * sends an error frame as OpenAI does and ends, `garbage` sends a frame that is not JSON and then
   * goes on as if nothing had happened.
   */
  readonly breakOff?: {
    readonly afterTokens: number;
    readonly how: "die" | "end" | "stall" | "error" | "garbage";
  };
  /** Tells this usage in place of the true one; `null` tells none. */
  readonly usage?: UsageBlock | null;
  /** Puts these fields over the true usage (`prompt_tokens_details`, say). */
  readonly usageFields?: UsageBlock;
  /**
   * Where a stream tells usage. `own-chunk` is OpenAI's way and only when asked; the others tell it
   * unasked.
   */
  readonly usageIn?: "own-chunk" | "last-content-chunk" | "every-chunk" | "x_groq";
  /**
   * Sends a stream in pieces of so many bytes, one size after another and round again: `[1]`, `[3,
   * 7, 1]`.
   */
  readonly pieceBytes?: readonly number[];
  /** How many frames go out in one piece. */
  readonly framesPerPiece?: number;
  readonly lineEnd?: "\n" | "\r\n" | "\r";
  /** Sends an SSE comment before every frame, as vendors do to keep a connection open. */
  readonly comments?: boolean;
  /** False leaves out `data: [DONE]`. */
  readonly done?: boolean;
  /** Exactly so many tokens of output, before the caller's cap. */
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

/** What follows `local-faulty-` in a model's name. */
const FAULTS: Readonly<Record<string, Behaviour>> = {
  "400": { status: 400 },
  "401": { status: 401 },
  "404": { status: 404 },
  "429": { status: 429, retryAfterSeconds: 7 },
  "500": { status: 500 },
  "503": { status: 503 },
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

/** The names of every model that fails, for a person who has no way to script it from inside. */
export const FAULTY_MODELS: readonly string[] = Object.keys(FAULTS).map((name) => PREFIX + name);

/** What a model's name asks for; undefined where it asks for nothing. */
export const behaviourOf = (model: string): Behaviour | undefined =>
  model.startsWith(PREFIX) && Object.hasOwn(FAULTS, model.slice(PREFIX.length))
    ? FAULTS[model.slice(PREFIX.length)]
    : undefined;
