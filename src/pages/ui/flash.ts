import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { PageContext } from "../context.ts";
import type { Words } from "../words/index.ts";

/** Something that happened, by the name of the text that says so. */
export type Flash = keyof Words["flash"];

/** Holds what the next page tells, once. A reload does not tell it again. */
const COOKIE_NAME = "farebox_flash";
const COOKIE_TTL_SECONDS = 60;

const cookieOptions = (c: PageContext) => ({
  path: "/",
  httpOnly: true,
  sameSite: "Lax" as const,
  secure: new URL(c.req.url).protocol === "https:",
});

/**
 * Has the next page tell what happened, before a redirect.
 * @param text names a text of `words.flash`
 * @param detail takes the place of `{}` in that text, such as the name of what was deleted
 */
export const flash = (c: PageContext, text: Flash, detail = ""): void =>
  setCookie(c, COOKIE_NAME, `${text}:${detail}`, {
    ...cookieOptions(c),
    maxAge: COOKIE_TTL_SECONDS,
  });

/** Returns what is to be told, and forgets it. Only texts of ours are shown. */
export function takeFlash(c: PageContext): string | undefined {
  const value = getCookie(c, COOKIE_NAME);
  if (value === undefined) return undefined;
  deleteCookie(c, COOKIE_NAME, cookieOptions(c));
  const [name, ...detail] = value.split(":");
  const text = Object.entries(c.var.words.flash).find(([key]) => key === name)?.[1];
  return text?.replace("{}", detail.join(":"));
}
