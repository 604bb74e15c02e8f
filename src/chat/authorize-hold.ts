import {
  type AuthorizeCommand,
  type AuthorizeResult,
  creditAccount,
  type IdempotentRequest,
} from "../account/index.ts";
import type { Caller } from "../auth/index.ts";
import type { ModelPricing } from "../catalog/index.ts";
import type { Config } from "../config.ts";
import type { Env } from "../env.ts";
import { fail, ok, type Result } from "../errors.ts";
import { fromJson, toJson } from "../json.ts";
import type { ChatRequest } from "./request.ts";

/**
 * The first RPC of a chat: everything that has to be known before the upstream is asked, and the
 * hold.
 */
export async function authorizeHold(
  env: Env,
  config: Config,
  caller: Caller,
  request: ChatRequest,
  model: ModelPricing,
  idempotency: IdempotentRequest | null,
): Promise<Result<AuthorizeResult>> {
  const chat = {
    model: model.id,
    prices: {
      inputPerMillion: model.inputPriceMicrocreditsPerMillion,
      cachedInputPerMillion: model.cachedInputPriceMicrocreditsPerMillion,
      outputPerMillion: model.outputPriceMicrocreditsPerMillion,
    },
    promptBoundTokens: Math.min(request.promptBoundTokens, model.contextLength),
    maxTokens: Math.min(request.maxTokens ?? model.maxOutputTokens, model.maxOutputTokens),
    choices: request.choices,
    holdTtlSeconds: config.HOLD_TTL_SECONDS,
  };
  try {
    const { via } = caller;
    const account = creditAccount(env, caller.userId);
    const command: AuthorizeCommand = {
      caller: via.kind === "key" ? via : { kind: "session" },
      chat,
      idempotency,
    };
    return ok(fromJson(await account.authorize(toJson(command))));
  } catch (error) {
    // Not tried again: a first try whose answer was lost may hold already, and that hold expires by
    // itself.
    console.error(JSON.stringify({ level: "error", at: "authorize", error: String(error) }));
    return fail(
      "billing_unavailable",
      "Your credit account cannot be reached. Nothing was charged; try again.",
    );
  }
}
