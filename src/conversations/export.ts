import type { Env } from "../env.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { chatHistory } from "./history.ts";
import { listPaymentStates } from "./payment.ts";
import { showConversation, showMessage } from "./show.ts";
import type { ReadPosition } from "./types.ts";

/**
 * A conversation as it begins, or a message of the one that began before it, as the wire shows
 * them.
 */
export type HistoryItemView =
  | { readonly kind: "conversation"; readonly conversation: ReturnType<typeof showConversation> }
  | { readonly kind: "message"; readonly message: ReturnType<typeof showMessage> };

/**
 * Everything that was said in a user's conversations, oldest first: each conversation, and then its
 * messages.
 */
export async function* iterateMessages(
  env: Pick<Env, "DB" | "CREDIT_ACCOUNT" | "CHAT_HISTORY">,
  userId: string,
): AsyncGenerator<HistoryItemView, void> {
  let readTo: ReadPosition | null = null;
  do {
    const page: Awaited<ReturnType<ReturnType<typeof chatHistory>["all"]>> = await orUnavailable(
      chatHistory(env, userId).all(readTo),
      "ChatHistory",
    );
    if (!page.ok) throw new Error(page.failure.message);
    const { said: items } = page.value;
    const conversations = items.flatMap((item) =>
      item.kind === "conversation" ? [item.conversation] : [],
    );
    const paymentStates = (await listPaymentStates(env, userId, conversations))[Symbol.iterator]();
    for (const item of items) {
      if (item.kind === "message") {
        yield { kind: "message", message: showMessage(item.message) };
        continue;
      }
      const { value = { paymentStatus: "unpaid", paymentRequired: false } } = paymentStates.next();
      yield { kind: "conversation", conversation: showConversation(item.conversation, value) };
    }
    readTo = page.value.readTo;
  } while (readTo !== null);
}
