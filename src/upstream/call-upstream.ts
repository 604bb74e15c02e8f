import { formatError } from "../db.ts";
import type { Failure } from "../errors.ts";
import { log } from "../log.ts";
import { Abandoned, type Deadline, UpstreamTimeout } from "./deadline.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { hideKeys, type Keys, listKeys, noteKeyRefused, type Upstream } from "./keys.ts";
import { readText } from "./read-text.ts";
import {
  parseVendorError,
  parseVendorErrorText,
  toRequestFailure,
  type VendorError,
} from "./vendor-error.ts";

/** Why an upstream did not answer. */
interface UpstreamRefusal {
  readonly ok: false;
  readonly failure: Failure;
  /** The time for which it asks to be left alone; null where it names none. */
  readonly retryAfterSeconds: number | null;
}

/** An upstream's response with its body still to be read, or why there is none. */
type UpstreamReply = { readonly ok: true; readonly value: Response } | UpstreamRefusal;

/** No more of an upstream's error is read. */
const ERROR_BYTES_MAX = 16_384;

/**
 * Converts a vendor's error to a failure for the caller. Where the caller's own request is to blame
 * the vendor's words are passed on; everything else is between the operator and the vendor, and its
 * details are logged, not sent.
 * @param retryAfterSeconds the time that the vendor names for another try
 */
function toVendorFailure(
  status: number,
  error: VendorError,
  retryAfterSeconds: number | null = null,
): Failure {
  const refused = toRequestFailure(status, error);
  if (refused !== null) return refused;
  log.warn("upstream.refused", { status, body: (error.message ?? "").slice(0, 500) });
  if (status === 429) {
    return {
      code: "rate_limit_exceeded",
      message: "The model is overloaded. You weren't charged; try again in a few seconds.",
      retryAfterSeconds: retryAfterSeconds ?? 5,
    };
  }
  if (status === 408 || status === 504)
    return {
      code: "upstream_timeout",
      message: "The model provider didn't respond in time. Nothing was charged.",
    };
  return { code: "upstream_error", message: "The model provider failed. Nothing was charged." };
}

/** Statuses of a vendor that has too much to do; 529 is Anthropic's. */
const OVERLOADED: ReadonlySet<number> = new Set([429, 529]);

/** Reads a vendor's refusal. Some repeat the key that they were sent: it is taken out. */
async function readRefusal(response: Response, upstream: Upstream): Promise<UpstreamRefusal> {
  const text = hideKeys(await readText(response, ERROR_BYTES_MAX), upstream);
  const retryAfterSeconds = readRetryAfter(response.headers);
  const failure = toVendorFailure(response.status, parseVendorErrorText(text), retryAfterSeconds);
  return {
    ok: false,
    failure,
    retryAfterSeconds: OVERLOADED.has(response.status) ? retryAfterSeconds : null,
  };
}

/** Reads `retry-after` in seconds; null where it is a date, or none. */
function readRetryAfter(headers: Headers): number | null {
  const seconds = Number(headers.get("retry-after"));
  return Number.isInteger(seconds) && seconds > 0 ? seconds : null;
}

/**
 * Reads an error that a vendor reports within a reply of status 200 (OpenRouter and others, once a
 * model has begun).
 */
export function readVendorError(json: unknown, keys: Keys): Failure {
  const error = parseVendorError(JSON.parse(hideKeys(JSON.stringify(json), keys)));
  return toVendorFailure(error.status ?? 502, error);
}

/** Converts an error of calling the vendor, or of reading its reply, to a failure. */
export function toFailure(error: unknown): Failure {
  if (error instanceof UpstreamTimeout) {
    return {
      code: "upstream_timeout",
      message: "The model provider didn't respond in time. Nothing was charged.",
    };
  }
  if (!(error instanceof Abandoned)) log.warn("upstream.failed", { error: formatError(error) });
  return {
    code: "upstream_error",
    message: "We couldn't reach the model provider. You weren't charged; try again.",
  };
}

/** Statuses that are about a key, or the account it belongs to: another key may do. */
const KEY_REFUSED: ReadonlySet<number> = new Set([401, 402, 429]);

/** Where an upstream is called, below its base URL, and the type of what it is sent. */
export interface UpstreamEndpoint {
  readonly path: string;
  /** `null`: the body's own, as that of a form is. */
  readonly contentType: string | null;
  /** How the key is shown: as a bearer's, unless the endpoint has a way of its own. */
  readonly showKey?: (key: string) => Record<string, string>;
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

/** Where chats are completed, in each dialect. */
export const CHAT_ENDPOINTS: Readonly<Record<Dialect, Required<UpstreamEndpoint>>> = {
  chat: { path: "/chat/completions", contentType: "application/json", showKey: bearer },
  messages: {
    path: "/messages",
    contentType: "application/json",
    showKey: (key) => ({ "x-api-key": key, "anthropic-version": "2023-06-01" }),
  },
  responses: { path: "/responses", contentType: "application/json", showKey: bearer },
};

/**
 * Calls an upstream, for a chat in its dialect unless an endpoint is named, by one key after the
 * other while they are refused.
 * @param body the request, as JSON or as the endpoint takes it
 * @returns the response with its body still to be read, or why there is none. A redirect is a
 *   failure: the key goes to one place.
 */
export async function callUpstream(
  upstream: Upstream,
  body: string | Uint8Array<ArrayBuffer> | FormData,
  deadline: Deadline,
  { path, contentType, showKey = bearer }: UpstreamEndpoint = CHAT_ENDPOINTS[upstream.dialect],
): Promise<UpstreamReply> {
  try {
    const keys = listKeys(upstream);
    for (let at = 0; ; at++) {
      const response = await fetch(`${upstream.baseUrl}${path}`, {
        method: "POST",
        headers: {
          ...showKey(keys[at] ?? ""),
          ...(contentType === null ? {} : { "content-type": contentType }),
        },
        body,
        redirect: "manual",
        signal: deadline.signal,
      });
      deadline.touch();
      if (response.ok) return { ok: true, value: response };
      const isKeyRefused = KEY_REFUSED.has(response.status);
      if (isKeyRefused)
        noteKeyRefused(keys[at] ?? "", Date.now(), readRetryAfter(response.headers));
      if (!isKeyRefused || at + 1 >= keys.length) return await readRefusal(response, upstream);
      const { status } = response;
      log.warn("upstream.key_refused", { host: URL.parse(upstream.baseUrl)?.host, status });
      await response.body?.cancel();
    }
  } catch (error) {
    return { ok: false, failure: toFailure(deadline.reasonFor(error)), retryAfterSeconds: null };
  }
}
