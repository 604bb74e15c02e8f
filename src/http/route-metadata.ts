import type { ValidationTargets } from "hono";
import type { ZodType } from "zod";

/** What a middleware asks of a request, told to whoever describes the routes (`/openapi.json`). */
export type RouteMetadata =
  | { readonly kind: "input"; readonly target: keyof ValidationTargets; readonly schema: ZodType }
  /**
   * `anyone` is who sends a good credential; a scope is asked of keys alone; `session` and `admin`
   * refuse keys.
   */
  | {
      readonly kind: "caller";
      readonly who: "anyone" | "session" | "admin";
      readonly scope: string | null;
    };

const metadataByMiddleware = new WeakMap<object, RouteMetadata>();

/**
 * Marks a middleware with what it asks, so that the description of a route comes from what runs.
 */
export function withMetadata<M extends object>(middleware: M, metadata: RouteMetadata): M {
  metadataByMiddleware.set(middleware, metadata);
  return middleware;
}

/** What a middleware was marked with. */
export const metadataOf = (middleware: object): RouteMetadata | undefined =>
  metadataByMiddleware.get(middleware);
