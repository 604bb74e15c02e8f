import { parseLossless } from "../../chat/index.ts";
import type { BlockEvent, BlockStart } from "./blocks.ts";
import { emptyMessage, type MessageEvent, type MessageHead } from "./message-events.ts";

type Block =
  | Exclude<BlockStart, { type: "text" | "thinking" | "tool_use" }>
  | { type: "text"; text: string; citations: null }
  | { type: "thinking"; thinking: string; signature: string }
  | (Omit<Extract<BlockStart, { type: "tool_use" }>, "input"> & { input: unknown });

/** Reads the input of a tool call. One that is no JSON, as it was cut off, stays a text. */
function readInput(json: string): unknown {
  try {
    return json === "" ? {} : parseLossless(json);
  } catch {
    return json;
  }
}

/** The blocks of a whole message. */
class BlockBuilder {
  readonly blocks: Block[] = [];
  #inputJson = "";

  add(event: BlockEvent): void {
    if (event.type === "content_block_start") {
      this.blocks.push({ ...event.content_block });
      this.#inputJson = "";
      return;
    }
    const block = this.blocks[event.index];
    if (event.type === "content_block_stop") {
      if (block?.type === "tool_use") block.input = readInput(this.#inputJson);
      return;
    }
    const { delta } = event;
    if (delta.type === "input_json_delta") this.#inputJson += delta.partial_json;
    else if (delta.type === "text_delta" && block?.type === "text") block.text += delta.text;
    else if (block?.type !== "thinking") return;
    else if (delta.type === "thinking_delta") block.thinking += delta.thinking;
    else if (delta.type === "signature_delta") block.signature = delta.signature;
  }
}

/** Builds a whole message from the events of its stream. */
export function buildMessage(head: MessageHead, events: Iterable<MessageEvent>) {
  const content = new BlockBuilder();
  const message = { ...emptyMessage(head), content: content.blocks };
  let ending = {};
  for (const event of events)
    switch (event.type) {
      case "content_block_start":
      case "content_block_delta":
      case "content_block_stop":
        content.add(event);
        break;
      case "message_delta":
        ending = { ...event.delta, usage: { ...message.usage, ...event.usage } };
        break;
      case "message_start":
      case "message_stop":
      case "error":
        break;
    }
  return { ...message, ...ending };
}
