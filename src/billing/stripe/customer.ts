import { and, eq } from "drizzle-orm";
import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { sha256Hex } from "../../digest.ts";
import { ok, type Result } from "../../errors.ts";
import { customers } from "../tables.ts";
import { createOnce } from "./create-once.ts";
import { callStripe } from "./stripe.ts";
import { isMissingAtStripe } from "./stripe-failure.ts";

/** The user to whom a customer at Stripe belongs. */
export interface Buyer {
  readonly id: string;
  readonly email: string;
}

const findCustomer = (db: Database, userId: string) =>
  db.select().from(customers).where(eq(customers.userId, userId)).get();

/** Returns the id of a user's customer at Stripe, if one was recorded. */
export const findCustomerId = async (db: Database, userId: string): Promise<string | undefined> =>
  (await findCustomer(db, userId))?.stripeCustomerId;

const digestEmail = async (email: string): Promise<string> => (await sha256Hex(email)).slice(0, 16);

/**
 * Builds the idempotency key for a new customer. Stripe refuses other parameters under a used key,
 * so an address that changed between two attempts makes another key. So does a deleted customer:
 * the old key would return the deleted one again.
 */
async function idempotencyKey({ id, email }: Buyer, deletedId: string | null): Promise<string> {
  const digest = await digestEmail(email);
  return `customer:${id}:${digest}${deletedId === null ? "" : `:${deletedId}`}`;
}

async function createCustomer(
  config: Config,
  buyer: Buyer,
  deletedId: string | null,
): Promise<Result<string>> {
  const key = await idempotencyKey(buyer, deletedId);
  const created = await createOnce(config, key, (stripe, options) =>
    stripe.customers.create({ email: buyer.email, metadata: { userId: buyer.id } }, options),
  );
  return created.ok ? ok(created.value.id) : created;
}

/**
 * Tells Stripe a user's address where it changed, so that receipts go to the present one. A failure
 * stops no sale: the next one tries again.
 */
async function syncEmail(
  { db, config }: Context,
  { id, email }: Buyer,
  stripeCustomerId: string,
): Promise<void> {
  const updated = await callStripe(config, (stripe) =>
    stripe.customers.update(stripeCustomerId, { email }),
  );
  if (!updated.ok) return;
  const emailDigest = await digestEmail(email);
  await db.update(customers).set({ emailDigest }).where(eq(customers.userId, id));
}

/**
 * Returns the id of a user's customer at Stripe, with the user's present address, and creates the
 * customer on first need. Two concurrent requests get the same one: Stripe makes one customer for
 * one idempotency key, and the table keeps the first id that was inserted.
 */
async function findOrCreateCustomer(ctx: Context, buyer: Buyer): Promise<Result<string>> {
  const { db, config, nowMs } = ctx;
  const emailDigest = await digestEmail(buyer.email);
  const known = await findCustomer(db, buyer.id);
  if (known !== undefined) {
    if (known.emailDigest !== emailDigest) await syncEmail(ctx, buyer, known.stripeCustomerId);
    return ok(known.stripeCustomerId);
  }
  const created = await createCustomer(config, buyer, null);
  if (!created.ok) return created;
  const row = { userId: buyer.id, stripeCustomerId: created.value, emailDigest, createdAt: nowMs };
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
 * @param action a call under an idempotency key needs another key for another customer, which a key
 *   of `requestKey` is
 */
export async function withCustomer<T>(
  ctx: Context,
  buyer: Buyer,
  action: (stripeCustomerId: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const { db, config, nowMs } = ctx;
  const customer = await findOrCreateCustomer(ctx, buyer);
  if (!customer.ok) return customer;
  const first = await action(customer.value);
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
    .set({
      stripeCustomerId: created.value,
      emailDigest: await digestEmail(buyer.email),
      createdAt: nowMs,
    })
    .where(isReplacedRow);
  return await action((await findCustomerId(db, buyer.id)) ?? created.value);
}
