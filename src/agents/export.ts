import type { Database } from "../db.ts";
import { iteratePages, toPage } from "../http/page.ts";
import { showListing, showOwnAgent } from "./show.ts";
import { listAgentsByOwner } from "./store.ts";

/** A prompt may be long. */
const PAGE_SIZE = 20;

const iterateAgentsAs = <T>(
  db: Database,
  ownerId: string,
  show: (agent: Parameters<typeof showOwnAgent>[0]) => T,
) =>
  iteratePages(async (before) =>
    toPage(
      await listAgentsByOwner(db, ownerId, { limit: PAGE_SIZE, before }),
      PAGE_SIZE,
      show,
      (agent) => agent.id,
    ),
  );

/** Every agent of a user's as its creator sees it, newest first. */
export const iterateAgents = (db: Database, ownerId: string) =>
  iterateAgentsAs(db, ownerId, showOwnAgent);

/** The same as anybody else may see it who may know of it: without what its model is told. */
export const iterateAgentListings = (db: Database, ownerId: string) =>
  iterateAgentsAs(db, ownerId, showListing);
