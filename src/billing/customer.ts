import { eq } from "drizzle-orm";
import type { Config } from "../config.ts";
import type { Database } from "../db.ts";
import { ok, type Result } from "../errors.ts";
import { askStripe } from "./stripe.ts";
import { customers } from "./tables.ts";

interface Buyer {
  readonly id: string;
  readonly email: string;
}

const knownCustomer = async (db: Database, userId: string): Promise<string | undefined> =>
  (await db.select().from(customers).where(eq(customers.userId, userId)))[0]?.stripeCustomerId;

/** Different words for one key would be refused, so an address that changed between two tries makes another key. */
async function idempotencyKey({ id, email }: Buyer): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(email));
  return `customer:${id}:${new Uint8Array(digest).toHex().slice(0, 16)}`;
}

/**
 * Who a user is at Stripe, made there on first need. Two requests at once get the same: Stripe makes one customer for one
 * idempotency key, and the table keeps the first that was written down.
 */
export async function customerOf(db: Database, config: Config, buyer: Buyer, nowMs: number): Promise<Result<string>> {
  const known = await knownCustomer(db, buyer.id);
  if (known !== undefined) return ok(known);
  const key = await idempotencyKey(buyer);
  const made = await askStripe(config, (stripe) =>
    stripe.customers.create({ email: buyer.email, metadata: { userId: buyer.id } }, { idempotencyKey: key }),
  );
  if (!made.ok) return made;
  const row = { userId: buyer.id, stripeCustomerId: made.value.id, createdAt: nowMs };
  await db.insert(customers).values(row).onConflictDoNothing();
  return ok((await knownCustomer(db, buyer.id)) ?? made.value.id);
}
