import { creditAccount, type MeterUsage } from "../account/index.ts";
import type { Env } from "../env.ts";
import { ok, type Result } from "../errors.ts";
import type { Meter } from "../meters.ts";
import { orUnavailable } from "../object/or-unavailable.ts";

type Bindings = Pick<Env, "CREDIT_ACCOUNT">;

/**
 * A character is an agent by another name: one that is made counts on each of these that the plan
 * mentions.
 */
const AGENT_METERS: readonly Meter[] = ["agent", "character"];

const toOperationId = (agentId: string, meter: Meter): string => `${meter}:${agentId}`;

const remaining = ({ limit, used }: MeterUsage): number =>
  limit === null ? Number.POSITIVE_INFINITY : limit - used;

/**
 * The meters of a plan that an agent counts on, in the order in which they are taken: see
 * `acquireSlot`.
 */
export const listAgentMeters = (meters: readonly MeterUsage[]): MeterUsage[] =>
  meters
    .filter(({ meter }) => AGENT_METERS.includes(meter))
    .toSorted(
      (a, b) =>
        Number(b.period === "at_once") - Number(a.period === "at_once") ||
        remaining(a) - remaining(b),
    );

/**
 * Gives back what an agent takes of its creator's plan: its place among those that are there at
 * once. Again, it changes nothing.
 */
export async function releaseSlot(
  env: Bindings,
  ownerId: string,
  agentId: string,
): Promise<Result<true>> {
  for (const meter of AGENT_METERS) {
    const released = await orUnavailable(
      creditAccount(env, ownerId).release({ operationId: toOperationId(agentId, meter) }),
    );
    if (!released.ok) return released;
  }
  return ok(true);
}

/**
 * Takes a place for an agent in its creator's plan, exactly as many as there are of any number at
 * once (I9): on each meter that the plan mentions. A plan that mentions neither does not limit. 402
 * where one is used up; whatever was taken before is the caller's to free.
 *
 * What counts at once is taken first, since it alone can be given back; of the others the one with
 * the least left.
 */
export async function acquireSlot(
  env: Bindings,
  ownerId: string,
  agentId: string,
): Promise<Result<true>> {
  const account = creditAccount(env, ownerId);
  const summary = await orUnavailable(account.summary());
  if (!summary.ok) return summary;
  for (const { meter } of listAgentMeters(summary.value.meters)) {
    const tracked = await orUnavailable(
      account.track({ operationId: toOperationId(agentId, meter), meter, quantity: 1 }),
    );
    if (!tracked.ok) return tracked;
  }
  return ok(true);
}
