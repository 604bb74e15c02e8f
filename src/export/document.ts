import { iterateAgentListings, iterateAgents } from "../agents/index.ts";
import { iterateAuditEntries } from "../audit/index.ts";
import { listSessions, showKey, type User } from "../auth/index.ts";
import {
  iterateCheckoutSessions,
  iterateInvoices,
  iterateLicences,
  iterateOrders,
  iterateSales,
  iterateSubscriptions,
} from "../billing/index.ts";
import type { Context } from "../context.ts";
import { iterateMessages } from "../conversations/index.ts";
import type { Database } from "../db.ts";
import { iterateChats, iterateDailyUsage, iterateEntries, iterateGrants } from "../usage/index.ts";
import { conversationPieces, type DocumentPart, wholeValue } from "./json-stream.ts";
import type { Profile } from "./profile.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/** Whose document it is, and what was read of them already. */
export interface ExportSubject {
  readonly user: User;
  readonly profile: Profile;
  /** Who reads it: an admin is not shown what was said, nor what a user's agents are told. */
  readonly isOwner: boolean;
  readonly graceDays: number;
}

async function* iterateSessions(db: Database, userId: string, nowMs: number) {
  for (const { id, createdAt, refreshedAt, expiresAt } of await listSessions(db, userId, nowMs))
    yield {
      id,
      createdAt: iso(createdAt),
      refreshedAt: iso(refreshedAt),
      expiresAt: iso(expiresAt),
    };
}

/** Everything that a user has, part by part, each read when the one before it has been. */
export function buildDocument(
  ctx: Context,
  { user, profile, isOwner, graceDays }: ExportSubject,
): readonly DocumentPart[] {
  const { env, db, nowMs } = ctx;
  const { id } = user;
  const { keys, credits, usage, ...profileFields } = profile;
  return [
    ["profile", wholeValue(profileFields)],
    ["sessions", iterateSessions(db, id, nowMs)],
    ["apiKeys", wholeValue(keys.map(showKey))],
    ["usage", wholeValue(usage)],
    ["credits", wholeValue(credits)],
    ["grants", iterateGrants(env, id)],
    ["ledger", iterateEntries(env, id)],
    ["chats", iterateChats(env, id)],
    ["dailyUsage", iterateDailyUsage(env, id)],
    ["orders", iterateOrders(db, id)],
    ["checkoutSessions", iterateCheckoutSessions(db, id)],
    ["subscriptions", iterateSubscriptions(db, id, graceDays)],
    ["invoices", iterateInvoices(db, id)],
    ["agents", isOwner ? iterateAgents(db, id) : iterateAgentListings(db, id)],
    ["licences", iterateLicences(db, id)],
    ["sales", iterateSales(db, id)],
    ["audit", iterateAuditEntries(db, id)],
    ["conversations", isOwner ? conversationPieces(iterateMessages(env, id)) : wholeValue(null)],
  ];
}
