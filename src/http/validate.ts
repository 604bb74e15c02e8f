import { zValidator } from "@hono/zod-validator";
import type { Context, ValidationTargets } from "hono";
import { createMiddleware } from "hono/factory";
import type { ZodType, z } from "zod";
import type { Failure } from "../errors.ts";
import type { BaseEnv } from "./factory.ts";
import { installFieldRules, ruleOf } from "./field-rules.ts";
import { refuse } from "./respond.ts";
import { withMetadata } from "./route-metadata.ts";

installFieldRules();

const toSentence = (message: string): string =>
  `${message.charAt(0).toUpperCase()}${message.slice(1)}${message.endsWith(".") ? "" : "."}`;

/** Says why an input is wrong: names the field, and what would be right. */
export function describeIssue(issue: z.core.$ZodIssue): Failure {
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const path = [...issue.path, ...(unknown === undefined ? [] : [unknown])].join(".");
  const facts = ruleOf(issue);
  const whole = facts === null ? toSentence(issue.message) : `The body ${issue.message}.`;
  return {
    code: "invalid_request",
    message: path === "" ? whole : `${path}: ${issue.message}`,
    param: path === "" ? undefined : path,
    details: facts ?? undefined,
  };
}

/**
 * Validates a part of the request, so that a handler sees only what its schema lets through
 * (`c.req.valid(target)`).
 */
export const validate = <T extends ZodType, Target extends keyof ValidationTargets>(
  target: Target,
  schema: T,
) =>
  withMetadata(
    zValidator(target, schema, (result, c) => {
      const issue = result.success ? undefined : result.error.issues[0];
      if (issue !== undefined) return refuse(c, describeIssue(issue));
      return undefined;
    }),
    { kind: "input", target, schema },
  );

const JSON_TYPE = /^application\/([\w.-]+\+)?json$/i;

const hasJsonType = (c: Context): boolean =>
  JSON_TYPE.test(c.req.header("content-type")?.split(";")[0]?.trim() ?? "");

/** Whether a request calls its body JSON, and sends it as it is. */
export const isJsonBody = (c: Context): boolean =>
  hasJsonType(c) && c.req.header("content-encoding") === undefined;

const isCompressed = (c: Context): boolean =>
  !/^(identity)?$/i.test(c.req.header("content-encoding")?.trim() ?? "");

/** Whether a request shows a credential of its own, and not a cookie alone. */
const hasOwnCredential = (c: Context): boolean =>
  ["authorization", "x-api-key", "api-key"].some((name) => c.req.header(name) !== undefined);

/**
 * Whether a body without a type may be taken for JSON: on `/v1`, from a program that shows a
 * credential of its own. Browsers send such a body for any site, and a cookie with it.
 */
const isUntypedFromProgram = (c: Context): boolean =>
  c.req.path.startsWith("/v1/") &&
  c.req.header("content-type") === undefined &&
  hasOwnCredential(c);

/** The routes that take a form, from a program: a browser sends one for any site. */
const isForm = (c: Context): boolean =>
  /^\/v1\/audio\/(transcriptions|translations)$/.test(c.req.path) &&
  /^multipart\/form-data\s*;/i.test(c.req.header("content-type") ?? "") &&
  hasOwnCredential(c);

/** Refuses a body that does not call itself JSON, which Hono would take for an empty object. */
export const requireJson = createMiddleware<BaseEnv>(async (c, next) => {
  // A DELETE or POST without a body has one all the same when it comes over a socket, of no bytes.
  if (c.req.header("content-length") === "0" || c.req.raw.body === null) return await next();
  if (isCompressed(c))
    return refuse(c, {
      code: "unsupported_media_type",
      message: "Compressed bodies aren't supported. Send the body without content-encoding.",
      param: "content-encoding",
    });
  if (hasJsonType(c) || isUntypedFromProgram(c) || isForm(c)) return await next();
  return refuse(c, {
    code: "unsupported_media_type",
    message: "Send the body as JSON, with content-type: application/json.",
  });
});
