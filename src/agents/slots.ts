import { creditAccount, type MeterUsage } from "../account/index.ts";
import type { Env } from "../env.ts";
import { ok, type Result } from "../errors.ts";
import type { Meter } from "../meters.ts";
import { orUnavailable } from "../object/or-unavailable.ts";

/** A character is an agent by another name: each counts on every one of these in the plan. */
const AGENT_METERS: readonly Meter[] = ["agent", "character"];

const toOperationId = (agentId: string, meter: Meter): string => `${meter}:${agentId}`;

const remaining = ({ limit, used }: MeterUsage): number =>
  limit === null ? Number.POSITIVE_INFINITY : limit - used;

/** Lists a plan's meters that an agent counts on, in the order that `acquireSlot` tracks them. */
export const listAgentMeters = (meters: readonly MeterUsage[]): MeterUsage[] =>
  meters
    .filter(({ meter }) => AGENT_METERS.includes(meter))
    .toSorted(
      (a, b) =>
        Number(b.period === "at_once") - Number(a.period === "at_once") ||
        remaining(a) - remaining(b),
    );

/**
 * Releases an agent's slot in its creator's plan, where the plan counts agents at once. Repeated,
 * it changes nothing.
 */
export async function releaseSlot(
  env: Env,
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
 * Acquires a slot for an agent on each meter that its creator's plan mentions: exactly as many as
 * the plan has, of any number of requests at once (I9). A plan that mentions neither meter does not
 * limit. 402 where one is used up; slots acquired before that are the caller's to release.
 *
 * Meters that count at once are tracked first, since they alone can be released; of the others the
 * one with the least left.
 */
export async function acquireSlot(
  env: Env,
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
