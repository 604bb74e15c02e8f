import { createMiddleware } from "hono/factory";
import { admitAnonymous } from "../auth/index.ts";
import type { PageEnv } from "./context.ts";
import { renderProblem } from "./problem-page.tsx";

/**
 * Limits how many pages a network may ask for without signing in. What a signed-in reader asks for
 * is counted by the wire, which every such page asks who they are.
 */
export const limitReaders = createMiddleware<PageEnv>(async (c, next) => {
  if (c.var.viewer !== null) return await next();
  const admitted = await admitAnonymous(c.var.ctx.env, c.req.raw.headers);
  if (admitted.ok) return await next();
  const { message, retryAfterSeconds } = admitted.failure;
  if (retryAfterSeconds !== undefined) c.header("retry-after", String(retryAfterSeconds));
  return renderProblem(c, 429, message);
});
