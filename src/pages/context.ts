import type { Context } from "hono";
import { createFactory } from "hono/factory";
import { languageDetector } from "hono/language";
import { type Brand, loadBrand } from "../brand/index.ts";
import type { BaseEnv } from "../http/factory.ts";
import { isLanguage, LANGUAGES, type Language } from "../languages.ts";
import { type ApiClient, ApiRefusal, createApiClient, unwrap, type WireHandler } from "./api.ts";
import { WORDS, type Words } from "./words/index.ts";

/** The user who reads a page. */
export interface Viewer {
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string | null;
  readonly role: "user" | "admin";
  readonly planId: string;
  readonly freeAllowanceTaken: boolean;
  /** Since when the operator has the reader suspended; null where they are not. */
  readonly suspendedAt: string | null;
}

/** Returns whether the reader may use the operator's pages: a suspended admin may not. */
export const isActiveAdmin = (viewer: Viewer | null): boolean =>
  viewer?.role === "admin" && viewer.suspendedAt === null;

/** The variables of every page. */
export interface PageEnv extends BaseEnv {
  Variables: BaseEnv["Variables"] & {
    api: ApiClient;
    /** The operator's name, logo, colors and addresses. */
    brand: Brand;
    /** Null where the reader has not signed in. */
    viewer: Viewer | null;
    language: Language;
    words: Words;
  };
}
export type PageContext = Context<PageEnv>;

const factory = createFactory<PageEnv>();

/** Creates a router for pages. */
export const pageRouter = () => factory.createApp();

/**
 * Middleware that sets the operator's brand. It is read without the wire, whose rate limits must
 * not take the name off a page.
 */
export const readBrand = factory.createMiddleware(async (c, next) => {
  c.set("brand", await loadBrand(c.var.ctx));
  await next();
});

/**
 * Middleware that sets the reader's language: the one they chose (`?lang=`, kept in a cookie), else
 * the one that their browser asks for.
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
    c.set("words", WORDS[language].words);
    // A form that is refused before its reader is looked up answers with a page for nobody.
    c.set("viewer", null);
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

/** Returns the middleware that sets the client of the wire and the reader of the page. */
export const readViewer = (handleWire: WireHandler) =>
  factory.createMiddleware(async (c, next) => {
    const api = createApiClient(c, handleWire, c.var.language);
    c.set("api", api);
    if (c.req.header("cookie")?.includes("farebox_session=") === true)
      c.set("viewer", await loadViewer(api));
    await next();
  });

/**
 * Middleware that sets `cache-control`. No cache keeps a page of a signed-in user. A browser may
 * keep other pages, but revalidates them.
 */
export const setCacheControl = factory.createMiddleware(async (c, next) => {
  await next();
  c.header("cache-control", c.var.viewer === null ? "private, no-cache" : "no-store");
});

/** Middleware that sends readers who have not signed in to do so, and back here afterwards. */
export const requireSignIn = factory.createMiddleware(async (c, next) => {
  if (c.var.viewer !== null) return await next();
  const { pathname, search } = new URL(c.req.url);
  return c.redirect(`/login?next=${encodeURIComponent(pathname + search)}`, 303);
});
