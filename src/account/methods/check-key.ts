import { fail, ok, type Result } from "../../errors.ts";
import type { KeyRecord, Scope } from "../types.ts";

/**
 * Checks that a key exists, has not expired and allows the scope and the model. Pure.
 * @param model null when the request names none
 */
export function checkKey(
  key: KeyRecord | undefined,
  scope: Scope | null,
  model: string | null,
  nowMs: number,
): Result<KeyRecord> {
  if (key === undefined)
    return fail("invalid_api_key", "This API key does not exist or was revoked.");
  if (key.expiresAt !== null && key.expiresAt <= nowMs)
    return fail("invalid_api_key", "This API key has expired.");
  if (scope !== null && !key.scopes.includes(scope))
    return fail("missing_scope", `This API key lacks the scope "${scope}".`, { param: scope });
  if (model !== null && key.models !== null && !key.models.includes(model)) {
    return fail("missing_scope", `This API key isn't allowed to use the model "${model}".`, {
      param: "model",
    });
  }
  return ok(key);
}
