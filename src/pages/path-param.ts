import type { PageContext } from "./context.ts";

/**
 * A text that a visitor gave, for a path of the wire: encoded, so that it stays one part. The typed
 * client puts it in as it is, and an address drops dots that stand alone, encoded or not.
 */
export function encodePathPart(text: string): string {
  const part = encodeURIComponent(text.toWellFormed());
  return /^(\.|%2e){0,2}$/i.test(part) ? "-" : part;
}

/** A part of this page's path, for a path of the wire. */
export const pathParam = (c: PageContext, name: string): string =>
  encodePathPart(c.req.param(name) ?? "");
