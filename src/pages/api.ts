import type { Context } from "hono";
import { hc, type InferResponseType } from "hono/client";
import type { ContentfulStatusCode, StatusCode } from "hono/utils/http-status";
import type { Env } from "../env.ts";
import type { FailureDetails, SetupProblem } from "../errors.ts";
import type { AppType } from "../wire.ts";

/** Answers a request as the wire does. */
export type WireHandler = (
  request: Request,
  env: Env,
  ctx: Context["executionCtx"],
) => Response | Promise<Response>;

/** The headers of its own request that a page passes on: who asks, and from where. */
const FORWARDED_HEADERS = ["cookie", "cf-connecting-ip", "user-agent"] as const;

/**
 * Creates a client of the wire for a page. It calls the same routes as any other client, without a
 * network in between. Pages decide nothing themselves, so a caller of the API can do all that a
 * page can.
 */
export function createApiClient(
  c: Pick<Context<{ Bindings: Env }>, "req" | "env" | "executionCtx" | "header">,
  handleWire: WireHandler,
  language: string,
) {
  const headers: Record<string, string> = {
    "sec-fetch-site": "same-origin",
    "accept-language": language,
  };
  for (const name of FORWARDED_HEADERS) {
    const value = c.req.header(name);
    if (value !== undefined) headers[name] = value;
  }
  const send = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    // Cloudflare tells the reader's place with the request itself, and in no header.
    const { cf } = c.req.raw;
    const request = new Request(input, { ...init, ...(cf === undefined ? {} : { cf }) });
    const response = await handleWire(request, c.env, c.executionCtx);
    // The page that shows the refusal tells when to come back, too.
    const retryAfter = response.headers.get("retry-after");
    if (retryAfter !== null) c.header("retry-after", retryAfter);
    return response;
  };
  return hc<AppType>(new URL(c.req.url).origin, { headers, fetch: send });
}
export type ApiClient = ReturnType<typeof createApiClient>;

/** The error envelope of the wire. */
interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly code: string;
    readonly param?: string | null;
    readonly paymentUrl?: string;
    readonly problems?: readonly SetupProblem[];
    /** The message's figures and names. */
    readonly details?: FailureDetails | undefined;
    /** Of a 402: what is used up, and when it resets. */
    readonly meter?: string | null | undefined;
    readonly limit?: number | null | undefined;
    readonly used?: number | null | undefined;
    readonly resetsAt?: string | null | undefined;
  };
}

/** The body of a route's successful answer. `Method` is the client's method that calls it. */
export type SuccessBody<Method> = Exclude<InferResponseType<Method>, ErrorBody>;

/** An item of the list that a route answers with. */
export type ListItem<Method> =
  Extract<SuccessBody<Method>, { data: unknown }> extends { data: readonly (infer Item)[] }
    ? Item
    : never;

const isErrorBody = (body: unknown): body is ErrorBody =>
  typeof body === "object" && body !== null && "error" in body;

/** A refusal of the wire, with its status and its message. */
export class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";
  readonly status: ContentfulStatusCode;
  readonly body: ErrorBody["error"];
  constructor(status: ContentfulStatusCode, error: ErrorBody["error"]) {
    super(error.message);
    this.status = status;
    this.body = error;
  }
}

interface ApiResponse {
  readonly status: StatusCode;
  json(): Promise<unknown>;
}

/** A refusal has a body, which these statuses do not allow. */
const allowsBody = (status: StatusCode): status is ContentfulStatusCode =>
  ![101, 204, 205, 304].includes(status);

/**
 * Returns the body of a successful answer, in the type of its route.
 * @throws {ApiRefusal} for a refusal
 */
export function unwrap<A extends ApiResponse>(
  pending: Promise<A>,
): Promise<Exclude<Awaited<ReturnType<A["json"]>>, ErrorBody>>;
export async function unwrap(pending: Promise<ApiResponse>): Promise<unknown> {
  const response = await pending;
  const body = await response.json();
  // A successful answer may have an `error` too: that of an event that failed in its replay.
  if (response.status >= 400 && isErrorBody(body))
    throw new ApiRefusal(allowsBody(response.status) ? response.status : 500, body.error);
  return body;
}

/**
 * Awaits an answer without a body.
 * @throws {ApiRefusal} for a refusal
 */
export async function expectNoContent(
  pending: Promise<ApiResponse & { readonly ok: boolean }>,
): Promise<void> {
  const response = await pending;
  if (!response.ok) await unwrap(Promise.resolve(response));
}
