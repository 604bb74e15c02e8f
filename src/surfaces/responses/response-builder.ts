import type { ReplyEvent, ReplyUsage } from "../../chat/index.ts";
import type { ResponseHead } from "./head.ts";
import { splitName } from "./namespaces.ts";
import { type OpenItem, OpenMessage, OpenReasoning, OpenToolCall } from "./open-item.ts";
import type { ItemStatus, OutputItem, ResponseEvent } from "./output-items.ts";

type EventOf<Kind extends ReplyEvent["kind"]> = Extract<ReplyEvent, { kind: Kind }>;

/** How a response ended, and why. */
interface Outcome {
  readonly status: "in_progress" | "completed" | "incomplete" | "failed";
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly incomplete_details: { readonly reason: string } | null;
}

const IN_PROGRESS: Outcome = { status: "in_progress", error: null, incomplete_details: null };

/** `server_error` is OpenAI's word for every failure of a model: its clients may try again. */
const failed = (message: string): Outcome => ({
  status: "failed",
  error: { code: "server_error", message },
  incomplete_details: null,
});

/** The usage of a response, with the cost in credits. */
const toUsage = (usage: ReplyUsage, cost: number) => ({
  input_tokens: usage.input,
  input_tokens_details: {
    cached_tokens: usage.cachedInput,
    cache_write_tokens: usage.cacheWriteInput,
  },
  output_tokens: usage.output,
  output_tokens_details: { reasoning_tokens: usage.reasoning },
  total_tokens: usage.input + usage.output,
  cost,
});

/** Lists what a model's vendor says of the likelihood of its tokens. */
const listLogprobs = (logprobs: unknown): readonly unknown[] =>
  typeof logprobs === "object" &&
  logprobs !== null &&
  "content" in logprobs &&
  Array.isArray(logprobs.content)
    ? logprobs.content
    : [];

/**
 * Builds a response from the events of a reply, and the events of the response's own stream. Each
 * kind of text is an item: one ends where another begins, but for tool calls, whose pieces may come
 * in any order.
 */
export class ResponseBuilder {
  readonly #head: ResponseHead;
  readonly #items: Array<{ readonly item: OpenItem; readonly closed: OutputItem | null }> = [];
  readonly #calls = new Map<number, { readonly call: OpenToolCall; readonly at: number }>();
  readonly #callIds = new Set<string>();
  #message: OpenMessage | null = null;
  #reasoning: OpenReasoning | null = null;
  #logprobs: readonly unknown[] = [];
  #finish: EventOf<"finish">["reason"] = "stop";
  #outcome = IN_PROGRESS;
  #usage: ReturnType<typeof toUsage> | null = null;

  constructor(head: ResponseHead) {
    this.#head = head;
  }

