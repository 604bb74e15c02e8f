import { type ChatPart, joinText } from "./content-parts.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A message of a chat. */
export type ChatMessage = Fields & { readonly role: string };

/** The reply of a model, which a chat has in one message and the Responses API in several items. */
interface AssistantTurn {
  content: ChatPart[];
  readonly toolCalls: object[];
  reasoning: Fields;
}

/** Joins two thoughts: their texts and lists one after the other. */
function joinFields(before: Fields, next: Fields): Fields {
  const joined: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(next)) {
    const known = joined[name];
    if (typeof known === "string" && typeof value === "string") joined[name] = known + value;
    else if (Array.isArray(known) && Array.isArray(value)) joined[name] = [...known, ...value];
    else joined[name] = value;
  }
  return joined;
}

/**
 * Builds the messages of a chat from items, in their order. What a model said in several items
 * (its thoughts, its text, its calls) becomes one message, and the results of its calls follow it.
 */
export class TranscriptBuilder {
  readonly #messages: ChatMessage[] = [];
  /** The item that each message begins with, by its place in the request. */
  readonly #places: string[] = [];
  #turn: (AssistantTurn & { readonly place: string }) | null = null;
  /** What tools returned beside text, which a chat takes from the user alone. */
  #media: { readonly parts: ChatPart[]; readonly place: string } | null = null;

  /** Adds a message of the system, the developer or the user. */
  addMessage(role: "system" | "user", parts: readonly ChatPart[], place: string): void {
    this.#endTurn();
    this.#endMedia();
    const last = this.#messages.at(-1);
    const text = joinText(parts, "\n\n");
    // Many models take one system message, at the start.
    const isLeading = role === "system" && this.#messages.length === 1 && last?.role === "system";
    if (isLeading && text !== null && typeof last["content"] === "string")
      this.#messages[0] = { role, content: `${last["content"]}\n\n${text}` };
    else
      this.#push(
        {
          role,
          content: text !== null && (role === "system" || parts.length === 1) ? text : parts,
        },
        place,
      );
  }

  /** Adds a text of the model's. */
  addReply(parts: readonly ChatPart[], place: string): void {
    const turn = this.#openTurn(place);
    if (turn.content.length === 0 || turn.toolCalls.length > 0) turn.content.push(...parts);
    else {
      this.#endTurn();
      this.#openTurn(place).content = [...parts];
    }
  }

  /** Adds a call of a tool. */
  addToolCall(call: object, place: string): void {
    this.#openTurn(place).toolCalls.push(call);
  }

  /**
   * Adds what a model thought, before what it then said.
   * @param fields of the message, in the names of the model's vendor
   */
  addReasoning(fields: Fields, place: string): void {
    if (this.#turn !== null && this.#turn.toolCalls.length === 0) this.#endTurn();
    const turn = this.#openTurn(place);
    turn.reasoning = joinFields(turn.reasoning, fields);
  }

  /** Adds the result of a call. */
  addToolResult(callId: string, parts: readonly ChatPart[], place: string): void {
    this.#endTurn();
    const texts = parts.filter(({ type }) => type === "text");
    const media = parts.filter(({ type }) => type !== "text");
    const text = joinText(texts, "\n") ?? "";
    const content = text === "" && media.length > 0 ? "The result is attached." : text;
    this.#push({ role: "tool", tool_call_id: callId, content }, place);
    if (media.length === 0) return;
    this.#media ??= { parts: [], place };
    this.#media.parts.push({ type: "text", text: `The result of ${callId}:` }, ...media);
  }

  /** Returns all messages, and the place of the item that each begins with. */
  build(): { readonly messages: readonly ChatMessage[]; readonly places: readonly string[] } {
    this.#endTurn();
    this.#endMedia();
    return { messages: this.#messages, places: this.#places };
  }

  #push(message: ChatMessage, place: string): void {
    this.#messages.push(message);
    this.#places.push(place);
  }

  #openTurn(place: string): AssistantTurn {
    this.#endMedia();
    this.#turn ??= { content: [], toolCalls: [], reasoning: {}, place };
    return this.#turn;
  }

  #endTurn(): void {
    if (this.#turn === null) return;
    const { content, toolCalls, reasoning, place } = this.#turn;
    this.#turn = null;
    const last = this.#messages.at(-1);
    if (content.length + toolCalls.length === 0 && last?.role === "assistant") {
      // Some vendors seal what was thought after it was said.
      this.#messages[this.#messages.length - 1] = {
        ...joinFields(last, reasoning),
        role: last.role,
      };
      return;
    }
    const text = joinText(content, "");
    const isSilent = content.length === 0 && toolCalls.length > 0;
    const said = isSilent ? null : (text ?? content);
    this.#push(
      {
        role: "assistant",
        content: said,
        ...reasoning,
        ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
      },
      place,
    );
  }

  #endMedia(): void {
    if (this.#media === null) return;
    const { parts, place } = this.#media;
    this.#media = null;
    this.#push({ role: "user", content: parts }, place);
  }
}
