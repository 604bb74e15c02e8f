import type { AuthorizeCommand } from "../account/index.ts";
import { type ModelPricing, pricesOf } from "../catalog/index.ts";
import type { Config } from "../config.ts";
import { ok, type Result } from "../errors.ts";
import type { Upstream } from "../upstream/index.ts";
import { boundChat, toDearestImages } from "./chat-bounds.ts";
import type { ChatRequest } from "./request.ts";

/**
 * Returns what is asked of the account for a chat: its bounds, and its prices.
 * @param upstreams all that may be asked: the hold is for the dearest
 * @returns `invalid_request` (`context_length_exceeded`) for a prompt that cannot fit
 */
export function toHoldRequest(
  { HOLD_TTL_SECONDS }: Pick<Config, "HOLD_TTL_SECONDS">,
  request: ChatRequest,
  model: ModelPricing,
  upstreams: readonly Upstream[],
): Result<AuthorizeCommand["chat"]> {
  const bounds = boundChat(request, model, toDearestImages(model, upstreams));
  if (!bounds.ok) return bounds;
  return ok({
    model: model.id,
    prices: pricesOf(model),
    ...bounds.value,
    choices: request.choices,
    holdTtlSeconds: HOLD_TTL_SECONDS,
  });
}
