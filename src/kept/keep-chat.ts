import { formatError } from "../db.ts";
import type { Env } from "../env.ts";
import { log } from "../log.ts";
import { DAY_MS } from "../time.ts";
import { cutToKept } from "./kept-chat.ts";

/** What is to be kept of a chat. */
export interface ChatContent {
  readonly holdNo: number;
  /** For how many days. */
  readonly keepDays: number;
  /** The request's JSON. */
  readonly request: string;
  /** The beginning of the reply; null where it was passed on unread. */
  readonly reply: string | null;
  /** Whether there was more of the reply. */
  readonly isReplyCut: boolean;
  readonly isStream: boolean;
}

/**
 * Keeps the prompt and the reply of a chat in its user's own object. A failure is logged, and the
 * chat is not kept: nothing else depends on it. It is not tried again.
 */
export async function keepChat(
  { CHAT_HISTORY }: Pick<Env, "CHAT_HISTORY">,
  userId: string,
  { holdNo, keepDays, isStream, ...content }: ChatContent,
  nowMs: number,
): Promise<void> {
  try {
    const request = cutToKept(content.request);
    const reply = content.reply === null ? null : cutToKept(content.reply);
    const kept = await CHAT_HISTORY.get(CHAT_HISTORY.idFromName(userId)).keepChat({
      holdNo,
      keptAtMs: nowMs,
      expiresAtMs: nowMs + keepDays * DAY_MS,
      request: request.text,
      isRequestCut: request.isCut,
      reply: reply?.text ?? null,
      isReplyCut: content.isReplyCut || reply?.isCut === true,
      isStream,
    });
    if (!kept.ok) log.warn("chat.not_kept", { userId, holdNo, message: kept.failure.message });
  } catch (error) {
    log.error("chat.not_kept", { userId, holdNo, message: formatError(error) });
  }
}
