import { type AuthorizeCommand, type AuthorizeResult, creditAccount } from "../account/index.ts";
import type { ModelPricing } from "../catalog/index.ts";
import { formatError } from "../db.ts";
import { fail, ok, type Result } from "../errors.ts";
import { log } from "../log.ts";
import type { Upstream } from "../upstream/index.ts";
import { boundChat } from "./chat-bounds.ts";
import type { ChatRequest } from "./request.ts";
import type { ChatContext } from "./types.ts";

/** Authorizes a chat by its first RPC: every check that comes before the upstream, and the hold. */
export async function authorizeHold(
  { env, config, caller, idempotency, isCounted = false }: ChatContext,
  request: ChatRequest,
  model: ModelPricing,
  upstream: Upstream,
): Promise<Result<AuthorizeResult>> {
  const bounds = boundChat(request, model, upstream);
  if (!bounds.ok) return bounds;
  const chat = {
    model: model.id,
    prices: {
      inputPerMillion: model.inputPriceMicrocreditsPerMillion,
      cachedInputPerMillion: model.cachedInputPriceMicrocreditsPerMillion,
      cacheWritePerMillion: model.cacheWritePriceMicrocreditsPerMillion,
      outputPerMillion: model.outputPriceMicrocreditsPerMillion,
    },
    ...bounds.value,
    choices: request.choices,
    holdTtlSeconds: config.HOLD_TTL_SECONDS,
  };
  try {
    const { userId, via } = caller;
    const command: AuthorizeCommand = {
      caller: via,
      chat,
      idempotency,
      ...(isCounted ? { isCounted } : {}),
    };
    return ok(await creditAccount(env, userId).authorize(command));
  } catch (error) {
    // Not retried: a first try whose answer was lost may hold already, and that hold expires by
    // itself.
    log.error("hold.authorize_failed", { error: formatError(error) });
    return fail(
      "billing_unavailable",
      "Your credit account cannot be reached. Nothing was charged; try again.",
    );
  }
}
