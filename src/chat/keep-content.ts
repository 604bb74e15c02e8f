import type { ChatOutcome } from "../account/index.ts";
import { keepChat } from "../kept/index.ts";
import type { ShownReply } from "./read-reply.ts";
import type { ChatRequest } from "./request.ts";
import type { ActiveChat, ChatContext } from "./types.ts";

/** Returns the JSON of a request without what Farebox added to it, and without long pictures. */
function toContent({ body, payloads }: ChatRequest, isTranslated: boolean): string {
  const { usage: _, ...asked } = body;
  return payloads.omitFrom(JSON.stringify(isTranslated ? asked : body));
}

/**
 * Keeps prompt and reply of a chat whose key has them kept, once it was settled. Of any other chat
 * it does nothing; nor of a conversation, which keeps its messages itself, or where nothing was
 * served.
 */
export async function keepContent(
  { env, caller, isText, isTranslated = false }: ChatContext,
  { request, hold: { holdNo, keepDays } }: Pick<ActiveChat, "request" | "hold">,
  { usage }: ChatOutcome,
  reply: ShownReply = { text: null, isCut: false },
): Promise<void> {
  if (keepDays === undefined || isText === true || usage === null) return;
  const content = {
    holdNo,
    keepDays,
    request: toContent(request, isTranslated),
    reply: reply.text,
    isReplyCut: reply.isCut,
    isStream: request.stream,
  };
  await keepChat(env, caller.userId, content, Date.now());
}
