import type { Context } from "hono";
import { parseAccept } from "hono/utils/accept";
import { isLanguage, type Language } from "../languages.ts";

/** More of a header is not read. */
const HEADER_LENGTH_MAX = 200;

/**
 * Returns the language in which a client wants to be written to: the first of its `Accept-Language`
 * that there is, else English.
 */
export function readLanguage(acceptLanguage: string | null): Language {
  const wanted = parseAccept(acceptLanguage?.slice(0, HEADER_LENGTH_MAX) ?? "");
  const languages = wanted
    .toSorted((a, b) => b.q - a.q)
    .map(({ type }) => type.split("-")[0]?.toLowerCase() ?? "");
  return languages.find(isLanguage) ?? "en";
}

/** The same of a request. Pages send their reader's. */
export const requestLanguage = ({ req }: Pick<Context, "req">): Language =>
  readLanguage(req.header("accept-language") ?? null);
