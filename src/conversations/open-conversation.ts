import type { Context } from "../context.ts";
import type { Result } from "../errors.ts";
import { chatHistory } from "./history.ts";
import { resolveTarget } from "./resolve-target.ts";
import type { Conversation, NewConversation } from "./types.ts";

/** Opens a conversation with an agent or a model, if the user may chat with it. */
export async function openConversation(
  ctx: Context,
  userId: string,
  { title, agentId, model, systemPrompt }: Omit<NewConversation, "greeting">,
): Promise<Result<Conversation>> {
  const target = await resolveTarget(ctx, userId, { agentId, model, systemPrompt });
  if (!target.ok) return target;
  return await chatHistory(ctx.env, userId).create({
    title,
    agentId,
    systemPrompt,
    model: agentId === null ? target.value.model.id : null,
    greeting: target.value.agent?.greeting ?? null,
  });
}
