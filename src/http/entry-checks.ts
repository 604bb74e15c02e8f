import { every } from "hono/combine";
import { createMiddleware } from "hono/factory";
import { allowOrigins } from "./allow-origins.ts";
import type { BaseEnv } from "./factory.ts";
import { hasAcceptedLength, limitBody, limitLargeBody } from "./limits.ts";
import { leadsSomewhere } from "./not-found.ts";
import { isJsonBody, requireJson } from "./validate.ts";

/** Requires JSON of requests that lead to a route. Others are 404, whatever their body is. */
const requireJsonOfRoute = createMiddleware<BaseEnv>((c, next) =>
  leadsSomewhere(c) ? requireJson(c, next) : next(),
);

const checkEntry = (limit: typeof limitBody) => {
  const allChecks = every(allowOrigins, limit, requireJsonOfRoute);
  return createMiddleware<BaseEnv>((c, next) =>
    c.req.header("origin") === undefined && hasAcceptedLength(c) && isJsonBody(c)
      ? next()
      : allChecks(c, next),
  );
};

/**
 * The checks that every request of the wire has to pass: its origin, its length, and that it is
 * JSON. What an API's client sends has nothing to be looked into, and passes all three at once.
 */
export const entryChecks = checkEntry(limitBody);

/** The same for `/v1`, whose bodies may be larger. */
export const entryChecksOfV1 = checkEntry(limitLargeBody);
