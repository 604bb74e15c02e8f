import type { ItemStatus, MessagePart, OutputItem, ResponseEvent } from "./output-items.ts";
import { type Seal, toEncryptedContent } from "./sealed-reasoning.ts";

/** An item of the output while it grows. Each method returns the events that tell of it. */
export interface OpenItem {
  /** Ends the item. The events are those of its end. */
  readonly close: (status: ItemStatus) => ResponseEvent[];
  /** Returns the item as it is. */
  readonly show: (status: ItemStatus) => OutputItem;
}

/** The place of an item in the output, in each of its events. */
interface Place {
  readonly item_id: string;
  readonly output_index: number;
}

const added = (place: Place, item: OutputItem): ResponseEvent => ({
  type: "response.output_item.added",
  output_index: place.output_index,
  item,
});
const done = (place: Place, item: OutputItem): ResponseEvent => ({
  type: "response.output_item.done",
  output_index: place.output_index,
  item,
});

/** A message: its text, and why the model refuses, each a part. */
export class OpenMessage implements OpenItem {
  readonly #place: Place;
  readonly #parts: MessagePart[] = [];

  constructor(place: Place) {
    this.#place = place;
  }

  open(): ResponseEvent[] {
    return [added(this.#place, this.show("in_progress"))];
  }

  addText(delta: string, logprobs: readonly unknown[]): ResponseEvent[] {
    const last = this.#parts.at(-1);
    if (last?.type !== "output_text")
      return [
        ...this.#openPart({ type: "output_text", text: "", annotations: [], logprobs: [] }),
        ...this.addText(delta, logprobs),
      ];
    this.#parts[this.#parts.length - 1] = {
      ...last,
      text: last.text + delta,
      logprobs: logprobs.length === 0 ? last.logprobs : [...last.logprobs, ...logprobs],
    };
    return [{ type: "response.output_text.delta", ...this.#partPlace(), delta, logprobs }];
  }

  addRefusal(delta: string): ResponseEvent[] {
    const last = this.#parts.at(-1);
    if (last?.type !== "refusal")
      return [...this.#openPart({ type: "refusal", refusal: "" }), ...this.addRefusal(delta)];
    this.#parts[this.#parts.length - 1] = { ...last, refusal: last.refusal + delta };
    return [{ type: "response.refusal.delta", ...this.#partPlace(), delta }];
  }

  close(status: ItemStatus): ResponseEvent[] {
    return [...this.#closePart(), done(this.#place, this.show(status))];
  }

  show(status: ItemStatus): OutputItem {
    return {
      id: this.#place.item_id,
      type: "message",
      role: "assistant",
      status,
      content: [...this.#parts],
    };
  }

  #partPlace() {
    return { ...this.#place, content_index: this.#parts.length - 1 };
  }

  #openPart(part: MessagePart): ResponseEvent[] {
    const closed = this.#closePart();
    this.#parts.push(part);
    return [...closed, { type: "response.content_part.added", ...this.#partPlace(), part }];
  }

  #closePart(): ResponseEvent[] {
    const part = this.#parts.at(-1);
    if (part === undefined) return [];
    const place = this.#partPlace();
    const whole: ResponseEvent =
      part.type === "output_text"
        ? { type: "response.output_text.done", ...place, text: part.text, logprobs: part.logprobs }
        : { type: "response.refusal.done", ...place, refusal: part.refusal };
    return [whole, { type: "response.content_part.done", ...place, part }];
  }
}

/** What the model thinks: as a summary where the client asked for one, else as it is. */
export class OpenReasoning implements OpenItem {
  readonly #place: Place;
  readonly #isSummary: boolean;
  readonly #seals: Seal[] = [];
  #text: string | null = null;

  constructor(place: Place, isSummary: boolean) {
    this.#place = place;
    this.#isSummary = isSummary;
  }

  open(): ResponseEvent[] {
    return [added(this.#place, this.show("in_progress"))];
  }

  addText(delta: string): ResponseEvent[] {
    const begun = this.#text === null ? [this.#partEvent("added", "")] : [];
    this.#text = (this.#text ?? "") + delta;
    return [...begun, { ...this.#textEvent("delta"), delta }];
  }

  addSeal(form: Seal["form"], data: string): void {
    this.#seals.push(
      form === "signature" ? { form, data, text: this.#text ?? "" } : { form, data },
    );
  }

  close(status: ItemStatus): ResponseEvent[] {
    const text = this.#text;
    const end =
      text === null ? [] : [{ ...this.#textEvent("done"), text }, this.#partEvent("done", text)];
    return [...end, done(this.#place, this.show(status))];
  }

  show(status: ItemStatus): OutputItem {
    const text = this.#text;
    return {
      id: this.#place.item_id,
      type: "reasoning",
      status,
      summary: this.#isSummary && text !== null ? [{ type: "summary_text", text }] : [],
      ...(this.#isSummary || text === null
        ? {}
        : { content: [{ type: "reasoning_text", text }] as const }),
      encrypted_content: toEncryptedContent(this.#seals),
    };
  }

  #textEvent(step: "delta" | "done"): ResponseEvent {
    return this.#isSummary
      ? { type: `response.reasoning_summary_text.${step}`, ...this.#place, summary_index: 0 }
      : { type: `response.reasoning_text.${step}`, ...this.#place, content_index: 0 };
  }

  #partEvent(step: "added" | "done", text: string): ResponseEvent {
    return this.#isSummary
      ? {
          type: `response.reasoning_summary_part.${step}`,
          ...this.#place,
          summary_index: 0,
          part: { type: "summary_text", text },
        }
      : {
          type: `response.content_part.${step}`,
          ...this.#place,
          content_index: 0,
          part: { type: "reasoning_text", text },
        };
  }
}

/** What is called, and the id of the call. */
interface CalledTool {
  readonly call_id: string;
  readonly name: string;
  readonly namespace?: string;
}

/** A call of a function or a custom tool. */
export class OpenToolCall implements OpenItem {
  readonly #place: Place;
  readonly #call: CalledTool;
  readonly #isCustom: boolean;
  #input = "";

  constructor(place: Place, call: CalledTool, isCustom: boolean) {
    this.#place = place;
    this.#call = call;
    this.#isCustom = isCustom;
  }

  open(): ResponseEvent[] {
    return [added(this.#place, this.show("in_progress"))];
  }

  addInput(delta: string): ResponseEvent[] {
    if (delta === "") return [];
    this.#input += delta;
    const type = this.#isCustom
      ? "response.custom_tool_call_input.delta"
      : "response.function_call_arguments.delta";
    return [{ type, ...this.#place, delta }];
  }

  close(status: ItemStatus): ResponseEvent[] {
    const whole: ResponseEvent = this.#isCustom
      ? { type: "response.custom_tool_call_input.done", ...this.#place, input: this.#input }
      : {
          type: "response.function_call_arguments.done",
          ...this.#place,
          name: this.#call.name,
          arguments: this.#input,
        };
    return [whole, done(this.#place, this.show(status))];
  }

  show(status: ItemStatus): OutputItem {
    const head = { id: this.#place.item_id, status, ...this.#call };
    return this.#isCustom
      ? { ...head, type: "custom_tool_call", input: this.#input }
      : { ...head, type: "function_call", arguments: this.#input };
  }
}
