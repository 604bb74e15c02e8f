import type { Config } from "../../config.ts";
import { fail, type Result } from "../../errors.ts";
import { isBreached } from "./breached.ts";
import { checkNewPassword } from "./password-rules.ts";

/**
 * Admits a new password: by the rules, and then by the breaches that are known.
 * @param emailNormalized of its user, which attackers try first
 * @param param the field of the request, which the refusal names
 * @returns the password in NFC; `invalid_request`
 */
export async function admitPassword(
  config: Config,
  password: string,
  emailNormalized: string,
  param: string,
): Promise<Result<string>> {
  const context = { emailNormalized, publicUrl: config.PUBLIC_URL };
  const checked = checkNewPassword(password, context, param);
  if (!checked.ok || !(await isBreached(config, checked.value))) return checked;
  return fail(
    "invalid_request",
    "This password appeared in a data breach. Choose a different one.",
    { param, details: { rule: "password_breached" } },
  );
}
