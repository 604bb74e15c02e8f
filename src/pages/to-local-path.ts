/**
 * Converts a path that a link names into a path of this site. Anything else becomes the dashboard.
 */
export function toLocalPath(path: string | undefined): string {
  if (path === undefined || !path.startsWith("/")) return "/dashboard";
  const base = "http://here.invalid";
  const url = URL.parse(path, base);
  // "/.//elsewhere" is a path of this site, but without its dots it begins with "//", which a
  // browser takes for a host.
  if (url === null || url.origin !== base || url.pathname.startsWith("//")) return "/dashboard";
  return `${url.pathname}${url.search}`;
}
