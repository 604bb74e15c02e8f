import { type Talker, talkerFor } from "../agents/index.ts";
import type { ModelPricing } from "../catalog/index.ts";
import type { Database } from "../db.ts";
import type { Env } from "../env.ts";
import { fail, ok, type Result } from "../errors.ts";
import { defaultModel, modelNamed } from "./default-model.ts";
import type { Conversation } from "./types.ts";

/** Whom a user talks to. */
export interface Partner {
  readonly model: ModelPricing;
  readonly systemPrompt: string | null;
  /** The agent, where it is one. */
  readonly talker: Talker | null;
}

/** Where a partner is looked for, and for whom. */
interface Place {
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
export async function partnerOf(
  { env, db, userId, nowMs }: Place,
  params: TargetParams,
): Promise<Result<Partner>> {
  if (params.agentId !== null) {
    const field = params.model === null ? "systemPrompt" : "model";
    if (params[field] !== null)
      return fail("invalid_request", `${field}: the agent decides it. Leave it out.`, {
        param: field,
      });
    const talker = await talkerFor(db, userId, params.agentId);
    if (!talker.ok) return talker;
    const model = await modelNamed(env.DB, talker.value.model, nowMs);
    return model.ok
      ? ok({ model: model.value, systemPrompt: talker.value.systemPrompt, talker: talker.value })
      : model;
  }
  const model =
    params.model === null
      ? await defaultModel(env.DB, db, userId, nowMs)
      : await modelNamed(env.DB, params.model, nowMs);
  if (!model.ok) return model;
  return ok({ model: model.value, systemPrompt: params.systemPrompt, talker: null });
}

/** Whom a conversation is with, for a turn that may name another model, but no other agent. */
export async function partnerIn(
  place: Place,
  conversation: Conversation,
  request: { readonly agentId: string | null; readonly model: string | null },
): Promise<Result<Partner>> {
  const { agentId, model, systemPrompt } = conversation;
  if (request.agentId !== null && request.agentId !== agentId) {
    const message =
      "agentId: this conversation is with another partner. Begin one with this agent.";
    return fail("invalid_request", message, { param: "agentId" });
  }
  return await partnerOf(place, { agentId, model: request.model ?? model, systemPrompt });
}
