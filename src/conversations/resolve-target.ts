import { type ChatAgent, resolveChatAgent } from "../agents/index.ts";
import type { ModelPricing } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import { fail, ok, type Result } from "../errors.ts";
import { requireModel, resolveDefaultModel } from "./resolve-model.ts";
import type { Conversation } from "./types.ts";

/** The one that replies: a model, by itself or as an agent. */
export interface ChatTarget {
  readonly model: ModelPricing;
  readonly systemPrompt: string | null;
  /** Null where the model replies by itself. */
  readonly agent: ChatAgent | null;
}

/** The choice of a target: an agent, or a model (null: the default one) with an optional prompt. */
type TargetParams = Pick<Conversation, "agentId" | "model" | "systemPrompt">;

/** Resolves the target that a user chose, if the user may chat with it. */
export async function resolveTarget(
  ctx: Context,
  userId: string,
  params: TargetParams,
): Promise<Result<ChatTarget>> {
  if (params.agentId !== null) {
    const field = params.model === null ? "systemPrompt" : "model";
    if (params[field] !== null)
      return fail("invalid_request", `${field}: is set by the agent. Leave it out.`, {
        param: field,
      });
    const agent = await resolveChatAgent(ctx.db, userId, params.agentId);
    if (!agent.ok) return agent;
    const model = await requireModel(ctx, agent.value.model);
    return model.ok
      ? ok({ model: model.value, systemPrompt: agent.value.systemPrompt, agent: agent.value })
      : model;
  }
  const model =
    params.model === null
      ? await resolveDefaultModel(ctx, userId)
      : await requireModel(ctx, params.model);
  if (!model.ok) return model;
  return ok({ model: model.value, systemPrompt: params.systemPrompt, agent: null });
}

/**
 * Resolves the target of a turn in a conversation: the conversation's own. The turn may name
 * another model, but no other agent.
 */
export async function resolveTurnTarget(
  ctx: Context,
  userId: string,
  conversation: Conversation,
  request: { readonly agentId: string | null; readonly model: string | null },
): Promise<Result<ChatTarget>> {
  const { agentId, model, systemPrompt } = conversation;
  if (request.agentId !== null && request.agentId !== agentId) {
    const message =
      "agentId: this conversation belongs to another agent or model. Start a new one with " +
      "this agent.";
    return fail("invalid_request", message, { param: "agentId" });
  }
  const params = { agentId, model: request.model ?? model, systemPrompt };
  return await resolveTarget(ctx, userId, params);
}
