import { Hono } from "hono";
import { type AuthEnv, findUserReferences, type UserReference } from "../auth/index.ts";
import {
  countFailedEvents,
  fetchEvidenceDueAt,
  listDisputedPayments,
  listPastDueSubscriptions,
} from "../billing/index.ts";
import type { Context } from "../context.ts";
import { describeRoute } from "../http/describe-route.ts";
import { toIso, toIsoOrNull } from "../time.ts";
import { type AttentionView, attentionView } from "./wire.ts";

const ITEMS_MAX = 10;
const EVENTS_MAX = 100;

/** Shows who a user is; only the id where they are being erased. */
const showUser = (names: ReadonlyMap<string, UserReference>, userId: string) => ({
  id: userId,
  email: names.get(userId)?.email ?? null,
  name: names.get(userId)?.name ?? null,
});

async function listAttention({ db, config }: Context): Promise<AttentionView> {
  const [failedEvents, disputed, pastDue] = await Promise.all([
    countFailedEvents(db, EVENTS_MAX),
    listDisputedPayments(db, ITEMS_MAX),
    listPastDueSubscriptions(db, ITEMS_MAX),
  ]);
  const [names, dueAt] = await Promise.all([
    findUserReferences(
      db,
      [...disputed, ...pastDue].map(({ userId }) => userId),
    ),
    Promise.all(disputed.map((one) => fetchEvidenceDueAt(config, one.paymentIntentId))),
  ]);
  return {
    failedEvents,
    disputes: disputed.map(({ subjectId, kind, userId, title, currency, paidMinor }, index) => ({
      id: subjectId,
      kind,
      user: showUser(names, userId),
      title,
      currency,
      amountMinor: paidMinor,
      evidenceDueAt: toIsoOrNull(dueAt[index] ?? null),
    })),
    pastDue: pastDue.map(({ id, userId, planId, pastDueSince }) => ({
      id,
      user: showUser(names, userId),
      planId,
      since: toIso(pastDueSince),
    })),
  };
}

/** `/api/admin/attention` */
export const adminAttentionRoutes = new Hono<AuthEnv>().get(
  "/",
  describeRoute(
    "Lists what an operator should look at: failed events, disputes and missing payments.",
    attentionView,
    [],
  ),
  async (c) => c.json(await listAttention(c.var.ctx)),
);
