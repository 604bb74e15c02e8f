import { z } from "zod";
import type { FailureDetails } from "../errors.ts";

type Issue = z.core.$ZodIssue | z.core.$ZodRawIssue;

/** Zod leaves out of an issue what it was about: only this text tells that it was nothing. */
const REQUIRED = "is required";

/** What a field has to be. A client can say it in words of its own, from the rule and its limit. */
export type FieldRule =
  | "required"
  | "wrong_type"
  | "not_one_of"
  | "too_short"
  | "too_long"
  | "too_few"
  | "too_many"
  | "too_low"
  | "too_high"
  | "wrong_format"
  | "not_multiple_of"
  | "unknown_field";

const TYPES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  null: "null",
};

const FORMATS: Readonly<Record<string, string>> = {
  email: "an email address",
  url: "a URL",
  datetime: "an ISO 8601 time, such as 2026-01-31T12:00:00Z",
  date: "a date, such as 2026-01-31",
  uuid: "a UUID",
};

const BY_SIZE = {
  string: { small: "too_short", big: "too_long" },
  array: { small: "too_few", big: "too_many" },
  number: { small: "too_low", big: "too_high" },
} as const;

const sizeRules = (origin: string) =>
  origin === "string"
    ? BY_SIZE.string
    : origin === "array" || origin === "set"
      ? BY_SIZE.array
      : BY_SIZE.number;

type Facts = { readonly rule: FieldRule } & FailureDetails;

/** Returns the rule that a field breaks, with its figures; null where a schema has its own. */
export function ruleOf(issue: Issue): Facts | null {
  switch (issue.code) {
    case "invalid_type":
      return issue.message === REQUIRED
        ? { rule: "required" }
        : { rule: "wrong_type", expected: issue.expected };
    case "too_small":
      return { rule: sizeRules(issue.origin).small, limit: Number(issue.minimum) };
    case "too_big":
      return { rule: sizeRules(issue.origin).big, limit: Number(issue.maximum) };
    case "invalid_format":
      return { rule: "wrong_format", format: issue.format };
    case "not_multiple_of":
      return { rule: "not_multiple_of", limit: issue.divisor };
    case "unrecognized_keys":
      return { rule: "unknown_field" };
    case "invalid_value":
      return { rule: "not_one_of", options: issue.values.map(String).join(", ") };
    case "custom":
    case "invalid_element":
    case "invalid_key":
    case "invalid_union":
      return null;
  }
}

const plural = (count: string | number | undefined, one: string): string =>
  `${count} ${one}${count === 1 ? "" : "s"}`;

/** Says a rule in English, after the name of the field: "must be at most 100". */
function describeRule(facts: Facts): string {
  const { rule, limit, options, expected, format } = facts;
  switch (rule) {
    case "required":
      return REQUIRED;
    case "wrong_type":
      return `must be ${TYPES[String(expected)] ?? expected}`;
    case "not_one_of":
      return `must be one of: ${options}`;
    case "too_short":
      return limit === 1 ? "must not be empty" : `must be at least ${plural(limit, "character")}`;
    case "too_long":
      return `must be at most ${plural(limit, "character")}`;
    case "too_few":
      return `must have at least ${plural(limit, "item")}`;
    case "too_many":
      return `must have at most ${plural(limit, "item")}`;
    case "too_low":
      return `must be at least ${limit}`;
    case "too_high":
      return `must be at most ${limit}`;
    case "wrong_format":
      return FORMATS[String(format)] === undefined
        ? "has the wrong format"
        : `must be ${FORMATS[String(format)]}`;
    case "not_multiple_of":
      return `must be a multiple of ${limit}`;
    case "unknown_field":
      return "is not a known field";
  }
}

/**
 * Has zod say its rules in these words, where a schema has none of its own. Bounds that exclude
 * their limit keep zod's.
 */
export function installFieldRules(): void {
  z.config({
    customError: (issue) => {
      if (issue.code === "invalid_type" && issue.input === undefined) return REQUIRED;
      const isExclusive = "inclusive" in issue && issue.inclusive === false;
      const facts = isExclusive ? null : ruleOf(issue);
      return facts === null ? undefined : describeRule(facts);
    },
  });
}