  /** The response as far as it has come. */
  get response() {
    const { status } = this.#outcome;
    const { id, createdSeconds, echo } = this.#head;
    return {
      id,
      object: "response",
      created_at: createdSeconds,
      ...this.#outcome,
      ...echo,
      output: this.#items.map(
        ({ item, closed }) => closed ?? item.show(status === "in_progress" ? status : "incomplete"),
      ),
      usage: this.#usage,
    } as const;
  }

  /** Begins the stream. */
  begin(): ResponseEvent[] {
    return [
      { type: "response.created", response: this.response },
      { type: "response.in_progress", response: this.response },
    ];
  }

  /** Adds a piece of the reply. */
  add(event: ReplyEvent): ResponseEvent[] {
    if ("choice" in event && event.choice > 0) return [];
    switch (event.kind) {
      case "text":
        return this.#addText(event.text);
      case "refusal":
        return this.#inMessage((message) => message.addRefusal(event.text));
      case "reasoning":
        return this.#inReasoning((reasoning) => reasoning.addText(event.text));
      case "sealed_reasoning":
        return this.#inReasoning((reasoning) => {
          reasoning.addSeal(event.form, event.data);
          return [];
        });
      case "tool_call":
        return this.#addToolCall(event);
      case "logprobs":
        this.#logprobs = [...this.#logprobs, ...listLogprobs(event.logprobs)];
        return [];
      case "finish":
        this.#finish = event.reason;
        return [];
      case "error":
        this.#outcome = failed(event.message);
        return [];
      case "end":
        return this.#end(event);
    }
  }

  #addText(text: string): ResponseEvent[] {
    const logprobs = this.#logprobs;
    this.#logprobs = [];
    return this.#inMessage((message) => message.addText(text, logprobs));
  }

  #inMessage(change: (message: OpenMessage) => ResponseEvent[]): ResponseEvent[] {
    if (this.#message !== null) return change(this.#message);
    const closed = this.#closeTexts("completed");
    const message = new OpenMessage(this.#place("msg"));
    this.#message = message;
    return [...closed, ...this.#open(message), ...change(message)];
  }

  #inReasoning(change: (reasoning: OpenReasoning) => ResponseEvent[]): ResponseEvent[] {
    if (this.#reasoning !== null) return change(this.#reasoning);
    const closed = this.#closeTexts("completed");
    const reasoning = new OpenReasoning(this.#place("rs"), this.#head.showsSummary);
    this.#reasoning = reasoning;
    return [...closed, ...this.#open(reasoning), ...change(reasoning)];
  }

  #addToolCall({ index, id, name, input, isCustom }: EventOf<"tool_call">): ResponseEvent[] {
    const known = this.#calls.get(index);
    if (known !== undefined) return known.call.addInput(input);
    const closed = this.#closeTexts("completed");
    const at = this.#items.length;
    const call = new OpenToolCall(
      this.#place(isCustom ? "ctc" : "fc"),
      {
        call_id: this.#uniqueCallId(id, at),
        ...splitName(name ?? "", this.#head.namespaces),
      },
      isCustom,
    );
    this.#calls.set(index, { call, at });
    return [...closed, ...this.#open(call), ...call.addInput(input)];
  }

  /** The vendor's own id of a call, which it may have left out, or have used twice. */
  #uniqueCallId(id: string | null, at: number): string {
    const unique = id === null || this.#callIds.has(id) ? `call_${this.#head.base}${at}` : id;
    this.#callIds.add(unique);
    return unique;
  }

  #place(prefix: string) {
    const at = this.#items.length;
    return { item_id: `${prefix}_${this.#head.base}${at}`, output_index: at };
  }

  #open(item: OpenItem & { open: () => ResponseEvent[] }): ResponseEvent[] {
    this.#items.push({ item, closed: null });
    return item.open();
  }

  #close(item: OpenItem, status: ItemStatus): ResponseEvent[] {
    const at = this.#items.findIndex((each) => each.item === item);
    this.#items[at] = { item, closed: item.show(status) };
    return item.close(status);
  }

  #closeTexts(status: ItemStatus): ResponseEvent[] {
    const open = [this.#message, this.#reasoning].filter((item) => item !== null);
    this.#message = null;
    this.#reasoning = null;
    return open.flatMap((item) => this.#close(item, status));
  }

  #end({ ending, usage, cost }: EventOf<"end">): ResponseEvent[] {
    this.#usage = usage === null ? null : toUsage(usage, cost);
    if (this.#outcome.status === "failed" || ending !== "complete") return [this.#fail()];
    const reason =
      this.#finish === "length"
        ? "max_output_tokens"
        : this.#finish === "content_filter"
          ? this.#finish
          : null;
    const status = reason === null ? "completed" : "incomplete";
    const isCut = reason !== null;
    const closed = [
      ...this.#closeTexts(isCut ? "incomplete" : "completed"),
      ...[...this.#calls.values()].flatMap(({ call, at }) =>
        this.#close(call, isCut && at === this.#items.length - 1 ? "incomplete" : "completed"),
      ),
    ];
    this.#outcome = {
      status,
      error: null,
      incomplete_details: reason === null ? null : { reason },
    };
    return [...closed, { type: `response.${status}`, response: this.response }];
  }

  #fail(): ResponseEvent {
    if (this.#outcome.status !== "failed")
      this.#outcome = failed("The model provider cut this reply short.");
    return { type: "response.failed", response: this.response };
  }
}
