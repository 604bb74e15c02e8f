import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** `private`: its creator's alone. `listed`: on the marketplace, for whoever pays its price. */
export const VISIBILITIES = ["private", "listed"] as const;
export type Visibility = (typeof VISIBILITIES)[number];

/**
 * `making`: its place in the creator's plan is being taken. `gone`: deleted by its creator; buyers
 * keep it.
 */
export const AGENT_STATES = ["making", "there", "gone"] as const;

/** Agents, also called characters: who they are, what they are told, and what a licence costs. */
export const agents = sqliteTable(
  "agents",
  {
    id: text().primaryKey(),
    /** Its creator. */
    ownerId: text("owner_id").notNull(),
    name: text().notNull(),
    description: text().notNull(),
    avatarUrl: text("avatar_url"),
    /** What its model is told first. Its creator's alone to see, whoever talks to it. */
    systemPrompt: text("system_prompt").notNull(),
    /** As the catalog names it. */
    model: text().notNull(),
    /** What it says before anybody else does. */
    greeting: text(),
    /** Names of the plan's features that it uses. */
    tools: text({ mode: "json" }).$type<readonly string[]>().notNull(),
    visibility: text({ enum: VISIBILITIES }).notNull(),
    /**
     * What a licence costs, in the currency's minor unit; null, as the currency, where it is free.
     */
    priceMinor: integer("price_minor"),
    /** ISO 4217, lower case as Stripe has it. */
    currency: text(),
    state: text({ enum: AGENT_STATES }).notNull(),
    /** Whether it takes a place in its creator's plan, or may do so. */
    holdsPlace: integer("holds_place", { mode: "boolean" }).notNull(),
    /** Name and description, folded, to be searched. */
    searchText: text("search_text").notNull(),
    /** How many conversations others began with it. */
    popularity: integer().notNull().default(0),
    /** When it was listed first; null where it never was, and so nobody else can have it. */
    listedAt: integer("listed_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("agents_by_owner").on(table.ownerId, table.id),
    index("agents_listed").on(table.visibility, table.listedAt),
    index("agents_by_state").on(table.state, table.createdAt),
  ],
);

export type Agent = Readonly<typeof agents.$inferSelect>;
