import { and, desc, gte, lt, type SQL, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { ok, type Result } from "../../errors.ts";
import { firstIdAt } from "../../ids.ts";
import type { Order } from "../orders/store.ts";
import type { Subscription } from "../subscriptions/store.ts";
import { orders, subscriptions } from "../tables.ts";
import { compareOrder } from "./compare-order.ts";
import { compareSubscription } from "./compare-subscription.ts";
import type { Difference } from "./difference.ts";
import type { DriftPage, DriftQuery } from "./drift-page.ts";
import { GrantLookup } from "./grant-lookup.ts";
import { listUnknownSessions, listUnknownSubscriptions } from "./list-unknown.ts";

async function listOrderRows(
  db: Database,
  { fromMs, toMs, limit, cursor }: DriftQuery,
): Promise<Order[]> {
  const beforeId = cursor ?? firstIdAt("ord", toMs);
  return await db
    .select()
    .from(orders)
    .where(and(gte(orders.id, firstIdAt("ord", fromMs)), lt(orders.id, beforeId)))
    .orderBy(desc(orders.id))
    .limit(limit + 1);
}

async function listSubscriptionRows(
  db: Database,
  { fromMs, toMs, limit, cursor }: DriftQuery,
): Promise<Subscription[]> {
  const conditions: (SQL | undefined)[] = [
    gte(subscriptions.createdAt, fromMs),
    lt(subscriptions.createdAt, toMs),
  ];
  if (cursor !== undefined)
    conditions.push(
      sql`(${subscriptions.createdAt}, ${subscriptions.id}) < (
        select last.created_at, last.id from ${subscriptions} as last where last.id = ${cursor}
      )`,
    );
  return await db
    .select()
    .from(subscriptions)
    .where(and(...conditions))
    .orderBy(desc(subscriptions.createdAt), desc(subscriptions.id))
    .limit(limit + 1);
}

async function comparePage<Row extends { readonly id: string }>(
  rows: readonly Row[],
  limit: number,
  compare: (row: Row) => Promise<Result<Difference[]>>,
): Promise<Result<DriftPage>> {
  const page = rows.slice(0, limit);
  const differences: Difference[] = [];
  for (const row of page) {
    const compared = await compare(row);
    if (!compared.ok) return compared;
    differences.push(...compared.value);
  }
  const nextCursor = rows.length > limit ? (page.at(-1)?.id ?? null) : null;
  return ok({ checked: page.length, differences, nextCursor });
}

/**
 * Compares our records with Stripe's state, and lists every difference. Changes nothing. A
 * difference may be one that an event is about to resolve, so compare once more before acting on
 * it.
 * @returns a page; why Stripe could not be asked
 */
export async function listDrift(ctx: Context, query: DriftQuery): Promise<Result<DriftPage>> {
  const { env, db } = ctx;
  const grants = new GrantLookup(env);
  switch (query.source) {
    case "orders":
      return await comparePage(await listOrderRows(db, query), query.limit, (order) =>
        compareOrder(ctx, order, grants),
      );
    case "subscriptions":
      return await comparePage(await listSubscriptionRows(db, query), query.limit, (subscription) =>
        compareSubscription(ctx, subscription, grants),
      );
    case "stripe_sessions":
      return await listUnknownSessions(ctx, query);
    case "stripe_subscriptions":
      return await listUnknownSubscriptions(ctx, query);
  }
}
