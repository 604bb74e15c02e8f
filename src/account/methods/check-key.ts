import { fail, ok, type Result } from "../../errors.ts";
import type { FoundKey } from "../stores/key-store.ts";
import type { KeyRecord, Scope } from "../types.ts";

/**
 * Checks that a key exists and works, and allows the scope and the model: it is not disabled, and
 * neither it nor the secret that was sent has ended. Pure.
 * @param model null when the request names none
 */
export function checkKey(
  found: FoundKey | undefined,
  scope: Scope | null,
  model: string | null,
  nowMs: number,
): Result<KeyRecord> {
  if (found === undefined)
    return fail("invalid_api_key", "This API key does not exist or was revoked.");
  const { key, secretEndsAt } = found;
  if (secretEndsAt !== null && secretEndsAt <= nowMs)
    return fail("invalid_api_key", "This API key was rotated. Use its new secret.");
  if ((key.disabledAt ?? null) !== null)
    return fail("invalid_api_key", "This API key is disabled.");
  const isSession = key.isSession === true;
  const name = isSession ? "session" : "API key";
  if (key.expiresAt !== null && key.expiresAt <= nowMs)
    return fail(
      isSession ? "token_expired" : "invalid_api_key",
      `This ${name} has expired.${isSession ? " Get a new one from your app." : ""}`,
    );
  if (scope !== null && !key.scopes.includes(scope))
    return fail("missing_scope", `This ${name} lacks the scope "${scope}".`, { param: scope });
  if (model !== null && key.models !== null && !key.models.includes(model)) {
    return fail("missing_scope", `This ${name} isn't allowed to use the model "${model}".`, {
      param: "model",
    });
  }
  return ok(key);
}
