import { fail, ok, type Result } from "../../errors.ts";
import type { KeyRecord, Scope } from "../types.ts";

/**
 * Whether a key is in force and may be used so. Pure.
 * @param model the model that is asked for, or null when none is
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
    return fail("missing_scope", `This API key may not use the model "${model}".`, {
      param: "model",
    });
  }
  return ok(key);
}
