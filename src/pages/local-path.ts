/**
 * Where a visitor goes next: a path of this site, whatever a link to us says. Anything else is the
 * dashboard.
 */
export function localPath(path: string | undefined): string {
  if (path === undefined || !path.startsWith("/")) return "/dashboard";
  const here = "http://here.invalid";
  const url = URL.parse(path, here);
  // "/.//elsewhere" is a path of this site, and begins with "//" once its dots are gone: a browser
  // takes that for a host.
  if (url === null || url.origin !== here || url.pathname.startsWith("//")) return "/dashboard";
  return `${url.pathname}${url.search}`;
}
