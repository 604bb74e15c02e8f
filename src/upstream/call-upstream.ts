import { z } from "zod";
import type { Config } from "../config.ts";
import { formatError } from "../db.ts";
import { type Failure, fail, ok, type Result } from "../errors.ts";
import { log } from "../log.ts";
import { type Deadline, UpstreamTimeout } from "./deadline.ts";
import { readText } from "./read-text.ts";

/**
 * A model provider's address, and the operator's key to it. Chosen by the operator alone: users
 * never choose a URL.
 */
export interface Upstream {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly maxTokensField: "max_completion_tokens" | "max_tokens";
  /** Fields that cost extra there and that the operator's prices cover. */
  readonly coveredFields: readonly string[];
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

const openAiError = z.object({
  error: z.object({ message: z.string().max(2000), param: z.string().max(200).nullish() }),
});

function parseError(text: string): z.infer<typeof openAiError>["error"] | null {
  try {
    const json: unknown = JSON.parse(text);
    // Gemini puts the error into an array.
    return openAiError.safeParse(Array.isArray(json) ? json[0] : json).data?.error ?? null;
  } catch {
    return null;
  }
}

/**
 * Reads a vendor's refusal as a failure for the caller. Where the caller's own request is to blame
 * the vendor's words are passed on; everything else is between the operator and the vendor, and its
 * details are logged, not sent. Some vendors repeat the key that they were sent: it is taken out of
 * both.
 */
async function readRefusal(response: Response, { apiKey }: Upstream): Promise<Failure> {
  const text = (await readText(response, ERROR_BYTES_MAX)).text.replaceAll(apiKey, "[…]");
  const { status } = response;
  if (status === 400 || status === 413 || status === 422) {
    const error = parseError(text);
    const message = error?.message ?? "The model's seller refused the request.";
    return { code: "invalid_request", message, param: error?.param ?? undefined };
  }
  log.warn("upstream.refused", { status, body: text.slice(0, 500) });
  if (status === 429) {
    const seconds = Number(response.headers.get("retry-after"));
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
 * @param body the request, as JSON text
 * @returns the response with its body still to be read, or why there is none. A redirect is a
 *   failure: the key goes to one place.
 */
export async function callUpstream(
  upstream: Upstream,
  body: string,
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
