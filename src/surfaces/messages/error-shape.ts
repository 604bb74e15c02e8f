import { createMiddleware } from "hono/factory";
import { z } from "zod";
import type { BaseEnv } from "../../http/factory.ts";

/** Anthropic's types of errors, by the status, so that its SDKs raise what a caller expects. */
function errorType(status: number): string {
  switch (status) {
    case 401:
      return "authentication_error";
    case 402:
      return "billing_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
    case 529:
      return "overloaded_error";
    case 504:
      return "timeout_error";
    default:
      return status >= 500 ? "api_error" : "invalid_request_error";
  }
}

/** The event of a reply that failed after it had begun. */
export const errorEvent = ({ code, message }: { code: string; message: string }) => ({
  type: "error" as const,
  error: { type: "api_error", message, details: { error_code: code } },
});

/** A failure as every other route tells it. */
const failureBody = z.object({
  error: z.looseObject({ message: z.string(), type: z.string(), code: z.string() }),
});

const isMessages = (path: string): boolean => /^\/v1\/messages(\/|$)/.test(path);

/** Whether a request is of a client that expects Anthropic's answers. */
const speaksAnthropic = ({ path, raw }: { path: string; raw: Request }): boolean =>
  isMessages(path) || raw.headers.has("anthropic-version");

/**
 * Tells failures in Anthropic's shape on its own paths, and to its clients on all of `/v1`,
 * whichever middleware refused: `{type: "error", error: {type, message, details}, request_id}`.
 * What a failure has beside its message is in `details`, its code as `error_code`.
 */
export const answerAnthropicErrors = createMiddleware<BaseEnv>(async (c, next) => {
  await next();
  if (!speaksAnthropic(c.req)) return;
  const { requestId } = c.var;
  c.header("request-id", requestId);
  if (c.res.ok) return;
  const read = failureBody.safeParse(
    await c.res
      .clone()
      .json()
      .catch(() => null),
  );
  if (!read.success) return;
  const { message, type: _, code, param, ...more } = read.data.error;
  const { status, headers } = c.res;
  const error = {
    type: errorType(status),
    message,
    details: { error_code: code, ...(typeof param === "string" ? { param } : {}), ...more },
  };
  c.res = new Response(JSON.stringify({ type: "error", error, request_id: requestId }), {
    status,
    headers,
  });
});
