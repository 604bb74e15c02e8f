import { badRequest, type ChatRequest, type RequestError } from "./request.ts";
import { tokenize } from "./tokens.ts";

/**
 * One choice of a reply, token by token. The finish reason is `length` if the cap or the context
 * ended it.
 */
interface Choice {
  readonly tokens: readonly string[];
  /** The tool that is called, with the tokens as its arguments. */
  readonly toolName?: string | undefined;
  readonly finishReason: "stop" | "length" | "tool_calls";
  /** The stop sequence that ended it, which only some APIs tell. */
  readonly stopSequence?: string | undefined;
}

export interface Reply {
  readonly choices: readonly Choice[];
  /** What the model thought before it, token by token, where the API shows that. */
  readonly thoughts: readonly string[];
  readonly promptTokens: number;
  readonly completionTokens: number;
}

type Message = ChatRequest["messages"][number];

const messageText = ({ content }: Message): string => {
  if (content === null || content === undefined) return "";
  if (typeof content === "string") return content;
  return content.map((part) => part.text ?? "").join("\n");
};

/**
 * Counts the tokens of every text in the prompt: messages, the tool calls in them, and the tools.
 * Images count nothing.
 */
function countPromptTokens(request: ChatRequest): number {
  const texts = request.messages.map((message) => {
    const calls = message.tool_calls === undefined ? "" : JSON.stringify(message.tool_calls);
    return tokenize(messageText(message)).length + tokenize(calls).length;
  });
  const tools = request.tools === undefined ? 0 : tokenize(JSON.stringify(request.tools)).length;
  return texts.reduce((sum, tokens) => sum + tokens, tools);
}

const FILLER_TOKENS = [" The", " fare", " is", " taken", " before", " the", " ride", "."];

/** Returns a text of exactly `count` tokens. */
const fillerText = (count: number): string =>
  Array.from({ length: count }, (_, index) => FILLER_TOKENS[index % FILLER_TOKENS.length])
    .join("")
    .trimStart();

const excerpt = (text: string): string => {
  const words = text.trim().split(/\s+/u);
  return words.length > 12 ? `${words.slice(0, 12).join(" ")}…` : words.join(" ");
};

/** A tool call that a prompt asks for. */
interface ToolCall {
  readonly name: string;
  readonly arguments: string;
}

/** Returns the name of an offered tool. */
const toolName = ({ function: offered }: Readonly<Record<string, unknown>>): unknown =>
  typeof offered === "object" && offered !== null && "name" in offered ? offered.name : undefined;

/**
 * Returns the call that the user asks for at the end of the last message, `call the tool NAME with
 * {…}`, where the tool is on offer and its result is not there yet.
 */
function askedCall({ messages, tools }: ChatRequest): ToolCall | undefined {
  const at = messages.findLastIndex(({ role }) => role === "user");
  const asked = messages[at];
  if (asked === undefined || messages.slice(at).some(({ role }) => role === "tool"))
    return undefined;
  const [, name, json] = /call the tool (\w+) with (\{.*\})\s*$/su.exec(messageText(asked)) ?? [];
  if (name === undefined || json === undefined) return undefined;
  return tools?.some((tool) => toolName(tool) === name) === true
    ? { name, arguments: json }
    : undefined;
}

/** Returns the model's text for a prompt, which is always the same and is about the prompt. */
function replyText(request: ChatRequest, promptTokenCount: number, index: number): string {
  const userText = messageText(
    request.messages.findLast((message) => message.role === "user") ?? { role: "user" },
  );
  const dictated = /^markdown:\s*(.+)$/isu.exec(userText)?.[1];
  if (dictated !== undefined) return dictated;
  const exactly = /respond with exactly (\d{1,7}) tokens?/iu.exec(userText)?.[1];
  if (exactly !== undefined) return fillerText(Number(exactly));
  const opening = userText.trim() === "" ? "You said nothing" : `You said “${excerpt(userText)}”`;
  const messages =
    request.messages.length === 1 ? "one message" : `${request.messages.length} messages`;
  const tokens = promptTokenCount === 1 ? "one token" : `${promptTokenCount} tokens`;
  const answer = index === 0 ? "" : ` This is answer ${index + 1}.`;
  return (
    `${opening} – ${messages}, ${tokens}. I am the local model: I know nothing, ` +
    `but I count honestly, and I answer the same way every time.${answer}`
  );
}

/** Cuts a text at the first stop sequence in it. */
function cutAtStop(text: string, stops: readonly string[]) {
  const found = stops
    .filter((stop) => stop !== "" && text.includes(stop))
    .map((stop) => ({ stop, at: text.indexOf(stop) }))
    .toSorted((a, b) => a.at - b.at);
  return { text: text.slice(0, found[0]?.at ?? text.length), stop: found[0]?.stop };
}

/** What the model thinks, where it is asked to. */
const THOUGHT = "The fare is known, so I count and answer.";

/**
 * Builds the reply to a request, or an error if the context is too small.
 * @param outputTokens the exact length that a test scripted, before the cap
 * @param thinks whether the model thinks first, at the expense of the cap
 */
export function buildReply(
  request: ChatRequest,
  contextLength: number,
  outputTokens?: number,
  thinks = false,
): Reply | RequestError {
  const prompt = countPromptTokens(request);
  const cap = request.max_completion_tokens ?? request.max_tokens ?? null;
  if (prompt + (cap ?? 1) > contextLength) {
    const requested =
      cap === null
        ? `your messages resulted in ${prompt} tokens`
        : `you requested ${prompt + cap} tokens`;
    return badRequest(
      `This model's maximum context length is ${contextLength} tokens. However, ${requested}. ` +
        "Please reduce the length of the messages or completion.",
      "messages",
      "context_length_exceeded",
    );
  }
  const most = cap ?? contextLength - prompt;
  const thoughts = thinks ? tokenize(THOUGHT).slice(0, most) : [];
  const maxTokens = most - thoughts.length;
  const stops = typeof request.stop === "string" ? [request.stop] : (request.stop ?? []);
  const choices = Array.from({ length: request.n ?? 1 }, (_, index): Choice => {
    const call = outputTokens === undefined ? askedCall(request) : undefined;
    const text =
      outputTokens === undefined ? replyText(request, prompt, index) : fillerText(outputTokens);
    const cut = cutAtStop(text, stops);
    const tokens = tokenize(call?.arguments ?? cut.text);
    const reason = call === undefined ? "stop" : "tool_calls";
    return {
      tokens: tokens.slice(0, maxTokens),
      toolName: call?.name,
      finishReason: tokens.length > maxTokens ? "length" : reason,
      stopSequence: call === undefined && tokens.length <= maxTokens ? cut.stop : undefined,
    };
  });
  const spoken = choices.reduce((sum, choice) => sum + choice.tokens.length, 0);
  return { choices, thoughts, promptTokens: prompt, completionTokens: spoken + thoughts.length };
}
