import type { Env } from "../env.ts";
import type { ChatHistory } from "./chat-history.ts";

/** Returns the stub of the one object that holds a user's conversations. */
export const chatHistory = (
  env: Pick<Env, "CHAT_HISTORY">,
  userId: string,
): DurableObjectStub<ChatHistory> => env.CHAT_HISTORY.get(env.CHAT_HISTORY.idFromName(userId));
