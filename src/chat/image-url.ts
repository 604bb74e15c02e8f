/** As much of a `data:` URL as names its type. */
const DATA_HEAD_CHARACTERS = 128;
const DATA_IMAGE = /^data:image\/[\w.+-]+(;[\w.+-]+(=[\w.+-]+)?)*,/i;

/**
 * An https URL in a spelling that all parsers read alike: no userinfo, no port, no escapes, no
 * backslashes or spaces, and a host in ASCII.
 */
const PLAIN_HTTPS = /^https:\/\/([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?:[/?#][^\s\\\p{Cc}]*)?$/iu;

/** Domains that are never public (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal, and habit). */
const PRIVATE_DOMAIN = new RegExp(
  "\\.(localhost|local|localdomain|internal|intranet|private|corp|home|lan|svc|arpa)$",
);

/**
 * Returns whether a host is a public name. `URL` has made IPv4 addresses of all their spellings: a
 * name does not end in a number.
 */
const isPublicName = (hostname: string): boolean =>
  hostname.includes(".") && !/\.\d+$/.test(hostname) && !PRIVATE_DOMAIN.test(`.${hostname}`);

/**
 * Finds what is wrong with a picture's URL, or null. Vendors fetch it, and a vendor of the
 * operator's own may stand in a network with things that no user should reach. What a public name
 * resolves to is not known here.
 */
export function findImageUrlFault(url: string): string | null {
  if (url.slice(0, 5).toLowerCase() === "data:")
    return DATA_IMAGE.test(url.slice(0, DATA_HEAD_CHARACTERS))
      ? null
      : "must be an image: data:image/…";
  if (!URL.canParse(url) || !PLAIN_HTTPS.test(url))
    return "must be a data: URL, or an https URL on a public host, without a user name or port";
  return isPublicName(new URL(url).hostname) ? null : "must be on a public host, by host name";
}
