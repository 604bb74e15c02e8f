import type { Context } from "hono";
import { createFactory } from "hono/factory";
import { languageDetector } from "hono/language";
import type { BaseEnv } from "../http/factory.ts";
import { type ApiClient, ApiRefusal, createApiClient, unwrap, type WireHandler } from "./api.ts";
import { isLanguage, LANGUAGES, type Language, type Words } from "./words/index.ts";

/** Who looks at a page. */
export interface Viewer {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly role: "user" | "admin";
  readonly planId: string;
}

/** What every page can rely on. */
interface PageEnv extends BaseEnv {
  Variables: BaseEnv["Variables"] & {
    api: ApiClient;
    /** Null for who has not signed in. */
    viewer: Viewer | null;
    language: Language;
    words: Words;
  };
}
export type PageContext = Context<PageEnv>;

const factory = createFactory<PageEnv>();

/** A router of pages. */
export const pageRouter = () => factory.createApp();

/**
 * The reader's language: what they chose (`?lang=`, kept in a cookie), else what their browser asks
 * for.
 */
export const readLanguage = [
  languageDetector({
    order: ["querystring", "cookie", "header"],
    lookupQueryString: "lang",
    lookupCookie: "farebox_lang",
    supportedLanguages: Object.keys(LANGUAGES),
    fallbackLanguage: "en",
    caches: ["cookie"],
    cookieOptions: { path: "/", sameSite: "Lax", httpOnly: true, maxAge: 365 * 86_400 },
  }),
  factory.createMiddleware(async (c, next) => {
    const detected: string = c.get("language");
    const language = isLanguage(detected) ? detected : "en";
    c.set("language", language);
    c.set("words", LANGUAGES[language].words);
    await next();
  }),
] as const;

async function loadViewer(api: ApiClient): Promise<Viewer | null> {
  try {
    return await unwrap(api.api.users[":userId"].$get({ param: { userId: "me" } }));
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 401) return null;
    throw error;
  }
}

/** Gives the page its view of the wire, and tells it who is looking. */
export const readViewer = (handleWire: WireHandler) =>
  factory.createMiddleware(async (c, next) => {
    const api = createApiClient(c, handleWire);
    c.set("api", api);
    c.set(
      "viewer",
      c.req.header("cookie")?.includes("farebox_session=") === true ? await loadViewer(api) : null,
    );
    await next();
  });

/**
 * A page shows who looks at it: no cache keeps it for the next one. What strangers see may be kept
 * by their browser, and is asked for again.
 */
export const setCacheControl = factory.createMiddleware(async (c, next) => {
  await next();
  c.header("cache-control", c.var.viewer === null ? "private, no-cache" : "no-store");
});

/** Sends who has not signed in to do so, and back here afterwards. */
export const requireSignIn = factory.createMiddleware(async (c, next) => {
  if (c.var.viewer !== null) return await next();
  const { pathname, search } = new URL(c.req.url);
  return c.redirect(`/login?next=${encodeURIComponent(pathname + search)}`, 303);
});
