import type { FailureCode } from "../errors.ts";
import {
  isOpenWhileSuspended,
  type RouteDescription,
  type RouteMetadata,
} from "../http/route-metadata.ts";
import type { WireRoute } from "./wire-routes.ts";

/** Everything that a route promises: its description, and every failure that it can answer. */
export interface RouteContract {
  readonly description: RouteDescription;
  readonly failures: ReadonlySet<FailureCode>;
}

/** The failures that any route can answer: a bug, unusable settings, a URL that is wrong. */
const ANYWHERE: readonly FailureCode[] = ["internal_error", "misconfigured", "invalid_request"];

/** The failures of the entry checks, for whatever has a body. */
const BODY: readonly FailureCode[] = [
  "body_too_large",
  "unsupported_media_type",
  "invalid_request",
];

/** And of `/v1`, which takes large bodies as far as there is room for them. */
const V1_BODY: readonly FailureCode[] = [...BODY, "server_busy"];

/** The failures of `Idempotency-Key`, which a POST of a known caller may carry. */
const REPLAY: readonly FailureCode[] = [
  "invalid_request",
  "idempotency_key_reused",
  "idempotency_key_in_use",
  "conflict",
  "limit_reached",
  "billing_unavailable",
];

function failuresOfCaller(
  metadata: Extract<RouteMetadata, { kind: "caller" }>,
  method: string,
): FailureCode[] {
  const anyone: FailureCode[] = [
    "invalid_token",
    "token_expired",
    "invalid_api_key",
    ...(isOpenWhileSuspended(metadata.whileSuspended, method)
      ? []
      : (["account_suspended"] as const)),
  ];
  if (metadata.who === "management") return [...anyone, "missing_scope"];
  if (metadata.who === "admin")
    return [...anyone, "admin_only", "second_factor_required", "missing_scope"];
  if (metadata.who === "session" || metadata.scope !== null)
    return [...anyone, "missing_scope", "billing_unavailable"];
  // Of a management key that may not ask on a user's behalf.
  return [...anyone, "missing_scope"];
}

function failuresOfMetadata(metadata: RouteMetadata, method: string): readonly FailureCode[] {
  switch (metadata.kind) {
    case "input":
      return ["invalid_request"];
    case "caller":
      return [...failuresOfCaller(metadata, method), ...(method === "POST" ? REPLAY : [])];
    case "failures":
    case "description":
      return metadata.failures;
  }
}

/**
 * Returns the contract of a route: what it describes itself, and what each middleware on the way to
 * it adds. Undefined for a route without a description.
 */
export function contractOf({ method, path, metadata }: WireRoute): RouteContract | undefined {
  const description = metadata.find((each) => each.kind === "description");
  if (description === undefined) return undefined;
  const failures = metadata.flatMap((each) => failuresOfMetadata(each, method));
  const body = method === "GET" ? [] : path.startsWith("/v1/") ? V1_BODY : BODY;
  return { description, failures: new Set([...ANYWHERE, ...body, ...failures]) };
}
