import type { Hono } from "hono";
import { type FailureCode } from "../../src/errors.ts";
import type { BaseEnv } from "../../src/http/factory.ts";
import { type ContractedRoute, findContractedRoute } from "./routes.ts";

/** What the answers of a test file showed. */
export interface Observations {
  /** Failures that were answered: `POST /api/checkout not_found`. */
  readonly failures: Set<string>;
  /** Answers that no route declares. */
  readonly violations: string[];
}

/** The observations of the test file that runs. */
export const observations: Observations = { failures: new Set(), violations: [] };

const observed = new WeakSet<object>();

/** Holds every answer of an app against the contract of its route, from now on. */
export function observeApp(app: Pick<Hono<BaseEnv>, "fetch">): void {
  if (observed.has(app)) return;
  observed.add(app);
  const fetchUnobserved = app.fetch;
  app.fetch = async (request, ...rest) => {
    const { method, url } = request;
    const response = await fetchUnobserved(request, ...rest);
    await observe({ method, path: new URL(url).pathname }, response, observations);
    return response;
  };
}

const isJson = (response: Response): boolean =>
  response.headers.get("content-type")?.startsWith("application/json") === true;

function violationOf(route: ContractedRoute, status: number, json: unknown): string | undefined {
  const { description, name } = route;
  if (status !== description.status && status !== description.otherStatus)
    return `${name} answered ${status}, which it does not declare`;
  const parsed = description.answer?.safeParse(json);
  return parsed?.success === false
    ? `${name} answered what it does not declare: ${parsed.error.message}`
    : undefined;
}

/**
 * Returns the code of an error in the wire's shape. Where a model replies, its provider's own code
 * may stand in place of `invalid_request`.
 */
function codeOf(json: unknown, { failures }: ContractedRoute): string {
  const error: { code?: unknown; type?: unknown; details?: unknown } = Object(Object(json).error);
  // Anthropic's shape has the code in the details.
  const { type, code = Object(error.details).error_code }: { type?: unknown; code?: unknown } =
    error;
  const known: ReadonlySet<unknown> = failures;
  if (!known.has(code) && known.has("upstream_error") && type === "invalid_request_error")
    return "invalid_request";
  return typeof code === "string" ? code : "";
}

/**
 * Holds an answer against the contract of its route: a failure has to be among those that the route
 * declares, and a success has to fit its schema. Streams and files are not looked into.
 */
export async function observe(
  request: { readonly method: string; readonly path: string },
  response: Response,
  observations: Observations,
): Promise<void> {
  const route = findContractedRoute(request.method, request.path);
  if (route === undefined || !isJson(response)) return;
  // An answer that is given again was looked at when it was given first, maybe by an older version.
  if (response.headers.has("idempotent-replayed")) return;
  const json: unknown = await response.clone().json();
  // What is not ready may be told in the answer itself.
  const isAnswer = response.status === route.description.otherStatus && !("error" in Object(json));
  if (response.status < 400 || isAnswer) {
    const violation = violationOf(route, response.status, json);
    if (violation !== undefined) observations.violations.push(violation);
    return;
  }
  const code = codeOf(json, route);
  observations.failures.add(`${route.name} ${code}`);
  const declared: ReadonlySet<string> = route.failures satisfies ReadonlySet<FailureCode>;
  if (!declared.has(code))
    observations.violations.push(`${route.name} answered ${code}, which it does not declare`);
}
