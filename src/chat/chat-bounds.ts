import type { ModelPricing } from "../catalog/index.ts";
import { fail, ok, type Result } from "../errors.ts";
import type { Upstream } from "../upstream/index.ts";
import {
  ESTIMATED_IMAGE_TOKENS,
  estimateMostTokens,
  likelyPromptTokens,
  type PromptBound,
} from "./prompt.ts";
import type { ChatRequest } from "./request.ts";

/** The most tokens that a chat is held for. */
interface ChatBounds {
  readonly promptBoundTokens: number;
  /** The most that common tokenizers count: what has to be paid where the bound cannot be. */
  readonly promptEstimateTokens: number;
  /** For each choice. */
  readonly maxTokens: number;
}

/** The likely count is not the vendor's: what is beyond this many contexts cannot fit. */
const REFUSED_CONTEXTS = 1.2;
/** The part of the likely count that is left as room beside the prompt, with what vendors add. */
const ROOM_MARGIN = 1.05;
const OVERHEAD_TOKENS = 64;

/** The settings of an upstream that say what a picture may take there. */
type ImageSettings = Pick<Upstream, "imageTokens" | "lowDetailImageTokens">;

/**
 * Returns what the pictures of a prompt take at most, wherever it is sent: what the model says, or
 * else the upstream at which they take the most.
 */
export function toDearestImages(
  model: Pick<ModelPricing, "imageTokens" | "lowDetailImageTokens">,
  upstreams: readonly ImageSettings[],
): ImageSettings {
  if (model.imageTokens !== null) {
    const { imageTokens, lowDetailImageTokens } = model;
    return { imageTokens, lowDetailImageTokens: lowDetailImageTokens ?? imageTokens };
  }
  return {
    imageTokens: Math.max(...upstreams.map(({ imageTokens }) => imageTokens)),
    lowDetailImageTokens: Math.max(
      ...upstreams.map(
        ({ imageTokens, lowDetailImageTokens = imageTokens }) => lowDetailImageTokens,
      ),
    ),
  };
}

/** Bounds what the pictures of a prompt take, by the vendor's rules. */
function boundImages({ images, lowDetailImages }: PromptBound, settings: ImageSettings): number {
  const { imageTokens, lowDetailImageTokens = imageTokens } = settings;
  return (images - lowDetailImages) * imageTokens + lowDetailImages * lowDetailImageTokens;
}

/**
 * Bounds a chat by its request, model and upstream. The prompt is bounded by its bytes and its
 * pictures, and by the context that the model has: a vendor's own model may take more, so a prompt
 * that is about as long as the context is bounded by its likely count, and a longer one is refused.
 * Without a cap of the client's the reply gets what is left of the context.
 * @returns `invalid_request` (`context_length_exceeded`) for a prompt that cannot fit
 */
export function boundChat(
  { body, payloads, promptBound, maxTokens }: ChatRequest,
  { contextLength, maxOutputTokens }: Pick<ModelPricing, "contextLength" | "maxOutputTokens">,
  settings: ImageSettings,
): Result<ChatBounds> {
  const imageTokens = boundImages(promptBound, settings);
  const promptBoundTokens = promptBound.textTokens + imageTokens;
  const mostTokens = estimateMostTokens(body, payloads) + imageTokens;
  // What has more in it than text and pictures cannot be estimated.
  const estimate = (bound: number): number =>
    Number.isFinite(promptBoundTokens) ? Math.min(bound, mostTokens) : bound;
  const cap = Math.min(maxTokens ?? maxOutputTokens, maxOutputTokens);
  const mayExceed = promptBoundTokens > contextLength;
  if (!mayExceed && promptBoundTokens + cap <= contextLength)
    return ok({
      promptBoundTokens,
      promptEstimateTokens: estimate(promptBoundTokens),
      maxTokens: cap,
    });

  const refused = contextLength * REFUSED_CONTEXTS;
  // Without its pictures, of which each may be small.
  const likelyTextTokens = likelyPromptTokens(body, payloads, refused);
  if (likelyTextTokens > refused)
    return fail(
      "invalid_request",
      `This model's maximum context length is ${contextLength} tokens. Your messages have ` +
        `more than ${Math.floor(refused)}. Shorten them.`,
      { param: "messages", vendorCode: "context_length_exceeded" },
    );
  const likelyTokens =
    likelyTextTokens + Math.min(imageTokens, promptBound.images * ESTIMATED_IMAGE_TOKENS);
  const room = contextLength - Math.ceil(likelyTokens * ROOM_MARGIN) - OVERHEAD_TOKENS;
  const bound = mayExceed
    ? Math.min(promptBoundTokens, Math.max(contextLength, mostTokens))
    : promptBoundTokens;
  return ok({
    promptBoundTokens: bound,
    promptEstimateTokens: estimate(bound),
    maxTokens: maxTokens === null ? Math.max(1, Math.min(cap, room)) : cap,
  });
}
