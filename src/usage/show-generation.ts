import type { ChatView } from "../account/index.ts";
import { toIso } from "../time.ts";
import { toCredits } from "../units.ts";
import type { Generation } from "./wire.ts";

/**
 * The number of a hold in the id of its chat: `gen_…-12` as replies have it, or `hld_12` as lists
 * do. A number is looked up in the caller's own account, so the rest of the id protects nothing.
 */
export const CHAT_ID = /^(?:hld_|gen_[0-9a-f]{32}-)(\d{1,15})$/;

/**
 * Shows a chat as OpenRouter's `GET /generation` does, with what is Farebox's own beside it. Both
 * of its counts are the model's own, as they are charged.
 * @param id as the caller asked for it
 * https://openrouter.ai/docs/api-reference/get-a-generation
 */
export function showGeneration(id: string, chat: ChatView): Generation {
  const { usage, model, latencyMs, payer, estimated, ending } = chat;
  const cost = toCredits(chat.costMicrocredits);
  return {
    id,
    model,
    task: chat.task ?? "chat",
    created_at: toIso(chat.beganAt),
    ended_at: toIso(chat.endedAt),
    tokens_prompt: usage.input,
    tokens_completion: usage.output,
    native_tokens_prompt: usage.input,
    native_tokens_completion: usage.output,
    native_tokens_cached: usage.cachedInput,
    native_tokens_cache_write: usage.cacheWriteInput ?? 0,
    native_tokens_reasoning: usage.reasoning ?? null,
    units: usage.units ?? null,
    estimated,
    usage: cost,
    total_cost: cost,
    payer,
    latency: latencyMs,
    cancelled: ending === "client_gone",
    ending,
    api_key_id: chat.keyId,
  };
}
