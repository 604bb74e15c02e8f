import type { Context as HonoContext } from "hono";
import type { BaseEnv } from "../http/factory.ts";
import { router } from "../http/factory.ts";
import { accentSheet } from "./accent-sheet.ts";
import { drawIcon } from "./icon.ts";
import { loadBrand } from "./load-brand.ts";
import { drawManifest } from "./manifest.ts";
import { findLogo } from "./store.ts";

/** A picture runs and loads nothing, even where somebody opens it as a page. */
const INERT = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
const FOR_EVER = "public, max-age=31536000, immutable";
const FOR_AN_HOUR = "public, max-age=3600";

interface Asset {
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly caching: string;
  readonly etag?: string;
}

function respond(c: HonoContext<BaseEnv>, { type, body, caching, etag }: Asset): Response {
  const headers: Record<string, string> = {
    "content-type": type,
    "cache-control": caching,
    "content-security-policy": INERT,
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
    ...(etag === undefined ? {} : { etag }),
  };
  if (etag !== undefined && c.req.header("if-none-match")?.includes(etag) === true)
    return c.body(null, 304, headers);
  return c.body(body, 200, headers);
}

/** `/brand`: the operator's logo, icon and colors, from our own origin. */
export const assetRoutes = router()
  .get("/brand/accent/:file{[0-9a-f]{6}\\.css}", (c) => {
    const selector = c.req.query("for") === "preview" ? ".brand-preview" : ":root";
    const body = accentSheet(`#${c.req.param("file").slice(0, 6)}`, selector);
    return respond(c, { type: "text/css; charset=utf-8", body, caching: FOR_EVER });
  })
  .get("/brand/logo/:digest{[0-9a-f]{32}}", async (c) => {
    const logo = await findLogo(c.var.ctx.db, c.req.param("digest"));
    if (logo === undefined) return await c.notFound();
    const { type, base64, digest } = logo;
    const body = Uint8Array.fromBase64(base64);
    return respond(c, { type, body, caching: FOR_EVER, etag: `"${digest}"` });
  })
  .get("/brand/icon.svg", async (c) => {
    const body = drawIcon(await loadBrand(c.var.ctx));
    return respond(c, { type: "image/svg+xml", body, caching: FOR_AN_HOUR });
  })
  .get("/manifest.webmanifest", async (c) => {
    const body = drawManifest(await loadBrand(c.var.ctx));
    return respond(c, { type: "application/manifest+json", body, caching: FOR_AN_HOUR });
  });
