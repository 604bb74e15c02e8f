/**
 * Where a visitor goes next: a path of this site, whatever a link to us says. Anything else is the
 * dashboard.
 */
export function localPath(asked: string | undefined): string {
  if (asked === undefined || !asked.startsWith("/")) return "/dashboard";
  const here = "http://here.invalid";
  const url = URL.parse(asked, here);
  // "/.//elsewhere" is a path of this site, and begins with "//" once its dots are gone: a browser
  // takes that for a host.
  if (url === null || url.origin !== here || url.pathname.startsWith("//")) return "/dashboard";
  return `${url.pathname}${url.search}`;
}
