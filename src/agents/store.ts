import { and, asc, desc, eq, gt, lt, lte, ne, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../db.ts";
import { inList } from "../in-list.ts";
import type { MarketplacePosition, MarketplaceSort } from "./schemas.ts";
import { type Agent, agents } from "./tables.ts";

export const findAgent = (db: Database, agentId: string): Promise<Agent | undefined> =>
  db.select().from(agents).where(eq(agents.id, agentId)).get();

/** Lists agents by their ids, in any order. Agents removed with their creators are left out. */
export const listAgentsByIds = (db: Database, agentIds: readonly string[]): Promise<Agent[]> =>
  db.select().from(agents).where(inList(agents.id, agentIds));

export async function insertAgent(db: Database, agent: Agent): Promise<void> {
  await db.insert(agents).values(agent);
}

/**
 * Lists one more than `limit` of a user's own agents, newest first.
 * @param before the last id of the page before
 */
export const listAgentsByOwner = (
  db: Database,
  ownerId: string,
  { limit, before }: { limit: number; before: string | undefined },
): Promise<Agent[]> =>
  db
    .select()
    .from(agents)
    .where(
      and(
        eq(agents.ownerId, ownerId),
        eq(agents.state, "there"),
        before === undefined ? undefined : lt(agents.id, before),
      ),
    )
    .orderBy(desc(agents.id))
    .limit(limit + 1);

const isOwnAgent = (ownerId: string, agentId: string) =>
  and(eq(agents.id, agentId), eq(agents.ownerId, ownerId));

/** Updates an agent of its owner's. Undefined when there is none. */
export async function updateOwnAgent(
  db: Database,
  ownerId: string,
  agentId: string,
  change: Partial<Omit<Agent, "id" | "ownerId">>,
): Promise<Agent | undefined> {
  const [updated] = await db
    .update(agents)
    .set(change)
    .where(and(isOwnAgent(ownerId, agentId), eq(agents.state, "there")))
    .returning();
  return updated;
}

/** Activates an agent that has its slot. Undefined when the cron gave it up meanwhile. */
export async function activateAgent(
  db: Database,
  agentId: string,
  listedAt: number | null,
): Promise<Agent | undefined> {
  const [activated] = await db
    .update(agents)
    .set({ state: "there", listedAt })
    .where(and(eq(agents.id, agentId), eq(agents.state, "making")))
    .returning();
  return activated;
}

/**
 * Lists agents that hold a slot of their creators' plans and should not: deleted ones, and those
 * whose creation was interrupted.
 */
export const listAgentsToRelease = (
  db: Database,
  madeBefore: number,
  limit: number,
): Promise<Agent[]> =>
  db
    .select()
    .from(agents)
    .where(
      and(
        eq(agents.holdsPlace, true),
        or(
          eq(agents.state, "gone"),
          and(eq(agents.state, "making"), lte(agents.createdAt, madeBefore)),
        ),
      ),
    )
    .limit(limit);

/**
 * Marks an agent's slot as released. An agent that was never listed is removed; one that was listed
 * stays, for its buyers.
 */
export async function markSlotReleased(db: Database, agentId: string): Promise<void> {
  const isReleasable = and(eq(agents.id, agentId), ne(agents.state, "there"));
  await db.batch([
    db.delete(agents).where(and(isReleasable, sql`${agents.listedAt} is null`)),
    db.update(agents).set({ state: "gone", holdsPlace: false }).where(isReleasable),
  ]);
}

/** Deletes all agents of a user, for the erasure of that user. */
export async function deleteAgentsByOwner(db: Database, ownerId: string): Promise<void> {
  await db.delete(agents).where(eq(agents.ownerId, ownerId));
}

export async function incrementPopularity(db: Database, agentId: string): Promise<void> {
  await db
    .update(agents)
    .set({ popularity: sql`${agents.popularity} + 1` })
    .where(eq(agents.id, agentId));
}

/** The sort key of each order of the marketplace, and its direction. */
const SORT_KEYS = {
  newest: { key: sql<number>`coalesce(${agents.listedAt}, 0)`, down: true },
  popular: { key: sql<number>`${agents.popularity}`, down: true },
  /** The amounts as they are: currencies are not converted. */
  price: { key: sql<number>`coalesce(${agents.priceMinor}, 0)`, down: false },
} as const satisfies Record<MarketplaceSort, { key: SQL<number>; down: boolean }>;

export interface ListedAgent {
  readonly agent: Agent;
  /** The key that it was sorted by. */
  readonly key: number;
}

/**
 * Lists one more than `limit` of the listed agents that have all of the words in name or
 * description.
 * @param words normalized by `normalizeSearchText`
 */
export async function listListedAgents(
  db: Database,
  {
    words,
    sort,
    limit,
    after,
  }: {
    words: readonly string[];
    sort: MarketplaceSort;
    limit: number;
    after: MarketplacePosition | undefined;
  },
): Promise<ListedAgent[]> {
  const { key, down: isDescending } = SORT_KEYS[sort];
  const compare = isDescending ? lt : gt;
  const order = isDescending ? desc : asc;
  return await db
    .select({ agent: agents, key })
    .from(agents)
    .where(
      and(
        eq(agents.visibility, "listed"),
        eq(agents.state, "there"),
        ...words.map((word) => sql`instr(${agents.searchText}, ${word}) > 0`),
        after === undefined
          ? undefined
          : or(compare(key, after.key), and(eq(key, after.key), compare(agents.id, after.id))),
      ),
    )
    .orderBy(order(key), order(agents.id))
    .limit(limit + 1);
}
