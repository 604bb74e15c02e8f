import { and, asc, desc, eq, gt, lt, lte, ne, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../db.ts";
import type { MarketplaceSort } from "./schemas.ts";
import { type Agent, agents } from "./tables.ts";

export const findAgent = async (db: Database, agentId: string): Promise<Agent | undefined> =>
  (await db.select().from(agents).where(eq(agents.id, agentId)))[0];

/** Agents by their ids, in whatever order. What was removed with its creator is not among them. */
export const listAgentsByIds = (db: Database, agentIds: readonly string[]): Promise<Agent[]> =>
  db
    .select()
    .from(agents)
    // One parameter however many there are: D1 takes at most 100.
    .where(sql`${agents.id} in (select value from json_each(${JSON.stringify(agentIds)}))`);

export async function insertAgent(db: Database, agent: Agent): Promise<void> {
  await db.insert(agents).values(agent);
}

/**
 * One more than `limit` of a user's own agents, newest first. `before` is the last id of the page
 * before.
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

/** Changes an agent of its owner's. Undefined when it is not there. */
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

/** The agent has got its place. Undefined when its making was given up meanwhile. */
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
 * Agents that take a place in their creators' plans and should not: deleted ones, and those whose
 * making was cut short.
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
 * The place is free. What nobody else can have goes for good; what was listed once stays, for those
 * who bought it.
 */
export async function markSlotReleased(db: Database, agentId: string): Promise<void> {
  const isReleasable = and(eq(agents.id, agentId), ne(agents.state, "there"));
  await db.batch([
    db.delete(agents).where(and(isReleasable, sql`${agents.listedAt} is null`)),
    db.update(agents).set({ state: "gone", holdsPlace: false }).where(isReleasable),
  ]);
}

/** Removes all that a user made, for the deletion of that user. */
export async function deleteAgentsByOwner(db: Database, ownerId: string): Promise<void> {
  await db.delete(agents).where(eq(agents.ownerId, ownerId));
}

export async function incrementPopularity(db: Database, agentId: string): Promise<void> {
  await db
    .update(agents)
    .set({ popularity: sql`${agents.popularity} + 1` })
    .where(eq(agents.id, agentId));
}

/** What an order of the marketplace sorts by, and in which direction. */
const SORT_KEYS = {
  newest: { key: sql<number>`coalesce(${agents.listedAt}, 0)`, down: true },
  popular: { key: sql<number>`${agents.popularity}`, down: true },
  /** Of the amounts as they are: currencies are not converted. */
  price: { key: sql<number>`coalesce(${agents.priceMinor}, 0)`, down: false },
} as const satisfies Record<MarketplaceSort, { key: SQL<number>; down: boolean }>;

/** Where a page of the marketplace ended. */
export interface MarketplaceCursor {
  readonly key: number;
  readonly id: string;
}

export interface ListedAgent {
  readonly agent: Agent;
  /** What it was sorted by. */
  readonly key: number;
}

/**
 * One more than `limit` of what is listed, with all of the words in its name or description.
 * `words` are folded.
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
    after: MarketplaceCursor | undefined;
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
