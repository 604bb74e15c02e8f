/** The deepest nesting of a request. No vendor's schema comes near it. */
const LEVELS_MAX = 100;

const [QUOTE, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [
  0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d,
];

/**
 * Returns whether JSON is nested so deeply that code which follows it level by level may run out of
 * stack: a chat that cannot be measured would be served for nothing.
 * @param json valid JSON, in UTF-8
 */
export function isTooDeep(json: Uint8Array): boolean {
  let levels = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      levels++;
      if (levels > LEVELS_MAX) return true;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) levels--;
  }
  return false;
}
