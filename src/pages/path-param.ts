import type { PageContext } from "./context.ts";

/**
 * A part of this page's path, for a path of the wire: encoded, so that it stays one part. The typed client puts it in as it is, and
 * an address drops dots that stand alone, encoded or not.
 */
export function pathParam(c: PageContext, name: string): string {
  const part = encodeURIComponent(c.req.param(name) ?? "");
  return /^(\.|%2e){1,2}$/i.test(part) ? "-" : part;
}
