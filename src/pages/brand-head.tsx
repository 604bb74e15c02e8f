import { accentColor, accentSheetPath } from "../brand/index.ts";
import type { PageContext } from "./context.ts";

/** The pages that search engines and social sites may show: what everybody can read. */
export const PUBLIC_PATHS = ["/", "/pricing", "/marketplace", "/docs"] as const;

/** The colors of the operator, after the styles that they replace. */
export function BrandStyles({ c }: { c: PageContext }) {
  const { accent } = c.var.brand;
  return accent === null ? null : <link rel="stylesheet" href={accentSheetPath(accent)} />;
}

/** Who the site belongs to, for browsers, phones and whoever shows a link to the page. */
export function BrandHead({
  c,
  title,
  description = c.var.words.home.lead,
}: {
  c: PageContext;
  title: string;
  description?: string | undefined;
}) {
  const { brand, ctx, language } = c.var;
  const isPublic = PUBLIC_PATHS.some((path) => path === c.req.path);
  const address = new URL(c.req.path, ctx.config.PUBLIC_URL).href;
  const picture =
    brand.logoUrl === null ? null : new URL(brand.logoUrl, ctx.config.PUBLIC_URL).href;
  return (
    <>
      <link rel="icon" href="/brand/icon.svg" type="image/svg+xml" />
      <link rel="manifest" href="/manifest.webmanifest" />
      <meta name="theme-color" content={accentColor(brand)} />
      {picture === null ? null : <link rel="apple-touch-icon" href={picture} />}
      {isPublic ? (
        <>
          <meta name="description" content={description} />
          <link rel="canonical" href={address} />
          <meta property="og:type" content="website" />
          <meta property="og:site_name" content={brand.name} />
          <meta property="og:title" content={title} />
          <meta property="og:description" content={description} />
          <meta property="og:url" content={address} />
          <meta property="og:locale" content={language} />
          {picture === null ? null : <meta property="og:image" content={picture} />}
          <meta name="twitter:card" content="summary" />
        </>
      ) : (
        <meta name="robots" content="noindex" />
      )}
    </>
  );
}
