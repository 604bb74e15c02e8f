import { z } from "zod";
import { readLanguage } from "../../http/request-language.ts";
import type { Language } from "../../languages.ts";

/** Longer texts are cut: a browser's own has some 120 characters. */
const USER_AGENT_LENGTH_MAX = 300;
const CITY_LENGTH_MAX = 100;

/** The device and the place that a session begins at. Each part is null where nobody told it. */
export interface Device {
  readonly userAgent: string | null;
  /** An ISO 3166 code; Cloudflare says `T1` for Tor, and `XX` where it does not know. */
  readonly country: string | null;
  readonly city: string | null;
  /** The language in which a mail about it is written. */
  readonly language: Language;
}

/** The part of Cloudflare's `request.cf` that tells the place. */
const place = z.object({
  country: z.string().length(2).optional().catch(undefined),
  city: z.string().optional().catch(undefined),
});

/** Returns a text on one line, cut to a length; null for none. */
function toLine(text: string | null | undefined, lengthMax: number): string | null {
  const line = (text ?? "").replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "").trim();
  return line === "" ? null : line.slice(0, lengthMax).toWellFormed();
}

/** Returns the country of a request; undefined where Cloudflare did not tell it. */
export function readCountry({ cf }: Request): string | undefined {
  const country: unknown = cf?.country;
  return typeof country === "string" && country.length === 2 && country !== "XX"
    ? country
    : undefined;
}

/** Reads the device and the place of a request. They are shown to its user, and decide nothing. */
export function readDevice(request: Request): Device {
  const { country, city } = place.safeParse(request.cf).data ?? {};
  return {
    userAgent: toLine(request.headers.get("user-agent"), USER_AGENT_LENGTH_MAX),
    country: country === undefined || country === "XX" ? null : country,
    city: toLine(city, CITY_LENGTH_MAX),
    language: readLanguage(request.headers.get("accept-language")),
  };
}
