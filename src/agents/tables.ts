import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** `private`: its creator's alone. `listed`: on the marketplace, for everybody who pays. */
export const VISIBILITIES = ["private", "listed"] as const;
export type Visibility = (typeof VISIBILITIES)[number];

/**
 * `making`: its slot in the creator's plan is being acquired. `there`: active. `gone`: deleted by
 * its creator; kept where an order names it.
 */
export const AGENT_STATES = ["making", "there", "gone"] as const;

/** An agent is on the marketplace. As the indexes have it, so that they serve the condition. */
export const IS_LISTED = sql`visibility = 'listed' and state = 'there'`;
/** An agent holds a slot of its creator's plan and may have to give it up. */
export const IS_TO_RELEASE = sql`holds_place = 1 and state <> 'there'`;

/** Agents, also called characters: their names, prompts and prices. */
export const agents = sqliteTable(
  "agents",
  {
    id: text().primaryKey(),
    /** Its creator. */
    ownerId: text("owner_id").notNull(),
    name: text().notNull(),
    description: text().notNull(),
    avatarUrl: text("avatar_url"),
    /** The prompt that begins every conversation. Its creator alone may see it. */
    systemPrompt: text("system_prompt").notNull(),
    /** As the catalog names it. */
    model: text().notNull(),
    /** Its first message in a conversation, before the user's. */
    greeting: text(),
    /** Names of the plan's features that it uses. */
    tools: text({ mode: "json" }).$type<readonly string[]>().notNull(),
    visibility: text({ enum: VISIBILITIES }).notNull(),
    /** The price of a licence, in the currency's minor unit; null, as the currency, if free. */
    priceMinor: integer("price_minor"),
    /** The price that the marketplace is sorted by: a free agent costs 0. */
    sortPriceMinor: integer("sort_price_minor").generatedAlwaysAs(
      sql`case when price_minor is null then 0 else price_minor end`,
    ),
    /** ISO 4217, lower case as Stripe has it. */
    currency: text(),
    state: text({ enum: AGENT_STATES }).notNull(),
    /** Whether it holds a slot of its creator's plan, or may do so. */
    holdsPlace: integer("holds_place", { mode: "boolean" }).notNull(),
    /** Name and description, normalized for searching. */
    searchText: text("search_text").notNull(),
    /** The number of other users who got a reply of it. */
    popularity: integer().notNull().default(0),
    /** The time of its first listing; null where it never was listed, so nobody bought it. */
    listedAt: integer("listed_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("agents_by_owner").on(table.ownerId, table.id),
    index("agents_by_newest").on(table.listedAt, table.id).where(IS_LISTED),
    index("agents_by_popularity").on(table.popularity, table.id).where(IS_LISTED),
    index("agents_by_price").on(table.sortPriceMinor, table.id).where(IS_LISTED),
    index("agents_to_release").on(table.createdAt).where(IS_TO_RELEASE),
  ],
);

export type Agent = Readonly<Omit<typeof agents.$inferSelect, "sortPriceMinor">>;

/** An agent as it is found by its id, with what its creator is now. */
export type FoundAgent = Agent & {
  /** Whether the operator suspended its creator: for as long, nobody else chats with it. */
  readonly isCreatorSuspended: boolean;
};

/** An agent as lists read it: without its prompt, which is as large as a hundred of these. */
export type AgentListing = Omit<Agent, "systemPrompt" | "searchText">;

/** Returns whether an agent has its slot and was not deleted. */
export const isActive = ({ state }: Pick<Agent, "state">): boolean => state === "there";
