import type { Context } from "./context.ts";
import type { Endpoint } from "./endpoint.ts";
import { ApiError, Declined, errorEnvelope, invalid } from "./errors.ts";
import { faultError, hang, takeFault } from "./faults.ts";
import { parseForm } from "./form.ts";
import { findReplay, type InFlight } from "./idempotency.ts";

/** An answer, ready to be sent and to be stored. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Returns the answer for a refusal. Any other error is a fault of this program, and its answer is a
 * 500.
 */
export function errorAnswer(error: unknown, origin: string, requestId: string): Answer {
  if (!(error instanceof ApiError)) console.error("The local Stripe failed:", error);
  const { status, body } = error instanceof ApiError ? error : faultError(500);
  const text = JSON.stringify(errorEnvelope(body, origin, requestId), null, 2);
  // https://docs.stripe.com/rate-limits#handling-limiting-gracefully
  const headers = status === 429 ? { "stripe-rate-limited-reason": "global-rate" } : {};
  return { status, body: text, headers };
}

/** Reads the parameters of a request as text: the query of a GET, the form of any other method. */
async function readParams(request: Request): Promise<string> {
  const query = new URL(request.url).search.slice(1);
  if (request.method === "GET") return query;
  // Not `text()`, because workerd warns that a form is not text.
  const body = new TextDecoder().decode(await request.arrayBuffer());
  const type = request.headers.get("content-type") ?? "";
  if (body !== "" && !/^application\/x-www-form-urlencoded\b/i.test(type)) {
    throw invalid(
      "Invalid request (check that your POST content type is application/x-www-form-urlencoded, " +
        `not '${type}'). If you have any questions, we can help at https://support.stripe.com/.`,
    );
  }
  return body === "" ? query : body;
}

/** Returns a decline as a value, so that its writes are not rolled back. */
function returnDeclines(work: () => object): object {
  try {
    return work();
  } catch (error) {
    if (error instanceof Declined) return error;
    throw error;
  }
}

/**
 * Runs an endpoint, whole or not at all. A refusal of work that began is an answer too, and stored
 * like one.
 */
function execute(
  ctx: Context,
  run: ReturnType<Endpoint["prepare"]>,
  url: string,
  id: string,
): Answer {
  try {
    const result = ctx.store.atomically(() => returnDeclines(() => run({ ctx, id, url })));
    if (result instanceof Declined) return errorAnswer(result, ctx.origin, ctx.request?.id ?? "");
    return { status: 200, body: JSON.stringify(result, null, 2) };
  } catch (error) {
    if (error instanceof ApiError) return errorAnswer(error, ctx.origin, ctx.request?.id ?? "");
    throw error;
  }
}

/**
 * Answers one request to an endpoint: scripted faults, the idempotency key, the parameters, the
 * work.
 * @throws {ApiError} if no work began, so that no answer is stored for the key
 */
export async function answerRequest(
  context: Context,
  inFlight: InFlight,
  endpoint: Endpoint,
  request: Request,
  id: string,
  requestId: string,
): Promise<Answer> {
  const { pathname: path } = new URL(request.url);
  const fault = takeFault(context.store, request.method, path);
  if (typeof fault?.answer === "number" && fault.answer !== 500) throw faultError(fault.answer);
  const text = await readParams(request);
  const key = request.method === "POST" ? request.headers.get("idempotency-key") : null;
  const requestKey = { path, params: text.split("&").toSorted().join("&") };
  if (fault?.answer === 500) {
    // Kept under its key like any other answer (docs.stripe.com/api/idempotent_requests).
    const failed = errorAnswer(faultError(500), context.origin, requestId);
    if (key !== null && context.store.answers.get(key) === undefined)
      context.store.answers.put({
        id: key,
        ...requestKey,
        ...failed,
        requestId,
        atSeconds: context.nowSeconds(),
      });
    return failed;
  }
  const replayed = key === null ? undefined : findReplay(context, inFlight, key, requestKey);
  if (replayed !== undefined) {
    return {
      ...replayed,
      headers: { "idempotent-replayed": "true", "original-request": replayed.requestId },
    };
  }
  const run = endpoint.prepare(parseForm(text));
  if (key !== null) inFlight.add(key);
  try {
    if (fault?.answer === "hang") {
      await hang(fault.seconds, request.signal);
      throw new ApiError(504, { type: "api_error", message: "Gateway timeout" });
    }
    const result = execute(
      { ...context, request: { id: requestId, idempotency_key: key } },
      run,
      path,
      id,
    );
    if (key !== null)
      context.store.answers.put({
        id: key,
        ...requestKey,
        ...result,
        requestId,
        atSeconds: context.nowSeconds(),
      });
    if (fault?.answer === "lost")
      throw new ApiError(502, { type: "api_error", message: "Bad gateway" });
    return result;
  } finally {
    if (key !== null) inFlight.delete(key);
  }
}
