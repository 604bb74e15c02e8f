import type { z } from "zod";
import { fail, ok, type Result } from "../errors.ts";
import { describeIssue } from "../http/validate.ts";
import type { Json } from "./task.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** The most of a request that is parsed in memory, which all requests of an isolate share. */
const JSON_BYTES_MAX = 8_388_608;

/** Checks the fields of a request. Those that a schema does not know are checked later. */
export function checkFields<Schema extends z.ZodType<Json>>(
  schema: Schema,
  fields: unknown,
): Result<z.output<Schema>> {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  return issue === undefined
    ? fail("invalid_request", "Invalid.")
    : { ok: false, failure: describeIssue(issue) };
}

/** Parses the JSON of a request, and checks its fields. */
export function parseBody<Schema extends z.ZodType<Json>>(
  schema: Schema,
  bytes: Uint8Array,
): Result<z.output<Schema>> {
  if (bytes.length > JSON_BYTES_MAX)
    return fail("body_too_large", "The body is larger than 8 MiB.");
  try {
    return checkFields(schema, JSON.parse(utf8.decode(bytes)));
  } catch {
    return fail("invalid_request", "The body isn't valid JSON.");
  }
}
