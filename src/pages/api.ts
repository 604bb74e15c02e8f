import type { Context } from "hono";
import { hc, type InferResponseType } from "hono/client";
import type { ContentfulStatusCode, StatusCode } from "hono/utils/http-status";
import type { Env } from "../env.ts";
import type { AppType } from "../wire.ts";

/** Answers a request as the wire does. */
export type WireHandler = (
  request: Request,
  env: Env,
  ctx: Context["executionCtx"],
) => Response | Promise<Response>;

/** What a page passes on of its own request: who is asking, from where. */
const FORWARDED_HEADERS = ["cookie", "cf-connecting-ip", "user-agent"] as const;

/**
 * The wire contract, for a page: the same routes, checks and answers as any client gets, without a
 * network in between. Pages decide nothing and know no other room, so whatever they can do, a
 * caller of the API can do as well.
 */
export function createApiClient(
  c: Pick<Context<{ Bindings: Env }>, "req" | "env" | "executionCtx">,
  handleWire: WireHandler,
) {
  const headers: Record<string, string> = { "sec-fetch-site": "same-origin" };
  for (const name of FORWARDED_HEADERS) {
    const value = c.req.header(name);
    if (value !== undefined) headers[name] = value;
  }
  const send = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
    await handleWire(new Request(input, init), c.env, c.executionCtx);
  return hc<AppType>(new URL(c.req.url).origin, { headers, fetch: send });
}
export type ApiClient = ReturnType<typeof createApiClient>;

/** The error envelope of the wire. */
interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly code: string;
    readonly param?: string | null;
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

/** An answer of the API that was a refusal, with the status and words of the wire. */
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

/** A refusal has words, so these are not the status of one. */
const allowsBody = (status: StatusCode): status is ContentfulStatusCode =>
  ![101, 204, 205, 304].includes(status);

/**
 * What a successful answer says, as the routes' own types have it. @throws {ApiRefusal} for any
 * other
 */
export function unwrap<A extends ApiResponse>(
  pending: Promise<A>,
): Promise<Exclude<Awaited<ReturnType<A["json"]>>, ErrorBody>>;
export async function unwrap(pending: Promise<ApiResponse>): Promise<unknown> {
  const response = await pending;
  const body = await response.json();
  // A good answer may tell of an error, too: what became of an event that was handled again.
  if (response.status >= 400 && isErrorBody(body))
    throw new ApiRefusal(allowsBody(response.status) ? response.status : 500, body.error);
  return body;
}

/** Awaits an answer without a body. @throws {ApiRefusal} for a refusal */
export async function expectNoContent(
  pending: Promise<ApiResponse & { readonly ok: boolean }>,
): Promise<void> {
  const response = await pending;
  if (!response.ok) await unwrap(Promise.resolve(response));
}
