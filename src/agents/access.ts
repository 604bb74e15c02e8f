import { fail, ok, type Result } from "../errors.ts";
import type { Agent } from "./tables.ts";

/**
 * What a user may do with an agent: `own` is its creator, `licensed` who bought it, `free` anybody,
 * while it is listed without a price.
 */
export type Access = "own" | "licensed" | "free";

type Facts = Pick<Agent, "id" | "ownerId" | "state" | "visibility" | "priceMinor">;

export const NO_AGENT = fail("not_found", "There is no such agent.");

/**
 * How a user may use an agent. `not_found` where they may not know of it, 402 where it is listed
 * and not bought.
 */
export function accessTo(agent: Facts, userId: string, isLicensed: boolean): Result<Access> {
  if (agent.state === "making") return NO_AGENT;
  if (agent.ownerId === userId && agent.state === "there") return ok("own");
  // A licence outlives unlisting and deletion.
  if (isLicensed) return ok("licensed");
  if (!isOnMarket(agent)) return NO_AGENT;
  if (agent.priceMinor === null) return ok("free");
  return fail(
    "insufficient_quota",
    `This agent is to be bought first: POST /api/agents/${agent.id}/purchase.`,
  );
}

/** Whether everybody may see an agent. */
export const isOnMarket = ({ state, visibility }: Pick<Facts, "state" | "visibility">): boolean =>
  state === "there" && visibility === "listed";
