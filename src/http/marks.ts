import type { ValidationTargets } from "hono";
import type { ZodType } from "zod";

/** What a middleware asks of a request, told to whoever describes the routes (`/openapi.json`). */
export type Mark =
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

const marks = new WeakMap<object, Mark>();

/**
 * Marks a middleware with what it asks, so that the description of a route comes from what runs.
 */
export function marked<M extends object>(middleware: M, mark: Mark): M {
  marks.set(middleware, mark);
  return middleware;
}

/** What a middleware was marked with. */
export const markOf = (middleware: object): Mark | undefined => marks.get(middleware);
