import { type ChatAgent, resolveChatAgent } from "../agents/index.ts";
import type { ModelPricing } from "../catalog/index.ts";
import type { Database } from "../db.ts";
import type { Env } from "../env.ts";
import { fail, ok, type Result } from "../errors.ts";
import { requireModel, resolveDefaultModel } from "./resolve-model.ts";
import type { Conversation } from "./types.ts";

/** Whom a user talks to. */
export interface ChatTarget {
  readonly model: ModelPricing;
  readonly systemPrompt: string | null;
  /** The agent, where it is one. */
  readonly agent: ChatAgent | null;
}

/** Where a partner is looked for, and for whom. */
interface TargetContext {
  readonly env: Pick<Env, "DB">;
  readonly db: Database;
  readonly userId: string;
  readonly nowMs: number;
}

/**
 * Whom a user wants to talk to: an agent, or a model (null: whichever) that is told something, or
 * nothing.
 */
type TargetParams = Pick<Conversation, "agentId" | "model" | "systemPrompt">;

/** Finds whom a user wants to talk to, if they may. */
export async function resolveTarget(
  { env, db, userId, nowMs }: TargetContext,
  params: TargetParams,
): Promise<Result<ChatTarget>> {
  if (params.agentId !== null) {
    const field = params.model === null ? "systemPrompt" : "model";
    if (params[field] !== null)
      return fail("invalid_request", `${field}: the agent decides it. Leave it out.`, {
        param: field,
      });
    const agent = await resolveChatAgent(db, userId, params.agentId);
    if (!agent.ok) return agent;
    const model = await requireModel(env.DB, agent.value.model, nowMs);
    return model.ok
      ? ok({ model: model.value, systemPrompt: agent.value.systemPrompt, agent: agent.value })
      : model;
  }
  const model =
    params.model === null
      ? await resolveDefaultModel(env.DB, db, userId, nowMs)
      : await requireModel(env.DB, params.model, nowMs);
  if (!model.ok) return model;
  return ok({ model: model.value, systemPrompt: params.systemPrompt, agent: null });
}

/** Whom a conversation is with, for a turn that may name another model, but no other agent. */
export async function resolveTurnTarget(
  context: TargetContext,
  conversation: Conversation,
  request: { readonly agentId: string | null; readonly model: string | null },
): Promise<Result<ChatTarget>> {
  const { agentId, model, systemPrompt } = conversation;
  if (request.agentId !== null && request.agentId !== agentId) {
    const message =
      "agentId: this conversation is with another partner. Begin one with this agent.";
    return fail("invalid_request", message, { param: "agentId" });
  }
  return await resolveTarget(context, { agentId, model: request.model ?? model, systemPrompt });
}
