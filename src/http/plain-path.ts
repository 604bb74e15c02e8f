/** The path of a URL, from its first slash after the host to its query. */
const PATH = /^(https?:\/\/[^/?#]+)([^?#]*)/;

/**
 * Returns a request for `/v1` at the path that was meant: without doubled slashes and one at the
 * end, which clients make of a base URL with a slash. Any other request as it is.
 */
export function withPlainPath(request: Request): Request {
  const { url } = request;
  const [head = "", origin = "", path = ""] = PATH.exec(url) ?? [];
  if (!/^\/+v1(\/|$)/.test(path)) return request;
  const plain = path.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
  return plain === path ? request : new Request(origin + plain + url.slice(head.length), request);
}
