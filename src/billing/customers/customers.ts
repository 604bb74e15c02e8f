import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import type { Database } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { asCustomer, type Buyer, knownCustomer } from "../stripe/customer.ts";
import { askStripe } from "../stripe/stripe.ts";

/** What may be changed of a customer. `null` clears it. */
export interface CustomerParams {
  readonly email?: string | undefined;
  readonly name?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly address?: AddressParams | null | undefined;
}

interface AddressParams {
  readonly line1?: string | undefined;
  readonly line2?: string | undefined;
  readonly city?: string | undefined;
  readonly state?: string | undefined;
  readonly postalCode?: string | undefined;
  /** Two letters. */
  readonly country?: string | undefined;
}

const NONE = fail("not_found", "This user is no customer yet.");

/**
 * A user's customer as it is at Stripe. `not_found` where there is none, or Stripe has deleted it.
 */
export async function readCustomer(
  db: Database,
  config: Config,
  userId: string,
): Promise<Result<Stripe.Customer>> {
  const id = await knownCustomer(db, userId);
  if (id === undefined) return NONE;
  const retrieved = await askStripe(config, (stripe) => stripe.customers.retrieve(id));
  if (!retrieved.ok) return retrieved.failure.param === "resource_missing" ? NONE : retrieved;
  const customer = retrieved.value;
  return customer.deleted === true ? NONE : ok(customer);
}

const param = <T>(name: string, value: T | null | undefined) =>
  value === undefined ? {} : { [name]: value ?? "" };

function buildUpdateParams({ email, name, phone, address }: CustomerParams): Stripe.CustomerUpdateParams {
  const { postalCode, ...rest } = address ?? {};
  const lines = Object.entries({ ...rest, postal_code: postalCode }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    ...param("email", email),
    ...param("name", name),
    ...param("phone", phone),
    ...(address === undefined
      ? {}
      : { address: address === null ? "" : Object.fromEntries(lines) }),
  };
}

/**
 * Makes sure that a user is a customer at Stripe, with these details. Doing it again changes
 * nothing but the details.
 */
export const ensureCustomer = (
  db: Database,
  config: Config,
  buyer: Buyer,
  change: CustomerParams,
  nowMs: number,
): Promise<Result<Stripe.Customer>> =>
  asCustomer(
    db,
    config,
    buyer,
    (id) => askStripe(config, (stripe) => stripe.customers.update(id, buildUpdateParams(change))),
    nowMs,
  );

/** Changes a customer that there is. `not_found` where there is none. */
export async function changeCustomer(
  db: Database,
  config: Config,
  userId: string,
  change: CustomerParams,
): Promise<Result<Stripe.Customer>> {
  const customer = await readCustomer(db, config, userId);
  if (!customer.ok) return customer;
  return await askStripe(config, (stripe) =>
    stripe.customers.update(customer.value.id, buildUpdateParams(change)),
  );
}
