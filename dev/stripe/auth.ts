import { ApiError } from "./errors.ts";

const AUTH_HINT =
  "You need to provide your API key in the Authorization header, using Bearer auth " +
  "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). " +
  "See https://stripe.com/docs/api#authentication for details.";
const unauthorized = (message: string, code?: string) =>
  new ApiError(401, { type: "invalid_request_error", message, code });

/**
 * Reads the key of `Bearer <key>`, or the user name of HTTP basic (as `curl -u sk_test_…:` sends
 * it).
 */
function parseKey(header: string): string | undefined {
  const [, scheme = "", value = ""] = /^(bearer|basic) +(\S+)$/i.exec(header) ?? [];
  if (scheme.toLowerCase() !== "basic") return value === "" ? undefined : value;
  try {
    return atob(value).split(":")[0];
  } catch {
    return undefined;
  }
}

const maskKey = (key: string) =>
  key.length < 12
    ? "*".repeat(key.length)
    : `${key.slice(0, 8)}${"*".repeat(key.length - 12)}${key.slice(-4)}`;

/**
 * Checks that a request has the secret key.
 * @throws {ApiError} 401 in Stripe's words
 */
export function authenticate(header: string | undefined, secretKey: string): void {
  if (header === undefined || header.trim() === "")
    throw unauthorized(`You did not provide an API key. ${AUTH_HINT}`);
  const key = parseKey(header);
  if (key === undefined) throw unauthorized(`Invalid Authorization header. ${AUTH_HINT}`);
  if (key.startsWith("pk_")) {
    throw unauthorized(
      "This API call cannot be made with a publishable API key. Please use a secret API key.",
      "secret_key_required",
    );
  }
  if (key !== secretKey) throw unauthorized(`Invalid API Key provided: ${maskKey(key)}`);
}
