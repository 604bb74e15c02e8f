import type { Database } from "../db.ts";
import { everyOf, toPage } from "../http/page.ts";
import { showListing, showOwn } from "./show.ts";
import { agentsOf } from "./store.ts";

/** A prompt may be long. */
const AT_ONCE = 20;

const everyAgentAs = <T>(
  db: Database,
  ownerId: string,
  show: (agent: Parameters<typeof showOwn>[0]) => T,
) =>
  everyOf(async (before) =>
    toPage(
      await agentsOf(db, ownerId, { limit: AT_ONCE, before }),
      AT_ONCE,
      show,
      (agent) => agent.id,
    ),
  );

/** Every agent of a user's as its creator sees it, newest first. */
export const everyAgent = (db: Database, ownerId: string) => everyAgentAs(db, ownerId, showOwn);

/** The same as anybody else may see it who may know of it: without what its model is told. */
export const everyAgentShown = (db: Database, ownerId: string) =>
  everyAgentAs(db, ownerId, showListing);
