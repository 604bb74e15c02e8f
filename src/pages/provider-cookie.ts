import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import type { PageContext } from "./context.ts";
import { toLocalPath } from "./to-local-path.ts";

const COOKIE_NAME = "farebox_provider";
const TEN_MINUTES_SECONDS = 600;

const begun = z.object({
  sealedState: z.string(),
  next: z.string(),
  /** Whether it adds the account there to the reader, who is signed in already. */
  isLink: z.boolean().default(false),
});

/** A sign-in at a provider that began in this browser, and the page to go on to. */
export type BegunSignIn = z.infer<typeof begun>;

/** Over https browsers take the cookie from this very host alone (RFC 6265bis §4.1.3.2). */
function cookieScope(c: PageContext) {
  const isSecure = new URL(c.req.url).protocol === "https:";
  return { path: "/", ...(isSecure ? { secure: true, prefix: "host" as const } : {}) };
}

/**
 * Keeps a sign-in in this browser, so that its answer is taken in no other. The provider's redirect
 * brings the cookie along, which takes `SameSite=Lax`.
 */
export function keepBegun(c: PageContext, value: BegunSignIn): void {
  setCookie(c, COOKIE_NAME, JSON.stringify(value), {
    ...cookieScope(c),
    httpOnly: true,
    sameSite: "Lax",
    maxAge: TEN_MINUTES_SECONDS,
  });
}

/** Takes the sign-in that this browser kept: it is there once. Null without one. */
export function takeBegun(c: PageContext): BegunSignIn | null {
  const scope = cookieScope(c);
  const text =
    "prefix" in scope ? getCookie(c, COOKIE_NAME, scope.prefix) : getCookie(c, COOKIE_NAME);
  deleteCookie(c, COOKIE_NAME, scope);
  try {
    const { next, ...rest } = begun.parse(JSON.parse(text ?? ""));
    return { ...rest, next: toLocalPath(next) };
  } catch {
    return null;
  }
}
