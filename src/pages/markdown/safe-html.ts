const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes a text for HTML, in elements and in attributes. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

/** The schemes that a link in a message may have. */
const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/**
 * Returns the address of a link, or null where a message may not lead there: it has another scheme,
 * or none. A model knows no address of this site.
 */
export function toSafeHref(address: string): string | null {
  try {
    const url = new URL(address);
    return SCHEMES.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
