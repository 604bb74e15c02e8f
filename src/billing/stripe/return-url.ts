import type { Config } from "../../config.ts";
import { fail, ok, type Result } from "../../errors.ts";

/** Where the buyer's browser goes after paying, or after giving up. */
export interface ReturnUrls {
  readonly successUrl: string;
  readonly cancelUrl: string;
}

/** Where a buyer comes back to; `field` is named when it cannot be used. */
interface ReturnUrl {
  readonly field: "successUrl" | "cancelUrl" | "returnUrl";
  /** What the request asked for, or our own page. */
  readonly url: string;
}

const ADDED_QUERY = {
  // Stripe puts the session's id in place of the braces, which therefore must not be encoded.
  successUrl: "session_id={CHECKOUT_SESSION_ID}&success=true",
  cancelUrl: "canceled=true",
  // Where a bank sends the buyer back to: Stripe adds the payment intent by itself.
  returnUrl: "",
} as const;

/** A URL at one of the origins, without a name and a password in it; null for any other. */
function parseAllowedUrl(url: string, origins: readonly string[]): URL | null {
  const parsed = URL.parse(url);
  const isPlain = parsed?.username === "" && parsed.password === "";
  return isPlain && origins.includes(parsed.origin) ? parsed : null;
}

/** Whether a buyer may be sent to a URL. */
export const isAllowedReturnUrl = (url: string, origins: readonly string[]): boolean =>
  parseAllowedUrl(url, origins) !== null;

/**
 * Checks that a return URL leads to an origin the operator allows, and adds what the page there
 * reads from its query. A buyer sent elsewhere by Stripe's page could be shown a convincing copy of
 * ours.
 * @param origins allowed origins, as `new URL(…).origin` writes them
 */
export function buildReturnUrl(
  { field, url }: ReturnUrl,
  origins: readonly string[],
): Result<string> {
  const parsed = parseAllowedUrl(url, origins);
  if (parsed === null) {
    return fail("invalid_request", `${field}: must be a URL at one of ${origins.join(", ")}.`, {
      param: field,
    });
  }
  // Only where there is something to replace: this rewrites the whole query.
  for (const name of ["session_id", "success", "canceled"])
    if (parsed.searchParams.has(name)) parsed.searchParams.delete(name);
  const query = [parsed.search.slice(1), ADDED_QUERY[field]]
    .filter((part) => part !== "")
    .join("&");
  return ok(`${parsed.origin}${parsed.pathname}${query === "" ? "" : `?${query}`}${parsed.hash}`);
}

/** Where a buyer may ask to be sent back to. */
export interface ReturnUrlParams {
  readonly successUrl?: string | undefined;
  readonly cancelUrl?: string | undefined;
}

/**
 * Where the buyer comes back to: where the request asks for, or to our own pages.
 * @returns `invalid_request` naming the field that leads to an origin which the operator does not
 *   allow
 */
export function buildReturnUrls(config: Config, params: ReturnUrlParams): Result<ReturnUrls> {
  const origins = [config.PUBLIC_URL, ...config.ALLOWED_ORIGINS];
  const success = buildReturnUrl(
    { field: "successUrl", url: params.successUrl ?? `${config.PUBLIC_URL}/success` },
    origins,
  );
  if (!success.ok) return success;
  const cancel = buildReturnUrl(
    { field: "cancelUrl", url: params.cancelUrl ?? `${config.PUBLIC_URL}/cancel` },
    origins,
  );
  return cancel.ok ? ok({ successUrl: success.value, cancelUrl: cancel.value }) : cancel;
}
