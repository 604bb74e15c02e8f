import { createMiddleware } from "hono/factory";
import { type Failure, fail, ok, type Result } from "../errors.ts";
import type { BaseEnv } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";

/** The answer of the marketplace's routes while the operator has it off. */
export const MARKETPLACE_OFF: Failure = {
  code: "not_found",
  message: "The marketplace is turned off.",
};

/** Refuses every route of a marketplace that the operator turned off. */
export const requireMarketplace = createMiddleware<BaseEnv>(async (c, next) => {
  if (c.var.ctx.config.MARKETPLACE) return await next();
  return refuse(c, MARKETPLACE_OFF);
});

/**
 * Decides whether an agent may get a visibility: nothing is listed while the marketplace is off.
 * An agent that was listed before may be edited, and taken off.
 */
export const checkVisibility = (
  { MARKETPLACE: isOn }: { readonly MARKETPLACE: boolean },
  visibility: string | undefined,
): Result<null> =>
  isOn || visibility !== "listed"
    ? ok(null)
    : fail("invalid_request", "visibility: the marketplace is turned off.", {
        param: "visibility",
      });
