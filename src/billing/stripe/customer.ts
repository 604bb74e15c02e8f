import { and, eq } from "drizzle-orm";
import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { sha256Hex } from "../../digest.ts";
import { ok, type Result } from "../../errors.ts";
import { customers } from "../tables.ts";
import { callStripe } from "./stripe.ts";
import { isMissingAtStripe } from "./stripe-failure.ts";

/** The user to whom a customer at Stripe belongs. */
export interface Buyer {
  readonly id: string;
  readonly email: string;
}

/** Returns the id of a user's customer at Stripe, if one was recorded. */
export async function findCustomerId(db: Database, userId: string): Promise<string | undefined> {
  const row = await db.select().from(customers).where(eq(customers.userId, userId)).get();
  return row?.stripeCustomerId;
}

/**
 * Builds the idempotency key for a new customer. Stripe refuses other parameters under a used key,
 * so an address that changed between two attempts makes another key. So does a deleted customer:
 * the old key would return the deleted one again.
 */
async function idempotencyKey({ id, email }: Buyer, deletedId: string | null): Promise<string> {
  const digest = (await sha256Hex(email)).slice(0, 16);
  return `customer:${id}:${digest}${deletedId === null ? "" : `:${deletedId}`}`;
}

async function createCustomer(
  config: Config,
  buyer: Buyer,
  deletedId: string | null,
): Promise<Result<string>> {
  const key = await idempotencyKey(buyer, deletedId);
  const created = await callStripe(config, (stripe) =>
    stripe.customers.create(
      { email: buyer.email, metadata: { userId: buyer.id } },
      { idempotencyKey: key },
    ),
  );
  return created.ok ? ok(created.value.id) : created;
}

/**
 * Returns the id of a user's customer at Stripe, and creates the customer on first need. Two
 * concurrent requests get the same one: Stripe makes one customer for one idempotency key, and the
 * table keeps the first id that was inserted.
 */
export async function findOrCreateCustomer(ctx: Context, buyer: Buyer): Promise<Result<string>> {
  const { db, config, nowMs } = ctx;
  const known = await findCustomerId(db, buyer.id);
  if (known !== undefined) return ok(known);
  const created = await createCustomer(config, buyer, null);
  if (!created.ok) return created;
  const row = { userId: buyer.id, stripeCustomerId: created.value, createdAt: nowMs };
  await db.insert(customers).values(row).onConflictDoNothing();
  return ok((await findCustomerId(db, buyer.id)) ?? created.value);
}

/**
 * Returns whether Stripe no longer has a customer: it was deleted there, or the key now belongs to
 * another account.
 */
async function isDeletedAtStripe(config: Config, stripeCustomerId: string): Promise<boolean> {
  const fetched = await callStripe(config, (stripe) => stripe.customers.retrieve(stripeCustomerId));
  return fetched.ok ? fetched.value.deleted === true : isMissingAtStripe(fetched.failure);
}

/**
 * Calls Stripe on behalf of a user's customer. A customer that was deleted at Stripe is replaced by
 * a new one, and the call is made once more.
 * @param action `again` is true on the second call: a call under an idempotency key needs another
 *   key for another customer
 */
export async function withCustomer<T>(
  ctx: Context,
  buyer: Buyer,
  action: (stripeCustomerId: string, again: boolean) => Promise<Result<T>>,
): Promise<Result<T>> {
  const { db, config, nowMs } = ctx;
  const customer = await findOrCreateCustomer(ctx, buyer);
  if (!customer.ok) return customer;
  const first = await action(customer.value, false);
  // Another object may be the missing one: a price, for example.
  if (
    first.ok ||
    !isMissingAtStripe(first.failure) ||
    !(await isDeletedAtStripe(config, customer.value))
  )
    return first;
  const created = await createCustomer(config, buyer, customer.value);
  if (!created.ok) return created;
  const isReplacedRow = and(
    eq(customers.userId, buyer.id),
    eq(customers.stripeCustomerId, customer.value),
  );
  await db
    .update(customers)
    .set({ stripeCustomerId: created.value, createdAt: nowMs })
    .where(isReplacedRow);
  return await action((await findCustomerId(db, buyer.id)) ?? created.value, true);
}
