import { every } from "hono/combine";
import { createMiddleware } from "hono/factory";
import type { BaseEnv } from "./factory.ts";
import { allowOrigins, hasAcceptedLength, limitBody } from "./limits.ts";
import { isJsonBody, requireJson } from "./validate.ts";

const allChecks = every(allowOrigins, limitBody, requireJson);

/**
 * What every request of the wire has to pass: where it comes from, how long it is, and that it is
 * JSON. What an API's client sends has nothing to be looked into, and passes all three at once.
 */
export const entryChecks = createMiddleware<BaseEnv>((c, next) =>
  c.req.header("origin") === undefined && hasAcceptedLength(c) && isJsonBody(c)
    ? next()
    : allChecks(c, next),
);
