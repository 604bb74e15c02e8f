import type { Context } from "hono";
import { matchedRoutes } from "hono/route";
import type { Failure } from "../errors.ts";

/** A route, as a router registers it. */
interface RegisteredRoute {
  readonly method: string;
  readonly path: string;
}

/**
 * The paths of OpenAI's API, and of Anthropic's, below its base URL. Clients that were given
 * another base URL ask for them elsewhere.
 */
const API_PATH = new RegExp(
  "(?:^|/)(chat/completions|completions|responses|messages|embeddings|models|moderations|files|" +
    "images/(?:generations|edits|variations)|audio/(?:speech|transcriptions|translations)|" +
    "batches|assistants|threads|vector_stores|fine_tuning|uploads|realtime|engines|deployments)" +
    "(?:/|$)",
);

/** Whether a path is the wire's, which answers in JSON whatever comes. */
export const isWirePath = (path: string): boolean => /^\/+(api|v1|openai)(\/|$)/.test(path);

/** A version in the middle of a path: `/proxy/v1/models`, `/v1beta/models/large`. */
const VERSION = /\/v\d+(alpha|beta)?\//i;

/**
 * Whether a path is one of OpenAI's API without the `/v1` of the base URL: `/chat/completions`.
 * `/chat/…` itself is a page.
 */
export const isPathWithoutBase = (path: string): boolean =>
  API_PATH.exec(path.replace(/^\/+/, "/"))?.index === 0;

/** Whether a path that leads nowhere was meant for an API of models, whatever its base. */
export const isModelApiPath = (path: string): boolean =>
  isPathWithoutBase(path) || VERSION.test(path);

/** The headers in which a program shows a key. */
const KEY_HEADERS = ["authorization", "x-api-key", "api-key"] as const;

/** Whether a request is a program's: it shows a key, or takes JSON and no page. */
export function isFromProgram({ req }: Pick<Context, "req">): boolean {
  const accept = req.header("accept") ?? "";
  return (
    KEY_HEADERS.some((name) => req.header(name) !== undefined) ||
    (/\bjson\b/i.test(accept) && !/\bhtml\b/i.test(accept))
  );
}

/** Whether a request leads to a route, or a page. */
export const leadsSomewhere = (c: Context): boolean =>
  matchedRoutes(c).some(({ method }) => method !== "ALL");

const toPattern = (path: string): string => path.replace(/:(\w+)\{[^}]*\}/g, ":$1");

/** Lists the routes of `/v1`, each with its method. */
const listV1 = (routes: readonly RegisteredRoute[]): string[] => [
  ...new Set(
    routes
      .filter(({ method, path }) => method !== "ALL" && path.startsWith("/v1/"))
      .map(({ method, path }) => `${method} ${toPattern(path)}`),
  ),
];

/** Describes a request that leads nowhere, and where it was meant to lead. */
export function routeNotFound(
  { method, path }: RegisteredRoute,
  routes: readonly RegisteredRoute[],
  publicUrl: string,
): Failure {
  const shown = path.slice(0, 200);
  const message = `There is no ${method} ${shown}.`;
  if (/^\/+api(\/|$)/.test(path) && !API_PATH.test(path)) return { code: "not_found", message };
  const offered = listV1(routes);
  const meant = API_PATH.exec(path)?.[1];
  const isOffered = offered.some((route) => route === `${method} /v1/${meant}`);
  const isWithin = path.startsWith(`/v1/${meant}`);
  const hint =
    isOffered && !isWithin
      ? `Did you mean ${method} /v1/${meant}?`
      : `Available: ${offered.join(", ")}.`;
  return {
    code: "not_found",
    message:
      `${message} ${hint} The base URL of OpenAI's clients is ${publicUrl}/v1, ` +
      `and that of Anthropic's ${publicUrl}.`,
  };
}
