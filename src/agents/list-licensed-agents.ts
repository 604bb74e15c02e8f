import { listLicences } from "../billing/index.ts";
import type { Database } from "../db.ts";
import { type Page, toPage } from "../http/page.ts";
import { showOthersAgent } from "./show.ts";
import { listAgentsByIds } from "./store.ts";
import type { OthersAgentView } from "./wire.ts";

/**
 * Lists the agents that a user has bought and may chat with, newest licence first: unlisted ones
 * too, and deleted ones, as a licence outlives both. Those whose creator's account was erased are
 * gone, so a page may have fewer than its limit.
 * @param cursor `nextCursor` of the page before
 */
export async function listLicensedAgents(
  db: Database,
  userId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<OthersAgentView>> {
  const licences = await listLicences(db, userId, { limit, cursor });
  const agents = await listAgentsByIds(
    db,
    licences.map(({ subjectId }) => subjectId),
  );
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  const page = toPage(
    licences,
    limit,
    ({ subjectId }) => byId.get(subjectId),
    ({ orderId }) => orderId,
  );
  const data = page.data.flatMap((agent) =>
    agent === undefined ? [] : [showOthersAgent(agent, "licensed")],
  );
  return { ...page, data };
}
