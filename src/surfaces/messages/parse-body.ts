import type { ZodType } from "zod";
import { fail, type Result } from "../../errors.ts";
import { describeIssue } from "../../http/validate.ts";

/** Parses a request's body, and names the first field that is wrong. */
export function parseBody<T>(schema: ZodType<T>, json: unknown): Result<T> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  return issue === undefined
    ? fail("invalid_request", "Invalid.")
    : { ok: false, failure: describeIssue(issue) };
}
