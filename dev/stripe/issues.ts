import type { z } from "zod";
import { type ApiError, invalid } from "./errors.ts";

/** Formats a path: `["line_items", 0, "price"]` → `line_items[0][price]`. */
const paramName = ([head, ...rest]: readonly PropertyKey[]): string =>
  String(head ?? "") + rest.map((part) => `[${String(part)}]`).join("");

const orList = (values: readonly unknown[]) =>
  new Intl.ListFormat("en", { type: "disjunction" }).format(values.map(String));

/** Converts the first problem of a request into an error in Stripe's words. */
export function toApiError(issue: z.core.$ZodIssue): ApiError {
  const param = paramName(issue.path);
  switch (issue.code) {
    case "unrecognized_keys": {
      const unknown = paramName([...issue.path, ...issue.keys.slice(0, 1)]);
      return invalid(`Received unknown parameter: ${unknown}`, unknown, "parameter_unknown");
    }
    case "invalid_type": {
      if (issue.input === undefined)
        return invalid(`Missing required param: ${param}.`, param, "parameter_missing");
      const expected = issue.expected === "record" ? "object" : issue.expected;
      return invalid(
        `Invalid ${expected}`,
        param,
        expected === "string" ? "parameter_invalid_string" : undefined,
      );
    }
    case "invalid_value":
      return issue.input === undefined
        ? invalid(`Missing required param: ${param}.`, param, "parameter_missing")
        : invalid(`Invalid ${param}: must be one of ${orList(issue.values)}`, param);
    case "invalid_key":
      return invalid(issue.issues[0]?.message ?? "Invalid key", param);
    case "custom": {
      const code: unknown = issue.params?.["code"];
      return invalid(
        issue.message.replaceAll("%param%", param),
        param,
        typeof code === "string" ? code : undefined,
      );
    }
    case "invalid_element":
    case "invalid_format":
    case "invalid_union":
    case "not_multiple_of":
    case "too_big":
    case "too_small":
      return invalid(issue.message, param);
  }
}
