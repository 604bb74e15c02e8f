import { z } from "zod";
import { call } from "./call.ts";
import type { FundedUser } from "./funded-user.ts";

const message = z.object({
  id: z.string(),
  role: z.enum(["user", "assistant"]),
  content: z.string(),
  status: z.string(),
  error: z.string().nullable(),
  model: z.string().nullable(),
  usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }).nullable(),
  cost: z.number().nullable(),
  parentId: z.string().nullable(),
  branches: z.array(z.string()),
});
const turn = z.object({
  conversationId: z.string(),
  userMessage: message,
  message,
  usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }),
  cost: z.number(),
});
export type MessageView = z.infer<typeof message>;

type TokenHolder = Pick<FundedUser, "token">;

/** Sends a message and returns the response as it is. The model is `large` unless given. */
export const sendMessage = (
  user: TokenHolder,
  json: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<Response> =>
  call("POST", "/api/chat", {
    token: user.token,
    body: { ...("conversationId" in json || "agentId" in json ? {} : { model: "large" }), ...json },
    headers,
  });

/** Sends a message and expects a reply. */
export async function takeTurn(
  user: TokenHolder,
  json: Record<string, unknown>,
  headers: Record<string, string> = {},
) {
  const response = await sendMessage(user, json, headers);
  if (response.status !== 200)
    throw new Error(`Talking answered ${response.status}: ${await response.text()}`);
  return turn.parse(await response.json());
}

/** Lists all messages of a conversation, oldest first. */
export async function listMessages(
  user: TokenHolder,
  conversationId: string,
): Promise<MessageView[]> {
  const response = await call("GET", `/api/conversations/${conversationId}/messages?limit=100`, {
    token: user.token,
  });
  return z.object({ data: z.array(message) }).parse(await response.json()).data;
}

const frame = z.looseObject({
  conversationId: z.string().optional(),
  choices: z.array(z.object({ delta: z.object({ content: z.string().optional() }) })).optional(),
  usage: z.object({ cost: z.number() }).optional(),
  message: message.optional(),
  error: z.object({ code: z.string() }).optional(),
});

/**
 * Parses a streamed reply into its text, the stored message, the error, and whether it ended with
 * `[DONE]`.
 */
export function parseStreamedReply(stream: string) {
  const lines = stream.split("\n\n").filter((line) => line !== "");
  const done = lines.at(-1) === "data: [DONE]";
  const frames = lines
    .filter((line) => line !== "data: [DONE]")
    .map((line) => frame.parse(JSON.parse(line.slice(6))));
  return {
    done,
    conversationId: frames[0]?.conversationId ?? "",
    text: frames.map(({ choices }) => choices?.[0]?.delta.content ?? "").join(""),
    message: frames.find((one) => one.message !== undefined)?.message,
    cost: frames.find((one) => one.usage !== undefined)?.usage?.cost,
    error: frames.find((one) => one.error !== undefined)?.error?.code,
  };
}
