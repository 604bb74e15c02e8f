import type { ZodType, z } from "zod";
import { fail, ok, type Result } from "../../errors.ts";
import { describeIssue } from "../../http/validate.ts";

/** Refuses a field of a request by its place. */
export const refuseField = (path: string, problem: string) =>
  fail("invalid_request", `${path}: ${problem}`, { param: path });

/**
 * Parses a part of a request, and names what is wrong by its place in all of it.
 * @param path "" for all of it
 */
export function parseAt<T extends ZodType>(
  schema: T,
  value: unknown,
  path: string,
): Result<z.output<T>> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  if (issue === undefined) return refuseField(path, "is invalid.");
  const place = path === "" ? [] : path.split(".");
  return { ok: false, failure: describeIssue({ ...issue, path: [...place, ...issue.path] }) };
}

/** Converts each part of a list, or returns the first failure. */
export function mapEach<From, To>(
  list: readonly From[],
  convert: (each: From, at: number) => Result<To>,
): Result<To[]> {
  const converted: To[] = [];
  for (const [at, each] of list.entries()) {
    const result = convert(each, at);
    if (!result.ok) return result;
    converted.push(result.value);
  }
  return ok(converted);
}
