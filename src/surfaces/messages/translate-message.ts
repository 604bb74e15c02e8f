import { type Thought, toReasoning } from "./sealed-thinking.ts";
import type { Message } from "./wire.ts";

type Fields = Readonly<Record<string, unknown>>;
type Of<Role extends Message["role"]> = Extract<Message, { role: Role }>;
type UserBlock = Of<"user">["content"][number];
type ToolResult = Extract<UserBlock, { type: "tool_result" }>;
type InputBlock = Exclude<UserBlock, ToolResult>;
type TextBlock = Extract<UserBlock, { type: "text" }>;

/** Returns the mark of a cache, where there is one, for a part of a message. */
export const cacheMark = ({ cache_control: mark }: { readonly cache_control?: unknown }): Fields =>
  mark === undefined || mark === null ? {} : { cache_control: mark };

const toTextPart = (block: TextBlock): Fields => ({
  type: "text",
  text: block.text,
  ...cacheMark(block),
});

/** Writes a document of plain text with its title and what is said of it. */
const documentText = (texts: readonly (string | null | undefined)[]): string =>
  texts.filter((text) => (text ?? "") !== "").join("\n\n");

function toPart(block: InputBlock): Fields {
  switch (block.type) {
    case "text":
      return toTextPart(block);
    case "image": {
      const { source } = block;
      const url =
        source.type === "url" ? source.url : `data:${source.media_type};base64,${source.data}`;
      return { type: "image_url", image_url: { url }, ...cacheMark(block) };
    }
    case "document": {
      const { source, title, context } = block;
      if (source.type === "text")
        return { type: "text", text: documentText([title, context, source.data]) };
      const data = `data:${source.media_type};base64,${source.data}`;
      const filename = title ?? "document.pdf";
      return { type: "file", file: { filename, file_data: data }, ...cacheMark(block) };
    }
  }
}

const isPlainText = (part: Fields): boolean =>
  part["type"] === "text" && Object.keys(part).length === 2;

/**
 * Joins parts into a text where they are nothing else, which every vendor takes.
 */
function toContent(parts: readonly Fields[]): string | readonly Fields[] {
  return parts.every(isPlainText) ? parts.map(({ text }) => text).join("\n\n") : parts;
}

/** Builds the message of a system prompt, or of one between other messages. */
export const toSystemMessage = (content: readonly TextBlock[]): Fields => ({
  role: "system",
  content: toContent(content.map(toTextPart)),
});

/** Builds the result of a tool call: of texts alone, as OpenAI has it. */
function toToolMessage(result: ToolResult): Fields {
  const { tool_use_id: id, is_error: isError } = result;
  const texts = (result.content ?? []).map(toPart).filter((part) => part["type"] === "text");
  const told = isError === true ? [{ type: "text", text: "Error:" }, ...texts] : texts;
  const content = toContent(told);
  const mark = cacheMark(result);
  return {
    role: "tool",
    tool_call_id: id,
    content:
      typeof content === "string" && "cache_control" in mark
        ? [{ type: "text", text: content, ...mark }]
        : content,
  };
}

/** Returns what a tool's result has beside texts, for the user's message that follows. */
function toResultMedia({ tool_use_id: id, content }: ToolResult): readonly Fields[] {
  const media = (content ?? []).map(toPart).filter((part) => part["type"] !== "text");
  return media.length === 0
    ? []
    : [{ type: "text", text: `The result of the tool call ${id}:` }, ...media];
}

/** A user's message: first the results of tool calls, each a message, then what the user says. */
function toUserMessages({ content }: Of<"user">): readonly Fields[] {
  const results = content.filter((block) => block.type === "tool_result");
  const said = content.filter((block) => block.type !== "tool_result");
  const parts = [...results.flatMap(toResultMedia), ...said.map(toPart)];
  const isSaid = parts.length > 0 || results.length === 0;
  return [
    ...results.map(toToolMessage),
    ...(isSaid ? [{ role: "user", content: toContent(parts) }] : []),
  ];
}

/** The arguments of a tool call. Those that were no JSON object went out as text. */
const toArguments = (input: unknown): string =>
  typeof input === "string" ? input : JSON.stringify(input ?? {});

function toAssistantMessage({ content }: Of<"assistant">): Fields {
  const texts: Fields[] = [];
  const calls: Fields[] = [];
  const thoughts: Thought[] = [];
  for (const block of content)
    if (block.type === "text") texts.push(toTextPart(block));
    else if (block.type === "tool_use")
      calls.push({
        id: block.id,
        type: "function",
        function: { name: block.name, arguments: toArguments(block.input) },
      });
    else thoughts.push(block);
  return {
    role: "assistant",
    content: texts.length === 0 && calls.length > 0 ? null : toContent(texts),
    ...toReasoning(thoughts),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/** Translates one of Anthropic's messages to OpenAI's, which has one for each tool result. */
export function translateMessage(message: Message): readonly Fields[] {
  switch (message.role) {
    case "user":
      return toUserMessages(message);
    case "assistant":
      return [toAssistantMessage(message)];
    case "system":
      return [toSystemMessage(message.content)];
  }
}
