import type { Database } from "../../db.ts";
import { hasCompletedOrder, isOrdered, listPurchases, type Purchase } from "./store.ts";

/**
 * Returns whether a user may use another user's agent because they bought it: the money came, did
 * not go back, and no bank disputes it.
 */
export const hasLicence = (db: Database, userId: string, agentId: string): Promise<boolean> =>
  hasCompletedOrder(db, userId, { kind: "agent", subjectId: agentId });

/** Returns whether any order is for a licence to an agent, paid or not. */
export const isAgentOrdered = (db: Database, agentId: string): Promise<boolean> =>
  isOrdered(db, { kind: "agent", subjectId: agentId });

/**
 * Lists the agents to which a user has a licence, by their ids, newest licence first.
 * @param page `cursor`: the order's id of the last licence of the previous page
 * @returns up to `limit + 1`
 */
export const listLicences = (
  db: Database,
  userId: string,
  page: { limit: number; cursor: string | undefined },
): Promise<Purchase[]> => listPurchases(db, userId, "agent", page);
