import { iterateAgentListings, iterateAgents } from "../agents/index.ts";
import { iterateAuditEntries } from "../audit/index.ts";
import { listSessions, listSignInPlaces, showSession } from "../auth/index.ts";
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
import { iterateKept } from "../kept/index.ts";
import { toIso } from "../time.ts";
import { iterateChats, iterateDailyUsage, iterateEntries, iterateGrants } from "../usage/index.ts";
import { conversationPieces, type DocumentValue, wholeValue } from "./json-stream.ts";
import type { Profile } from "./profile.ts";
import type { ExportedUserView } from "./wire.ts";

/** The document, field by field in its order. */
export type ExportDocument = {
  readonly [Name in keyof ExportedUserView]: DocumentValue<ExportedUserView[Name]>;
};

/** The user to export. */
export interface ExportSubject {
  readonly userId: string;
  readonly profile: Profile;
  /** False for an admin, who is shown neither conversations nor system prompts of agents. */
  readonly isOwner: boolean;
}

async function* iterateSessions({ db, nowMs }: Context, userId: string) {
  for (const session of await listSessions(db, userId, nowMs)) yield showSession(session);
}

async function* iterateSignInPlaces({ db }: Context, userId: string) {
  for (const { device, country, firstAt } of await listSignInPlaces(db, userId))
    yield { device, country, firstAt: toIso(firstAt) };
}

/** Builds the document of a user. Each list is read when the one before it has been written. */
export function buildDocument(
  ctx: Context,
  { userId, profile, isOwner }: ExportSubject,
): ExportDocument {
  const { env, db, config } = ctx;
  return {
    profile: wholeValue(profile.profile),
    mailPreferences: wholeValue(profile.mailPreferences),
    sessions: iterateSessions(ctx, userId),
    signInMethods: wholeValue(profile.signInMethods),
    identities: wholeValue(profile.identities),
    signInPlaces: iterateSignInPlaces(ctx, userId),
    apiKeys: wholeValue(profile.apiKeys),
    usage: wholeValue(profile.usage),
    credits: wholeValue(profile.credits),
    grants: iterateGrants(env, userId),
    ledger: iterateEntries(env, userId),
    chats: iterateChats(env, userId),
    keptChats: isOwner ? iterateKept(env, userId) : wholeValue(null),
    dailyUsage: iterateDailyUsage(env, userId),
    orders: iterateOrders(db, userId),
    checkoutSessions: iterateCheckoutSessions(db, userId),
    subscriptions: iterateSubscriptions(db, userId, config.PAST_DUE_GRACE_DAYS),
    invoices: iterateInvoices(db, userId),
    agents: isOwner ? iterateAgents(db, userId) : iterateAgentListings(db, userId),
    licences: iterateLicences(db, userId),
    sales: iterateSales(db, userId),
    audit: iterateAuditEntries(db, userId),
    conversations: isOwner ? conversationPieces(iterateMessages(ctx, userId)) : wholeValue(null),
  };
}
