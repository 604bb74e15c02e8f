import { createMiddleware } from "hono/factory";
import type { ZodType } from "zod";
import type { FailureCode } from "../errors.ts";
import type { BaseEnv } from "./factory.ts";
import { type RouteDescription, withMetadata } from "./route-metadata.ts";

type Options = Partial<Pick<RouteDescription, "status" | "otherStatus" | "body" | "alternative">>;

/**
 * Describes a route at the route: its summary, the schema of its answer, and the failures that its
 * verbs can return. Tests hold every answer of the suite against it. It checks nothing while the
 * Worker runs.
 * @param answer the JSON of a success; null where there is none (204)
 * @param failures without those of middleware (`requireCaller`, `validate`, `limitPayments`)
 */
export const describeRoute = (
  summary: string,
  answer: ZodType | null,
  failures: readonly FailureCode[],
  {
    status = answer === null ? 204 : 200,
    otherStatus = null,
    body = null,
    alternative = null,
  }: Options = {},
) =>
  withMetadata(
    createMiddleware<BaseEnv>((_c, next) => next()),
    { kind: "description", summary, status, otherStatus, answer, body, alternative, failures },
  );
