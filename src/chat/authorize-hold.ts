import type { AuthorizeResult } from "../account/index.ts";
import { type ModelPricing, pricesOf } from "../catalog/index.ts";
import type { Result } from "../errors.ts";
import type { Upstream } from "../upstream/index.ts";
import { boundChat, toDearestImages } from "./chat-bounds.ts";
import type { ChatRequest } from "./request.ts";
import { requestHold } from "./request-hold.ts";
import type { ChatContext } from "./types.ts";

/**
 * Authorizes a chat by its first RPC: every check that comes before the upstream, and the hold.
 * @param upstreams all that may be asked: the hold is for the dearest
 */
export async function authorizeHold(
  context: ChatContext,
  request: ChatRequest,
  model: ModelPricing,
  upstreams: readonly Upstream[],
): Promise<Result<AuthorizeResult>> {
  const bounds = boundChat(request, model, toDearestImages(model, upstreams));
  if (!bounds.ok) return bounds;
  return await requestHold(context, {
    model: model.id,
    prices: pricesOf(model),
    ...bounds.value,
    choices: request.choices,
    holdTtlSeconds: context.config.HOLD_TTL_SECONDS,
  });
}
