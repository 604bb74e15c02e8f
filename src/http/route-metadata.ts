import type { ValidationTargets } from "hono";
import type { ZodType } from "zod";
import type { FailureCode } from "../errors.ts";

/** The description of a route: what it does, answers, and how it can fail. */
export interface RouteDescription {
  /** One sentence, for the reference. */
  readonly summary: string;
  /** The status of a success. 204 has no body. */
  readonly status: 200 | 201 | 204;
  /**
   * Another status of a success: 200 where a request finds the thing already created, 202 where
   * something has to happen first, 503 where the answer says what is not ready. Null where there is
   * none.
   */
  readonly otherStatus: 200 | 202 | 503 | null;
  /** The JSON of a success; null for 204. */
  readonly answer: ZodType | null;
  /** A body that the room reads by itself, without `validate`. */
  readonly body: ZodType | null;
  /** The type of a success that is not JSON, where a request asks for it. */
  readonly alternative:
    | "text/csv"
    | "text/markdown"
    | "text/event-stream"
    | "text/plain"
    | "audio/*"
    | null;
  /** The failures of the route's own verbs. Middleware declares its own. */
  readonly failures: readonly FailureCode[];
}

/**
 * The part of a route that a suspended user may use: `none`; `leaving`, which is reading and
 * deleting, so that they see why they are locked out, and can go; or `all`.
 */
export type SuspensionRule = "none" | "leaving" | "all";

const LEAVING_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "DELETE"]);

/** Returns whether a suspended user may send a request of this method. */
export const isOpenWhileSuspended = (rule: SuspensionRule, method: string): boolean =>
  rule === "all" || (rule === "leaving" && LEAVING_METHODS.has(method));

/** The part of a route's contract that one middleware adds, for whatever describes the routes. */
export type RouteMetadata =
  | { readonly kind: "input"; readonly target: keyof ValidationTargets; readonly schema: ZodType }
  /**
   * `anyone` is a caller with a good credential; a scope is asked of keys alone; `session` and
   * `admin` refuse API keys. `management` takes nothing but a management key with the scope.
   */
  | {
      readonly kind: "caller";
      readonly who: "anyone" | "session" | "admin" | "management";
      readonly scope: string | null;
      readonly whileSuspended: SuspensionRule;
      /**
       * Returns the scopes by any of which a management key passes as well, by method and path.
       * Absent where no management key passes.
       */
      readonly managementScopesOf?: (method: string, path: string) => readonly string[];
    }
  /** Failures of a middleware that asks for nothing else. */
  | { readonly kind: "failures"; readonly failures: readonly FailureCode[] }
  | ({ readonly kind: "description" } & RouteDescription);

const metadataByMiddleware = new WeakMap<object, RouteMetadata>();

/** Marks a middleware, so that the description of a route comes from what runs. */
export function withMetadata<M extends object>(middleware: M, metadata: RouteMetadata): M {
  metadataByMiddleware.set(middleware, metadata);
  return middleware;
}

/** Returns what a middleware was marked with. */
export const metadataOf = (middleware: object): RouteMetadata | undefined =>
  metadataByMiddleware.get(middleware);
