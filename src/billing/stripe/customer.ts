import { and, eq } from "drizzle-orm";
import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { ok, type Result } from "../../errors.ts";
import { customers } from "../tables.ts";
import { callStripe } from "./stripe.ts";

/** Whose customer is meant. */
export interface Buyer {
  readonly id: string;
  readonly email: string;
}

/** Who a user is at Stripe, as far as that was written down. */
export const findCustomerId = async (db: Database, userId: string): Promise<string | undefined> =>
  (await db.select().from(customers).where(eq(customers.userId, userId)))[0]?.stripeCustomerId;

/**
 * Different words for one key would be refused, so an address that changed between two tries makes
 * another key; and so does one whose customer is gone, for which the old key would give the old
 * answer.
 */
async function idempotencyKey({ id, email }: Buyer, deletedId: string | null): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(email));
  return `customer:${id}:${new Uint8Array(digest).toHex().slice(0, 16)}${deletedId === null ? "" : `:${deletedId}`}`;
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
 * Who a user is at Stripe, made there on first need. Two requests at once get the same: Stripe
 * makes one customer for one idempotency key, and the table keeps the first that was written down.
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
 * Whether Stripe has no such customer any more: it was deleted there, or the keys are those of
 * another account now.
 */
async function isDeletedAtStripe(config: Config, stripeCustomerId: string): Promise<boolean> {
  const fetched = await callStripe(config, (stripe) => stripe.customers.retrieve(stripeCustomerId));
  return fetched.ok ? fetched.value.deleted === true : fetched.failure.param === "resource_missing";
}

/**
 * Asks Stripe for something on behalf of a user's customer. One that was deleted at Stripe is
 * replaced by a new one, and Stripe is asked once more: `again` is true then, for what is asked
 * under an idempotency key, which must be another for another customer.
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
  // Stripe's word for whatever does not exist, which may also be a price.
  if (
    first.ok ||
    first.failure.param !== "resource_missing" ||
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
