import type { PageContext } from "./context.ts";

/**
 * Encodes a text from a visitor as one part of a path of the wire. The typed client does not encode
 * parameters, and a URL drops parts that are dots alone, encoded or not.
 */
export function encodePathPart(text: string): string {
  const part = encodeURIComponent(text.toWellFormed());
  return /^(\.|%2e){0,2}$/i.test(part) ? "-" : part;
}

/** Returns a parameter of the page's path, encoded for a path of the wire. */
export const pathParam = (c: PageContext, name: string): string =>
  encodePathPart(c.req.param(name) ?? "");
