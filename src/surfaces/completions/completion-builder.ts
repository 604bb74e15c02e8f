import type { FinishReason, ReplyEvent, ReplyHead, ReplyUsage } from "../../chat/index.ts";
import { errorBody } from "../../http/respond.ts";
import { joinLogprobs, type Logprobs, toLogprobs } from "./logprobs.ts";

/** A choice of a completion, or a piece of one. */
interface Choice {
  readonly index: number;
  readonly text: string;
  readonly logprobs: Logprobs | null;
  readonly finish_reason: "stop" | "length" | "content_filter" | null;
}

const toFinish = (reason: FinishReason) => (reason === "tool_calls" ? "stop" : reason);

const toUsage = (usage: ReplyUsage, cost: number) => ({
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
  prompt_tokens_details: { cached_tokens: usage.cachedInput },
  completion_tokens_details: { reasoning_tokens: usage.reasoning },
  cost,
});

/** What a completion repeats of its request. */
interface Asked {
  readonly model: string;
  /** The text that each choice begins with. */
  readonly echo: string;
}

/** Builds a completion from the events of a reply, and the chunks of its stream. */
export class CompletionBuilder {
  readonly #head;
  readonly #echo: string;
  readonly #choices = new Map<number, Choice>();
  readonly #logprobs = new Map<number, Logprobs | null>();
  #usage: ReturnType<typeof toUsage> | null = null;
  #error: object | null = null;

  constructor({ id, createdSeconds }: ReplyHead, { model, echo }: Asked) {
    this.#head = {
      id: `cmpl-${id}`,
      object: "text_completion",
      created: createdSeconds,
      model,
    } as const;
    this.#echo = echo;
  }

  /** The completion: all that has come of it. */
  get completion() {
    const choices = [...this.#choices.values()].toSorted((one, other) => one.index - other.index);
    const usage = this.#usage === null ? {} : { usage: this.#usage };
    return { ...this.#head, choices, ...usage, ...this.#error };
  }

  /** The error that ended the reply, in the body's shape; null where none did. */
  get error(): object | null {
    return this.#error;
  }

  /** The chunk with the usage and nothing else. */
  get usageChunk() {
    return { ...this.#head, choices: [], usage: this.#usage };
  }

  /**
   * Adds a piece of the reply. What a model thinks has no place in a completion.
   * @returns its chunk; null where it says nothing
   */
  add(event: ReplyEvent): object | null {
    switch (event.kind) {
      case "text":
      case "refusal":
        return this.#addPiece(event.choice, event.text, null);
      case "logprobs":
        this.#logprobs.set(
          event.choice,
          joinLogprobs(
            this.#logprobs.get(event.choice) ?? null,
            toLogprobs(event.logprobs, this.#textOf(event.choice).length),
          ),
        );
        return null;
      case "finish":
        return this.#addPiece(event.choice, "", toFinish(event.reason));
      case "error":
        this.#error = errorBody({ code: "upstream_error", message: event.message }, "");
        return null;
      case "end":
        this.#usage = event.usage === null ? null : toUsage(event.usage, event.cost);
        return null;
      case "reasoning":
      case "sealed_reasoning":
      case "tool_call":
        return null;
    }
  }

  #textOf(index: number): string {
    return this.#choices.get(index)?.text ?? this.#echo;
  }

  #addPiece(index: number, said: string, finish: Choice["finish_reason"]): object {
    const before = this.#choices.get(index);
    const text = before === undefined ? this.#echo + said : said;
    const logprobs = this.#logprobs.get(index) ?? null;
    this.#logprobs.delete(index);
    const piece: Choice = { index, text, logprobs, finish_reason: finish };
    this.#choices.set(index, {
      index,
      text: (before?.text ?? "") + text,
      logprobs: joinLogprobs(before?.logprobs ?? null, logprobs),
      finish_reason: finish ?? before?.finish_reason ?? null,
    });
    return { ...this.#head, choices: [piece] };
  }
}
