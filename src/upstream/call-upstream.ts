import type { Config } from "../config.ts";
import { formatError } from "../db.ts";
import { type Failure, fail, ok, type Result } from "../errors.ts";
import { log } from "../log.ts";
import { type Deadline, UpstreamTimeout } from "./deadline.ts";
import { readText } from "./read-text.ts";
import {
  parseVendorError,
  parseVendorErrorText,
  toRequestFailure,
  type VendorError,
} from "./vendor-error.ts";

/**
 * A model provider's address, and the operator's key to it. Chosen by the operator alone: users
 * never choose a URL.
 */
export interface Upstream {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly maxTokensField: "max_completion_tokens" | "max_tokens";
  /** Whether it takes `stream_options`, by which the usage of a stream is asked for. */
  readonly streamOptions: boolean;
  /** Fields that cost extra there and that the operator's prices cover. */
  readonly coveredFields: readonly string[];
  /** Fields that are passed on to it beside those that every upstream gets. */
  readonly passFields: readonly string[];
  /** The most tokens that a picture takes there, and one of low detail. */
  readonly imageTokens: number;
  readonly lowDetailImageTokens?: number | undefined;
}

/**
 * Resolves an upstream by its name in the settings. A model that names none of them is the
 * operator's mistake.
 */
export function resolveUpstream(config: Config, name: string): Result<Upstream> {
  const upstream = config.UPSTREAMS[name];
  if (upstream === undefined)
    return fail("misconfigured", `The setting UPSTREAMS has no "${name}".`, { param: "UPSTREAMS" });
  const { apiKeyVar, ...rest } = upstream;
  return ok({ ...rest, apiKey: config.secret(apiKeyVar) });
}

/** No more of an upstream's error is read. */
const ERROR_BYTES_MAX = 16_384;

/**
 * Converts a vendor's error to a failure for the caller. Where the caller's own request is to blame
 * the vendor's words are passed on; everything else is between the operator and the vendor, and its
 * details are logged, not sent.
 * @param retryAfter the header of that name
 */
function toVendorFailure(
  status: number,
  error: VendorError,
  retryAfter: string | null = null,
): Failure {
  const refused = toRequestFailure(status, error);
  if (refused !== null) return refused;
  log.warn("upstream.refused", { status, body: (error.message ?? "").slice(0, 500) });
  if (status === 429) {
    const seconds = Number(retryAfter);
    const retryAfterSeconds = Number.isInteger(seconds) && seconds > 0 ? seconds : 5;
    return {
      code: "rate_limit_exceeded",
      message: "The model's seller is busy. Nothing was charged.",
      retryAfterSeconds,
    };
  }
  if (status === 408 || status === 504)
    return {
      code: "upstream_timeout",
      message: "The model's seller did not answer in time. Nothing was charged.",
    };
  return { code: "upstream_error", message: "The model's seller failed. Nothing was charged." };
}

/** Reads a vendor's refusal. Some repeat the key that they were sent: it is taken out. */
async function readRefusal(response: Response, { apiKey }: Upstream): Promise<Failure> {
  const text = (await readText(response, ERROR_BYTES_MAX)).replaceAll(apiKey, "[…]");
  const retryAfter = response.headers.get("retry-after");
  return toVendorFailure(response.status, parseVendorErrorText(text), retryAfter);
}

/**
 * Reads an error that a vendor reports within a reply of status 200 (OpenRouter and others, once a
 * model has begun).
 */
export function readVendorError(json: unknown, { apiKey }: Pick<Upstream, "apiKey">): Failure {
  const error = parseVendorError(JSON.parse(JSON.stringify(json).replaceAll(apiKey, "[…]")));
  return toVendorFailure(error.status ?? 502, error);
}

/** Converts an error of calling the vendor, or of reading its reply, to a failure. */
export function toFailure(error: unknown): Failure {
  if (error instanceof UpstreamTimeout) {
    return {
      code: "upstream_timeout",
      message: "The model's seller did not answer in time. Nothing was charged.",
    };
  }
  log.warn("upstream.failed", { error: formatError(error) });
  return {
    code: "upstream_error",
    message: "The model's seller could not be reached. Nothing was charged.",
  };
}

/**
 * Calls an upstream for a chat completion.
 * @param body the request, as JSON
 * @returns the response with its body still to be read, or why there is none. A redirect is a
 *   failure: the key goes to one place.
 */
export async function callUpstream(
  upstream: Upstream,
  body: string | Uint8Array<ArrayBuffer>,
  deadline: Deadline,
): Promise<Result<Response>> {
  try {
    const response = await fetch(`${upstream.baseUrl}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${upstream.apiKey}`, "content-type": "application/json" },
      body,
      redirect: "manual",
      signal: deadline.signal,
    });
    deadline.touch();
    return response.ok
      ? ok(response)
      : { ok: false, failure: await readRefusal(response, upstream) };
  } catch (error) {
    return { ok: false, failure: toFailure(deadline.reasonFor(error)) };
  }
}
