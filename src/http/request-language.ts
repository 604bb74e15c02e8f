import type { Context } from "hono";
import { parseAccept } from "hono/utils/accept";
import { isLanguage, type Language } from "../languages.ts";

/** More of a header is not read. */
const HEADER_LENGTH_MAX = 200;

/**
 * Returns the language in which a request's client wants to be written to: the first of its
 * `Accept-Language` that there is, else English. Pages send their reader's.
 */
export function requestLanguage({ req }: Pick<Context, "req">): Language {
  const wanted = parseAccept(req.header("accept-language")?.slice(0, HEADER_LENGTH_MAX) ?? "");
  const languages = wanted
    .toSorted((a, b) => b.q - a.q)
    .map(({ type }) => type.split("-")[0]?.toLowerCase() ?? "");
  return languages.find(isLanguage) ?? "en";
}
