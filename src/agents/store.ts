import { and, asc, desc, eq, getTableColumns, lt, lte, ne, not, type SQL, sql } from "drizzle-orm";
import { isSuspendedUser } from "../auth/index.ts";
import { comparePair, type Database } from "../db.ts";
import { inList } from "../in-list.ts";
import { marketplacePages } from "./marketplace-cache.ts";
import type { MarketplacePosition, MarketplaceSort } from "./schemas.ts";
import {
  type Agent,
  type AgentListing,
  agents,
  type FoundAgent,
  IS_LISTED,
  IS_TO_RELEASE,
} from "./tables.ts";

const { sortPriceMinor: _sorted, ...AGENT_COLUMNS } = getTableColumns(agents);
const IS_CREATOR_SUSPENDED = isSuspendedUser(agents.ownerId);

/** Finds an agent by its id. */
export const findAgent = (db: Database, agentId: string): Promise<FoundAgent | undefined> =>
  db
    .select({ ...AGENT_COLUMNS, isCreatorSuspended: IS_CREATOR_SUSPENDED.mapWith(Boolean) })
    .from(agents)
    .where(eq(agents.id, agentId))
    .get();

const {
  systemPrompt: _prompt,
  searchText: _text,
  sortPriceMinor: _sortPrice,
  ...LISTING_COLUMNS
} = getTableColumns(agents);

/** Lists agents by their ids, in any order. Agents removed with their creators are left out. */
export const listAgentsByIds = (
  db: Database,
  agentIds: readonly string[],
): Promise<AgentListing[]> =>
  db.select(LISTING_COLUMNS).from(agents).where(inList(agents.id, agentIds));

/** The most agents that a user has at once, whatever the plan says: D1 is everybody's. */
export const AGENTS_MAX = 100;

/**
 * Inserts an agent, unless its owner has 100 already: one statement decides and inserts, so that of
 * any number at once exactly those within the cap are inserted.
 * @returns false at the cap
 */
export async function insertAgent(db: Database, agent: Agent): Promise<boolean> {
  const values = Object.entries(AGENT_COLUMNS).map(([name, column]) =>
    sql.param(Reflect.get(agent, name), column),
  );
  const own = sql`(select count(*) from ${agents}
    where ${and(eq(agents.ownerId, agent.ownerId), ne(agents.state, "gone"))})`;
  const inserted = await db
    .insert(agents)
    .select(sql`select ${sql.join(values, sql`, `)} where ${own} < ${AGENTS_MAX}`)
    .returning({ id: agents.id });
  return inserted.length === 1;
}

/** Counts a user's agents, without deleted ones and those that are being created. */
export const countAgents = (db: Database, ownerId: string): Promise<number> =>
  db.$count(agents, and(eq(agents.ownerId, ownerId), eq(agents.state, "there")));

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
  if (updated !== undefined && updated.listedAt !== null) marketplacePages.clear();
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
  if (listedAt !== null) marketplacePages.clear();
  return activated;
}

/**
 * Lists agents that hold a slot of their creators' plans and should not, and have not changed since
 * `before`: deleted ones, and those whose creation was interrupted.
 */
export const listAgentsToRelease = (
  db: Database,
  before: number,
  limit: number,
): Promise<Pick<Agent, "id" | "ownerId">[]> =>
  db
    .select({ id: agents.id, ownerId: agents.ownerId })
    .from(agents)
    .where(and(IS_TO_RELEASE, lte(agents.createdAt, before), lte(agents.updatedAt, before)))
    .limit(limit);

const isInactive = (agentId: string) => and(eq(agents.id, agentId), ne(agents.state, "there"));

/** Keeps an agent that was deleted, for its buyers, and marks its slot as released. */
export async function keepForBuyers(db: Database, agentId: string): Promise<void> {
  await db.update(agents).set({ state: "gone", holdsPlace: false }).where(isInactive(agentId));
}

/** Removes an agent that is not active, with its prompt. */
export async function removeAgent(db: Database, agentId: string): Promise<void> {
  await db.delete(agents).where(isInactive(agentId));
}

/** Deletes all agents of a user, for the erasure of that user. */
export async function deleteAgentsByOwner(db: Database, ownerId: string): Promise<void> {
  await db.delete(agents).where(eq(agents.ownerId, ownerId));
  marketplacePages.clear();
}

export async function incrementPopularity(db: Database, agentId: string): Promise<void> {
  await db
    .update(agents)
    .set({ popularity: sql`${agents.popularity} + 1` })
    .where(eq(agents.id, agentId));
}

/**
 * The sort key of each order of the marketplace, and its direction. Each has an index of listed
 * agents.
 */
const SORT_KEYS = {
  newest: { key: sql<number>`${agents.listedAt}`, down: true },
  popular: { key: sql<number>`${agents.popularity}`, down: true },
  /** The amounts as they are: currencies are not converted. */
  price: { key: sql<number>`${agents.sortPriceMinor}`, down: false },
} as const satisfies Record<MarketplaceSort, { key: SQL<number>; down: boolean }>;

/** The most agents that one page of a search looks through. */
export const SEARCH_WINDOW = 2000;

interface MarketplaceListing {
  readonly agent: AgentListing;
  /** The key that it was sorted by. */
  readonly key: number;
}

/**
 * Some of the listed agents in order. `end`: the last agent that a search looked at, where it
 * looked at as many as it may.
 */
export interface MarketplaceRows {
  readonly rows: readonly MarketplaceListing[];
  readonly end: MarketplacePosition | undefined;
}

/**
 * Lists one more than `limit` of the listed agents that have all of the words in name or
 * description. Those of suspended creators are left out. A search looks through `SEARCH_WINDOW`
 * agents in the order of the list; the next page goes on from there, so that all pages together are
 * exact and each of them is bounded.
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
): Promise<MarketplaceRows> {
  const { key, down: isDescending } = SORT_KEYS[sort];
  const direction = isDescending ? desc : asc;
  const columns = [key, agents.id] as const;
  const order = columns.map((column) => direction(column));
  const begin =
    after === undefined
      ? undefined
      : comparePair(columns, isDescending ? "<" : ">", [after.key, after.id]);
  const end =
    words.length === 0
      ? undefined
      : await db
          .select({ key, id: agents.id })
          .from(agents)
          .where(and(IS_LISTED, begin))
          .orderBy(...order)
          .limit(1)
          .offset(SEARCH_WINDOW - 1)
          .get();
  const rows = await db
    .select({ agent: LISTING_COLUMNS, key })
    .from(agents)
    .where(
      and(
        IS_LISTED,
        begin,
        end === undefined
          ? undefined
          : comparePair(columns, isDescending ? ">=" : "<=", [end.key, end.id]),
        ...words.map((word) => sql`instr(${agents.searchText}, ${word}) > 0`),
        not(IS_CREATOR_SUSPENDED),
      ),
    )
    .orderBy(...order)
    .limit(limit + 1);
  return { rows, end };
}
