import type { Env } from "../env.ts";
import { Refusal, type Result } from "../errors.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { toIso } from "../time.ts";
import type { KeptChat, KeptPage } from "./kept-chat.ts";
import type { KeptChatView } from "./wire.ts";

type Bindings = Pick<Env, "CHAT_HISTORY">;

const historyOf = ({ CHAT_HISTORY }: Bindings, userId: string) =>
  CHAT_HISTORY.get(CHAT_HISTORY.idFromName(userId));

/** Finds what is kept of a user's chat. @returns `not_found` where nothing is, or no longer */
export const findKept = (
  env: Bindings,
  userId: string,
  holdNo: number,
): Promise<Result<KeptChat>> =>
  orUnavailable(historyOf(env, userId).keptChat(holdNo), "ChatHistory");

/** Deletes what is kept of a user's chat. @returns `not_found` where nothing is */
export const deleteKept = (env: Bindings, userId: string, holdNo: number): Promise<Result<true>> =>
  orUnavailable(historyOf(env, userId).deleteKeptChat(holdNo), "ChatHistory");

/** Shows what is kept of a chat. */
export const showKept = (kept: KeptChat): KeptChatView => ({
  id: `hld_${kept.holdNo}`,
  keptAt: toIso(kept.keptAtMs),
  expiresAt: toIso(kept.expiresAtMs),
  request: kept.request,
  requestTruncated: kept.isRequestCut,
  reply: kept.reply,
  replyTruncated: kept.isReplyCut,
  streamed: kept.isStream,
});

/** Iterates everything that is kept of a user's chats, oldest first. */
export async function* iterateKept(
  env: Bindings,
  userId: string,
): AsyncGenerator<KeptChatView, void> {
  let after: number | null = 0;
  do {
    const page: Result<KeptPage> = await orUnavailable(
      historyOf(env, userId).keptChats(after),
      "ChatHistory",
    );
    if (!page.ok) throw new Refusal(page.failure);
    yield* page.value.chats.map(showKept);
    ({ after } = page.value);
  } while (after !== null);
}
