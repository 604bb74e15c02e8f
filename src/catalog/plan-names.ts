import type { Database } from "../db.ts";
import { inList } from "../in-list.ts";
import { plans } from "./tables.ts";

/** Finds the names of plans by their ids, on sale or not. */
export async function findPlanNames(
  db: Database,
  planIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .select({ id: plans.id, name: plans.name })
    .from(plans)
    .where(inList(plans.id, planIds));
  return new Map(rows.map(({ id, name }) => [id, name]));
}
