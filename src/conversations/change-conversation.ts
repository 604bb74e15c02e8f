import type { Context } from "../context.ts";
import { fail, type Result } from "../errors.ts";
import { chatHistory } from "./history.ts";
import { requireModel } from "./resolve-model.ts";
import type { Conversation, ConversationChange } from "./types.ts";

/** Changes a conversation. Model and prompt are an agent's to decide, where it is with one. */
export async function changeConversation(
  ctx: Context,
  userId: string,
  conversationId: string,
  change: ConversationChange,
): Promise<Result<Conversation>> {
  const history = chatHistory(ctx.env, userId);
  const found = await history.conversation(conversationId);
  if (!found.ok) return found;
  if (found.value.agentId !== null && (change.model ?? change.systemPrompt ?? null) !== null) {
    const param = change.model === undefined ? "systemPrompt" : "model";
    const message = `${param}: is set by this conversation's agent. Leave it out.`;
    return fail("invalid_request", message, { param });
  }
  if (change.model !== undefined) {
    const model = await requireModel(ctx, change.model);
    if (!model.ok) return model;
  }
  return await history.change(found.value.id, change);
}
