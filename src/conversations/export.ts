import type { Context } from "../context.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { chatHistory } from "./history.ts";
import { listPaymentStates, UNPAID } from "./payment-state.ts";
import { showConversation, showMessage } from "./show.ts";
import type { ReadPosition } from "./types.ts";
import type { ConversationView, MessageView } from "./wire.ts";

/** The head of a conversation, or a message of the conversation whose head came before it. */
export type HistoryItemView =
  | { readonly kind: "conversation"; readonly conversation: ConversationView }
  | { readonly kind: "message"; readonly message: MessageView };

/**
 * Iterates over a user's conversations, oldest first: the head of each, and then its messages.
 */
export async function* iterateMessages(
  { env, db }: Pick<Context, "env" | "db">,
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
    const paymentStates = (await listPaymentStates(db, userId, conversations))[Symbol.iterator]();
    for (const item of items) {
      if (item.kind === "message") {
        yield { kind: "message", message: showMessage(item.message) };
        continue;
      }
      const { value = UNPAID } = paymentStates.next();
      yield { kind: "conversation", conversation: showConversation(item.conversation, value) };
    }
    readTo = page.value.readTo;
  } while (readTo !== null);
}
