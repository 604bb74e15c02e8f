/**
 * Where a visitor goes next: a path of this site, whatever a link to us says. Anything else is the
 * dashboard.
 */
export function toLocalPath(path: string | undefined): string {
  if (path === undefined || !path.startsWith("/")) return "/dashboard";
  const base = "http://here.invalid";
  const url = URL.parse(path, base);
  // "/.//elsewhere" is a path of this site, and begins with "//" once its dots are gone: a browser
  // takes that for a host.
  if (url === null || url.origin !== base || url.pathname.startsWith("//")) return "/dashboard";
  return `${url.pathname}${url.search}`;
}
