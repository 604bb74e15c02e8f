import { everyAgent, everyAgentShown } from "../agents/index.ts";
import { everyAudit } from "../audit/index.ts";
import { sessionsOf, showKey, type User } from "../auth/index.ts";
import {
  everyInvoice,
  everyLicence,
  everyOrder,
  everySale,
  everySession,
  everySubscription,
} from "../billing/index.ts";
import { everythingSaid } from "../conversations/index.ts";
import type { Database } from "../db.ts";
import type { Env } from "../env.ts";
import { everyChat, everyDay, everyEntry, everyGrant } from "../usage/index.ts";
import { inOne, nested, type Part } from "./json.ts";
import type { Profile } from "./profile.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/** Whose document it is, and what was read of them already. */
export interface Subject {
  readonly user: User;
  readonly profile: Profile;
  /** Who reads it: an admin is not shown what was said, nor what a user's agents are told. */
  readonly isOwner: boolean;
  readonly graceDays: number;
}

async function* everyLogin(db: Database, userId: string, nowMs: number) {
  for (const { id, createdAt, refreshedAt, expiresAt } of await sessionsOf(db, userId, nowMs))
    yield {
      id,
      createdAt: iso(createdAt),
      refreshedAt: iso(refreshedAt),
      expiresAt: iso(expiresAt),
    };
}

/** Everything that a user has, part by part, each read when the one before it has been. */
export function documentOf(
  env: Env,
  db: Database,
  { user, profile, isOwner, graceDays }: Subject,
  nowMs: number,
): readonly Part[] {
  const { id } = user;
  const { keys, credits, usage, ...shown } = profile;
  return [
    ["profile", inOne(shown)],
    ["sessions", everyLogin(db, id, nowMs)],
    ["apiKeys", inOne(keys.map(showKey))],
    ["usage", inOne(usage)],
    ["credits", inOne(credits)],
    ["grants", everyGrant(env, id)],
    ["ledger", everyEntry(env, id)],
    ["chats", everyChat(env, id)],
    ["dailyUsage", everyDay(env, id)],
    ["orders", everyOrder(db, id)],
    ["checkoutSessions", everySession(db, id)],
    ["subscriptions", everySubscription(db, id, graceDays)],
    ["invoices", everyInvoice(db, id)],
    ["agents", isOwner ? everyAgent(db, id) : everyAgentShown(db, id)],
    ["licences", everyLicence(db, id)],
    ["sales", everySale(db, id)],
    ["audit", everyAudit(db, id)],
    ["conversations", isOwner ? nested(everythingSaid(env, id)) : inOne(null)],
  ];
}
