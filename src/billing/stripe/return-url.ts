import type { Config } from "../../config.ts";
import { fail, ok, type Result } from "../../errors.ts";

/** The URLs to which Stripe sends the buyer's browser after paying, or after giving up. */
export interface ReturnUrls {
  readonly successUrl: string;
  readonly cancelUrl: string;
}

/** A URL that a buyer comes back to. A failure names `field`. */
interface ReturnUrl {
  readonly field: "successUrl" | "cancelUrl" | "returnUrl";
  /** The URL that the request asked for, or our own page. */
  readonly url: string;
  /** An agent that was for sale, which the page there is told as `agentId`. */
  readonly agentId?: string | undefined;
}

const ADDED_QUERY = {
  // Stripe replaces the braces with the session's id, so they must not be encoded.
  successUrl: "session_id={CHECKOUT_SESSION_ID}&success=true",
  cancelUrl: "canceled=true",
  // A bank sends the buyer back here. Stripe adds the payment intent itself.
  returnUrl: "",
} as const;

/** Parses a URL at one of the origins, without a user name and password; null for any other. */
function parseAllowedUrl(url: string, origins: readonly string[]): URL | null {
  const parsed = URL.parse(url);
  const isPlain = parsed?.username === "" && parsed.password === "";
  return isPlain && origins.includes(parsed.origin) ? parsed : null;
}

/** Returns whether a buyer may be sent to a URL. */
export const isAllowedReturnUrl = (url: string, origins: readonly string[]): boolean =>
  parseAllowedUrl(url, origins) !== null;

/**
 * Checks that a return URL leads to an origin which the operator allows, and adds the query that
 * the page there reads. A buyer whom Stripe's page sends elsewhere could be shown a convincing copy
 * of ours.
 * @param origins allowed origins, as `new URL(…).origin` writes them
 */
export function buildReturnUrl(
  { field, url, agentId }: ReturnUrl,
  origins: readonly string[],
): Result<string> {
  const parsed = parseAllowedUrl(url, origins);
  if (parsed === null) {
    return fail("invalid_request", `${field}: must be a URL at one of ${origins.join(", ")}.`, {
      param: field,
    });
  }
  // Deletes only names that are present: a deletion rewrites the whole query.
  for (const name of [
    "session_id",
    "success",
    "canceled",
    ...(agentId === undefined ? [] : ["agentId"]),
  ])
    if (parsed.searchParams.has(name)) parsed.searchParams.delete(name);
  const agent = agentId === undefined ? "" : `agentId=${agentId}`;
  const query = [parsed.search.slice(1), ADDED_QUERY[field], agent]
    .filter((part) => part !== "")
    .join("&");
  return ok(`${parsed.origin}${parsed.pathname}${query === "" ? "" : `?${query}`}${parsed.hash}`);
}

/** The return URLs that a request may ask for. */
export interface ReturnUrlParams {
  readonly successUrl?: string | undefined;
  readonly cancelUrl?: string | undefined;
}

/**
 * Returns the origins to which a buyer may be sent. With a live key Stripe takes addresses with
 * https alone.
 */
export const allowedOrigins = ({
  PUBLIC_URL,
  ALLOWED_ORIGINS,
  isLive,
}: Pick<Config, "PUBLIC_URL" | "ALLOWED_ORIGINS" | "isLive">): readonly string[] =>
  [PUBLIC_URL, ...ALLOWED_ORIGINS].filter((origin) => !isLive || origin.startsWith("https:"));

/**
 * Builds the return URLs that a request asks for. Our own pages are the default.
 * @param agentId an agent that is for sale, which the page after a payment is told
 * @returns `invalid_request` naming the field that leads to an origin which the operator does not
 *   allow
 */
export function buildReturnUrls(
  config: Config,
  params: ReturnUrlParams,
  agentId?: string,
): Result<ReturnUrls> {
  const origins = allowedOrigins(config);
  const success = buildReturnUrl(
    { field: "successUrl", url: params.successUrl ?? `${config.PUBLIC_URL}/success`, agentId },
    origins,
  );
  if (!success.ok) return success;
  const cancel = buildReturnUrl(
    { field: "cancelUrl", url: params.cancelUrl ?? `${config.PUBLIC_URL}/cancel` },
    origins,
  );
  return cancel.ok ? ok({ successUrl: success.value, cancelUrl: cancel.value }) : cancel;
}
