import { creditAccount } from "../../account/index.ts";
import type { Caller } from "../../auth/index.ts";
import { findModel } from "../../catalog/index.ts";
import { buildChatRequest, estimatePrompt, parseJson } from "../../chat/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { parseBody } from "./parse-body.ts";
import { translatePrompt } from "./translate-request.ts";
import { countBody } from "./wire.ts";

/**
 * Estimates the tokens of a prompt, as a chat without its vendor's count is charged: as a rule
 * above that count. It is free, and counts as one of the plan's requests of a minute.
 * @returns `invalid_request`, `model_not_found`, `rate_limit_exceeded`, or `billing_unavailable`
 */
export async function countTokens(
  { env, db, nowMs }: Pick<Context, "env" | "db" | "nowMs">,
  { userId }: Caller,
  bytes: Uint8Array,
): Promise<Result<number>> {
  const admitted = await orUnavailable(creditAccount(env, userId).admitRequest());
  if (!admitted.ok) return admitted;
  if (admitted.value.refusal !== null) return { ok: false, failure: admitted.value.refusal };
  const json = parseJson(bytes, true);
  if (!json.ok) return json;
  const body = parseBody(countBody, json.value.json);
  if (!body.ok) return body;
  const request = buildChatRequest(
    { ...json.value, json: translatePrompt(body.value, false) },
    bytes.length,
  );
  if (!request.ok) return request;
  const { model } = body.value;
  if ((await findModel(db, model, nowMs)) === undefined)
    return fail("model_not_found", `There is no model "${model}".`, { param: "model" });
  return ok(estimatePrompt(request.value));
}
