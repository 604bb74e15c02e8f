import { exports } from "cloudflare:workers";

/**
 * Sends a request to the Worker as a client would, and returns a redirect without following it.
 * `body` is sent as JSON; `token` is a JWT or an sk_ key.
 */
export function call(
  method: string,
  path: string,
  options: { body?: unknown; token?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const headers = new Headers(options.headers);
  if (options.token !== undefined) headers.set("authorization", `Bearer ${options.token}`);
  if (options.body !== undefined && !headers.has("content-type"))
    headers.set("content-type", "application/json");
  const body =
    options.body === undefined
      ? null
      : typeof options.body === "string"
        ? options.body
        : JSON.stringify(options.body);
  return exports.default.fetch(
    new Request(`http://farebox.test${path}`, { method, headers, body, redirect: "manual" }),
  );
}

/** Reads an error's code and parameter, in OpenAI's shape or in Anthropic's. */
function readErrorFields(json: unknown) {
  const error = Object(Object(json).error);
  const { code = error.details?.error_code, param = error.details?.param } = error;
  return { code: code ?? null, param: param ?? null };
}

/** Reads the status, the code and the parameter of an error response. */
export async function readError(response: Response) {
  return { status: response.status, ...readErrorFields(await response.json()) };
}
