/** The mark before each object of a JSON text sequence (RFC 7464). */
const RECORD_SEPARATOR = String.fromCharCode(0x1e);
/** The text between the objects of a stream that has no events: a list's signs, or a mark. */
const BETWEEN = new RegExp(`^(?:[\\s,[\\]${RECORD_SEPARATOR}\\uFEFF]|data:|\\[DONE\\])*$`, "i");

/**
 * Splits a text into the JSON objects that it consists of, however they are framed: one after the
 * other, in a list (Gemini), or each after a mark (RFC 7464). Null where there is anything else.
 */
export function splitObjects(text: string): readonly string[] | null {
  const objects: string[] = [];
  let between = "";
  let start = 0;
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isInText) {
      if (character === "\\") at += 1;
      else if (character === '"') isInText = false;
    } else if (depth > 0 && character === '"') isInText = true;
    else if (character === "{") {
      if (depth === 0) {
        between += text.slice(start, at);
        start = at;
      }
      depth += 1;
    } else if (character === "}" && depth > 0) {
      depth -= 1;
      if (depth > 0) continue;
      objects.push(text.slice(start, at + 1));
      start = at + 1;
    }
  }
  return depth === 0 && objects.length > 0 && BETWEEN.test(between + text.slice(start))
    ? objects
    : null;
}
