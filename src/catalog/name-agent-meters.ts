import type { Database } from "../db.ts";
import type { Meter } from "../meters.ts";
import { toAllowance } from "./allowance-words.ts";
import { givesPlan } from "./entitlement.ts";
import { listPlans } from "./store.ts";
import type { Plan } from "./tables.ts";

/** The meters that a plan does not limit where it leaves them out. */
const AGENT_METERS = ["agent", "character"] as const satisfies readonly Meter[];

/**
 * Names the meters of agents that an admin leaves out of a plan while another active plan limits
 * them: the plan includes none. Left out they would have no limit, and the plan would include more
 * than dearer ones. A plan that left one out before keeps it so.
 * @param before the plan's allowances until now; none for a new plan
 * @returns the allowances to store
 */
export async function nameAgentMeters(
  db: Database,
  plan: Pick<Plan, "kind" | "allowances" | "features">,
  before?: Plan["allowances"],
): Promise<Plan["allowances"]> {
  const { allowances } = plan;
  const unnamed = AGENT_METERS.filter(
    (meter) =>
      allowances[meter] === undefined && (before === undefined || before[meter] !== undefined),
  );
  if (unnamed.length === 0 || !givesPlan(plan)) return allowances;
  const active = await listPlans(db, { activeOnly: true });
  const limited = unnamed.filter((meter) =>
    active.some((other) => (other.allowances[meter]?.limit ?? null) !== null),
  );
  const none = limited.map((meter) => [meter, toAllowance(meter, "none")] as const);
  return { ...allowances, ...Object.fromEntries(none) };
}
