import type { Database } from "../db.ts";
import { iteratePages, toPage } from "../http/page.ts";
import { showListing, showOwnAgent } from "./show.ts";
import { listAgentsByOwner } from "./store.ts";
import type { Agent } from "./tables.ts";

/** Small, as a prompt may be long. */
const PAGE_SIZE = 20;

const iterateAgentsAs = <T>(db: Database, ownerId: string, show: (agent: Agent) => T) =>
  iteratePages(async (before) =>
    toPage(
      await listAgentsByOwner(db, ownerId, { limit: PAGE_SIZE, before }),
      PAGE_SIZE,
      show,
      (agent) => agent.id,
    ),
  );

/** Iterates over a user's agents as their creator sees them, newest first. */
export const iterateAgents = (db: Database, ownerId: string) =>
  iterateAgentsAs(db, ownerId, showOwnAgent);

/** Iterates over a user's agents without their system prompts, newest first. */
export const iterateAgentListings = (db: Database, ownerId: string) =>
  iterateAgentsAs(db, ownerId, showListing);
