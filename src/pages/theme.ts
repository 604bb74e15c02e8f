import { getCookie, setCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import type { PageContext, PageEnv } from "./context.ts";

/** The themes that a reader may choose. `system` follows the device, and is the default. */
export const THEMES = ["light", "dark", "system"] as const;
export type Theme = (typeof THEMES)[number];

const COOKIE_NAME = "farebox_theme";
const COOKIE_TTL_SECONDS = 365 * 86_400;

const toTheme = (value: string | undefined): Theme | undefined =>
  THEMES.find((theme) => theme === value);

/** Returns the reader's theme: the one just chosen (`?theme=`), else the one in their cookie. */
export const readTheme = (c: PageContext): Theme =>
  toTheme(c.req.query("theme")) ?? toTheme(getCookie(c, COOKIE_NAME)) ?? "system";

/**
 * Middleware that keeps a theme which the reader has just chosen. The server writes it into the
 * page, so that no page flashes in another. `page.js` sets the same cookie.
 */
export const keepTheme = createMiddleware<PageEnv>(async (c, next) => {
  const chosen = toTheme(c.req.query("theme"));
  if (chosen !== undefined)
    setCookie(c, COOKIE_NAME, chosen, {
      path: "/",
      sameSite: "Lax",
      maxAge: COOKIE_TTL_SECONDS,
      secure: new URL(c.req.url).protocol === "https:",
    });
  await next();
});
