import type Stripe from "stripe";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { type Buyer, findCustomerId, withCustomer } from "../stripe/customer.ts";
import { callStripe } from "../stripe/stripe.ts";

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

const NO_CUSTOMER = fail("not_found", "This user is no customer yet.");

/**
 * A user's customer as it is at Stripe. `not_found` where there is none, or Stripe has deleted it.
 */
export async function fetchCustomer(
  ctx: Context,
  userId: string,
): Promise<Result<Stripe.Customer>> {
  const { db, config } = ctx;
  const id = await findCustomerId(db, userId);
  if (id === undefined) return NO_CUSTOMER;
  const retrieved = await callStripe(config, (stripe) => stripe.customers.retrieve(id));
  if (!retrieved.ok)
    return retrieved.failure.param === "resource_missing" ? NO_CUSTOMER : retrieved;
  const customer = retrieved.value;
  return customer.deleted === true ? NO_CUSTOMER : ok(customer);
}

const optionalParam = <T>(name: string, value: T | null | undefined) =>
  value === undefined ? {} : { [name]: value ?? "" };

function buildUpdateParams({
  email,
  name,
  phone,
  address,
}: CustomerParams): Stripe.CustomerUpdateParams {
  const { postalCode, ...rest } = address ?? {};
  const lines = Object.entries({ ...rest, postal_code: postalCode }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    ...optionalParam("email", email),
    ...optionalParam("name", name),
    ...optionalParam("phone", phone),
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
  ctx: Context,
  buyer: Buyer,
  change: CustomerParams,
): Promise<Result<Stripe.Customer>> =>
  withCustomer(ctx, buyer, (id) =>
    callStripe(ctx.config, (stripe) => stripe.customers.update(id, buildUpdateParams(change))),
  );

/** Changes a customer that there is. `not_found` where there is none. */
export async function updateCustomer(
  ctx: Context,
  userId: string,
  change: CustomerParams,
): Promise<Result<Stripe.Customer>> {
  const { config } = ctx;
  const customer = await fetchCustomer(ctx, userId);
  if (!customer.ok) return customer;
  return await callStripe(config, (stripe) =>
    stripe.customers.update(customer.value.id, buildUpdateParams(change)),
  );
}
