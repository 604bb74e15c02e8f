/** Where a visitor goes next: a path of this site, whatever a link to us says. Anything else is the dashboard. */
export function localPath(asked: string | undefined): string {
  if (asked === undefined || !asked.startsWith("/")) return "/dashboard";
  const here = "http://here.invalid";
  const url = URL.parse(asked, here);
  return url === null || url.origin !== here ? "/dashboard" : `${url.pathname}${url.search}`;
}
