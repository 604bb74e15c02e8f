import { fail, ok, type Result } from "../../errors.ts";
import { boundedFreeText } from "../../http/bounded.ts";

/** The longest external id, in UTF-16 units. */
const LENGTH_MAX = 255;

/**
 * The id that the founder's own backend has for a user: an opaque text, with one spelling. Two
 * texts that look alike (composed and decomposed letters, invisible characters) would be one user
 * to a reader and two accounts here, so only one of them is taken. `.` and `..` cannot be part of a
 * URL's path, however they are encoded.
 */
export const externalIdField = boundedFreeText(LENGTH_MAX)
  .min(1)
  .refine((id) => id.isWellFormed(), { abort: true, message: "must be valid Unicode" })
  .regex(/^\P{C}*$/u, "must not contain control or invisible characters")
  .refine((id) => id === id.normalize("NFC"), "must be in Unicode normalization form C (NFC)")
  .refine((id) => id === id.trim(), "must not begin or end with a blank")
  .refine((id) => id !== "." && id !== "..", 'must not be "." or ".."');

/**
 * Reads an external id from a header. Headers carry ASCII, so it is percent-encoded there, as it is
 * in a path.
 * @param name the header, which a refusal names
 */
export function readExternalId(name: string, value: string): Result<string> {
  const refuse = (reason: string) =>
    fail("invalid_request", `${name}: ${reason}.`, { param: name });
  const id = decode(value);
  if (id === undefined)
    return refuse("must be percent-encoded UTF-8, such as %C3%A9 for é, and %25 for %");
  const parsed = externalIdField.safeParse(id);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  return refuse(issue?.message ?? "must be an external ID");
}

function decode(value: string): string | undefined {
  if (!/^[\x20-\x7e]*$/.test(value)) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
