import type { Next } from "hono";
import type { Failure } from "../errors.ts";
import { refuse } from "../http/respond.ts";
import type { PageContext } from "./context.ts";
import { renderProblem } from "./problem-page.tsx";

/** The content type of our forms, which have no files as a rule. */
const FORM_CONTENT_TYPE = /^application\/x-www-form-urlencoded\b/i;

/** The form that has one: the operator's logo. Hono's `csrf` checks its type as well. */
const WITH_A_FILE = "/admin/brand";
const FILE_CONTENT_TYPE = /^multipart\/form-data\b/i;

const JSON_FOR_A_FORM: Failure = {
  code: "unsupported_media_type",
  message: "This is a page's form. Programs use /api and /v1: see /docs.",
};

/**
 * Refuses a body of another type than our forms have. Such a body cannot be read as a form, and
 * Hono's `csrf` does not check it.
 */
export async function requireFormBody(c: PageContext, next: Next) {
  const type = c.req.header("content-type");
  if (c.req.method !== "POST" || type === undefined || FORM_CONTENT_TYPE.test(type))
    return await next();
  if (c.req.path === WITH_A_FILE && FILE_CONTENT_TYPE.test(type)) return await next();
  if (/\bjson\b/i.test(type)) return refuse(c, JSON_FOR_A_FORM);
  return await renderProblem(c, 415, c.var.words.errors.title);
}
