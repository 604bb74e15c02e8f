import type { ModelPricing } from "../catalog/index.ts";
import { fail, ok, type Result } from "../errors.ts";
import { estimatePromptTokens } from "./prompt.ts";
import type { ChatRequest } from "./request.ts";

/** The most tokens that a chat is held for. */
interface ChatBounds {
  readonly promptBoundTokens: number;
  /** For each choice. */
  readonly maxTokens: number;
}

/** The estimate is not the vendor's tokenizer: what is beyond this many contexts cannot fit. */
const REFUSED_CONTEXTS = 1.2;
/** By how much the vendor's count may be above the estimate, as far as the hold provides for it. */
const ESTIMATE_MARGIN = 1.25;
/** The part of the estimate that is left as room beside the prompt, with what vendors add. */
const ROOM_MARGIN = 1.05;
const OVERHEAD_TOKENS = 64;

/**
 * Bounds a chat by its request and model. The prompt is bounded by its bytes, and by the context
 * that the model has: a vendor's own model may take more, so a prompt that is about as long as the
 * context is bounded by its estimate, and a longer one is refused. Without a cap of the client's
 * the reply gets what is left of the context.
 * @returns `invalid_request` (`context_length_exceeded`) for a prompt that cannot fit
 */
export function boundChat(request: ChatRequest, model: ModelPricing): Result<ChatBounds> {
  const { contextLength, maxOutputTokens } = model;
  const { promptBoundTokens, maxTokens } = request;
  const cap = Math.min(maxTokens ?? maxOutputTokens, maxOutputTokens);
  const mayExceed = promptBoundTokens > contextLength;
  if (!mayExceed && promptBoundTokens + cap <= contextLength)
    return ok({ promptBoundTokens, maxTokens: cap });

  const estimate = estimatePromptTokens(request.body);
  if (estimate > contextLength * REFUSED_CONTEXTS)
    return fail(
      "invalid_request",
      `This model's maximum context length is ${contextLength} tokens. Your messages have about ` +
        `${estimate}.`,
      { param: "messages", vendorCode: "context_length_exceeded" },
    );
  const room = contextLength - Math.ceil(estimate * ROOM_MARGIN) - OVERHEAD_TOKENS;
  return ok({
    promptBoundTokens: mayExceed
      ? Math.min(promptBoundTokens, Math.max(contextLength, Math.ceil(estimate * ESTIMATE_MARGIN)))
      : promptBoundTokens,
    maxTokens: maxTokens === null ? Math.max(1, Math.min(cap, room)) : cap,
  });
}
