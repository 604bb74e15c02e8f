import { LANGUAGES } from "../languages.ts";
import { PUBLIC_PATHS } from "./brand-head.tsx";
import type { PageContext } from "./context.ts";

/** Everything that belongs to somebody, or costs something to ask. */
const PRIVATE_PATHS = [
  "/account",
  "/activity",
  "/admin",
  "/agents",
  "/api/",
  "/cancel",
  "/change",
  "/chat",
  "/credits",
  "/dashboard",
  "/keys",
  "/success",
  "/unsubscribe",
  "/v1/",
  "/verify",
];

const FOR_AN_HOUR = { "cache-control": "public, max-age=3600" };

/** `GET /robots.txt`: tells search engines to leave users' pages alone. */
export function robotsFile(c: PageContext) {
  const { PUBLIC_URL } = c.var.ctx.config;
  const lines = [
    "User-agent: *",
    ...PRIVATE_PATHS.map((path) => `Disallow: ${path}`),
    "",
    `Sitemap: ${PUBLIC_URL}/sitemap.xml`,
    "",
  ];
  return c.text(lines.join("\n"), 200, FOR_AN_HOUR);
}

/** `GET /sitemap.xml`: lists the pages that everybody can read, in each language. */
export function sitemapFile(c: PageContext) {
  const { PUBLIC_URL } = c.var.ctx.config;
  const urls = PUBLIC_PATHS.map((path) => {
    const address = new URL(path, PUBLIC_URL).href;
    const languages = Object.keys(LANGUAGES).map(
      (language) =>
        `<xhtml:link rel="alternate" hreflang="${language}" href="${address}?lang=${language}"/>`,
    );
    return `<url><loc>${address}</loc>${languages.join("")}</url>`;
  });
  const body = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" ' +
      'xmlns:xhtml="http://www.w3.org/1999/xhtml">',
    ...urls,
    "</urlset>",
    "",
  ];
  return c.body(body.join("\n"), 200, {
    "content-type": "application/xml; charset=utf-8",
    ...FOR_AN_HOUR,
  });
}
