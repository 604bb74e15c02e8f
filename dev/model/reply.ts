import { badRequest, type ChatRequest, type Complaint } from "./request.ts";
import { tokensOf } from "./tokens.ts";

/** One answer, token by token. `length` when it was cut by the cap or by the end of the context. */
interface Choice {
  readonly tokens: readonly string[];
  readonly finishReason: "stop" | "length";
}

export interface Reply {
  readonly choices: readonly Choice[];
  readonly promptTokens: number;
  readonly completionTokens: number;
}

type Message = ChatRequest["messages"][number];

const textOf = ({ content }: Message): string => {
  if (content === null || content === undefined) return "";
  if (typeof content === "string") return content;
  return content.map((part) => part.text ?? "").join("\n");
};

/**
 * Every text of the prompt: what messages say, the tool calls they repeat, and the tools on offer.
 * Images count nothing.
 */
function promptTokens(request: ChatRequest): number {
  const texts = request.messages.map((message) => {
    const calls = message.tool_calls === undefined ? "" : JSON.stringify(message.tool_calls);
    return tokensOf(textOf(message)).length + tokensOf(calls).length;
  });
  const tools = request.tools === undefined ? 0 : tokensOf(JSON.stringify(request.tools)).length;
  return texts.reduce((sum, tokens) => sum + tokens, tools);
}

const RIDE = [" The", " fare", " is", " taken", " before", " the", " ride", "."];

/** Exactly `count` tokens. */
const ride = (count: number): string =>
  Array.from({ length: count }, (_, index) => RIDE[index % RIDE.length])
    .join("")
    .trimStart();

const excerpt = (text: string): string => {
  const words = text.trim().split(/\s+/u);
  return words.length > 12 ? `${words.slice(0, 12).join(" ")}…` : words.join(" ");
};

/** What this model has to say to a prompt: something about it, the same every time. */
function textFor(request: ChatRequest, promptTokenCount: number, index: number): string {
  const said = textOf(
    request.messages.findLast((message) => message.role === "user") ?? { role: "user" },
  );
  const exactly = /respond with exactly (\d{1,7}) tokens?/iu.exec(said)?.[1];
  if (exactly !== undefined) return ride(Number(exactly));
  const about = said.trim() === "" ? "You said nothing" : `You said “${excerpt(said)}”`;
  const messages =
    request.messages.length === 1 ? "one message" : `${request.messages.length} messages`;
  const tokens = promptTokenCount === 1 ? "one token" : `${promptTokenCount} tokens`;
  const answer = index === 0 ? "" : ` This is answer ${index + 1}.`;
  return `${about} – ${messages}, ${tokens}. I am the local model: I know nothing, but I count honestly, and I answer the same way every time.${answer}`;
}

const beforeStop = (text: string, stops: readonly string[]): string => {
  const found = stops.filter((stop) => stop !== "").map((stop) => text.indexOf(stop));
  return text.slice(0, Math.min(text.length, ...found.filter((at) => at >= 0)));
};

/**
 * Answers a request, or says why the context is too small for it.
 * @param outputTokens the exact length that a test asks for, before the cap
 */
export function replyTo(
  request: ChatRequest,
  contextLength: number,
  outputTokens?: number,
): Reply | Complaint {
  const prompt = promptTokens(request);
  const cap = request.max_completion_tokens ?? request.max_tokens ?? null;
  if (prompt + (cap ?? 1) > contextLength) {
    const requested =
      cap === null
        ? `your messages resulted in ${prompt} tokens`
        : `you requested ${prompt + cap} tokens`;
    return badRequest(
      `This model's maximum context length is ${contextLength} tokens. However, ${requested}. Please reduce the length of the messages or completion.`,
      "messages",
      "context_length_exceeded",
    );
  }
  const most = cap ?? contextLength - prompt;
  const stops = typeof request.stop === "string" ? [request.stop] : (request.stop ?? []);
  const choices = Array.from({ length: request.n ?? 1 }, (_, index): Choice => {
    const text = outputTokens === undefined ? textFor(request, prompt, index) : ride(outputTokens);
    const tokens = tokensOf(beforeStop(text, stops));
    return {
      tokens: tokens.slice(0, most),
      finishReason: tokens.length > most ? "length" : "stop",
    };
  });
  const completionTokens = choices.reduce((sum, choice) => sum + choice.tokens.length, 0);
  return { choices, promptTokens: prompt, completionTokens };
}
