import type { ChatView } from "../account/index.ts";
import { toIso } from "../time.ts";
import { toCredits } from "../units.ts";
import type { Generation } from "./wire.ts";

/**
 * Shows a chat as OpenRouter's `GET /generation` does, with what is Farebox's own beside it. Both
 * of its counts are the model's own, as they are charged.
 * @param id as the caller asked for it
 * @param showsVendor whether its provider is named
 * https://openrouter.ai/docs/api-reference/get-a-generation
 */
export function showGeneration(id: string, chat: ChatView, showsVendor: boolean): Generation {
  const { usage, model, latencyMs, payer, estimated, ending, served } = chat;
  const { firstByteMs = null, isStream = null, upstream = null } = served;
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
    first_byte_latency: firstByteMs,
    generation_time: firstByteMs === null ? null : Math.max(0, latencyMs - firstByteMs),
    streamed: isStream,
    provider_name: showsVendor ? upstream : null,
    cancelled: ending === "client_gone",
    ending,
    api_key_id: chat.keyId,
  };
}
