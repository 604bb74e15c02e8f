import type Stripe from "stripe";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { type Buyer, findCustomerId, withCustomer } from "../stripe/customer.ts";
import { callStripe } from "../stripe/stripe.ts";
import { isMissingAtStripe } from "../stripe/stripe-failure.ts";

/** The details of a customer that may be changed. `null` clears one. */
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

const NO_CUSTOMER = fail("not_found", "This user doesn't have a Stripe customer yet.");

/**
 * Fetches a user's customer from Stripe. `not_found` where the user has none, or it was deleted at
 * Stripe.
 */
export async function fetchCustomer(
  ctx: Context,
  userId: string,
): Promise<Result<Stripe.Customer>> {
  const { db, config } = ctx;
  const id = await findCustomerId(db, userId);
  if (id === undefined) return NO_CUSTOMER;
  const retrieved = await callStripe(config, (stripe) => stripe.customers.retrieve(id));
  if (!retrieved.ok) return isMissingAtStripe(retrieved.failure) ? NO_CUSTOMER : retrieved;
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
  const givenFields = Object.entries({ ...rest, postal_code: postalCode }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    ...optionalParam("email", email),
    ...optionalParam("name", name),
    ...optionalParam("phone", phone),
    ...(address === undefined
      ? {}
      : { address: address === null ? "" : Object.fromEntries(givenFields) }),
  };
}

/**
 * Creates a user's customer at Stripe where there is none, and updates its details. Calling it
 * again changes the details alone.
 */
export const ensureCustomer = (
  ctx: Context,
  buyer: Buyer,
  params: CustomerParams,
): Promise<Result<Stripe.Customer>> =>
  withCustomer(ctx, buyer, (id) =>
    callStripe(ctx.config, (stripe) => stripe.customers.update(id, buildUpdateParams(params))),
  );

/** Updates the details of a user's customer. `not_found` where the user has none. */
export async function updateCustomer(
  ctx: Context,
  userId: string,
  params: CustomerParams,
): Promise<Result<Stripe.Customer>> {
  const { config } = ctx;
  const customer = await fetchCustomer(ctx, userId);
  if (!customer.ok) return customer;
  return await callStripe(config, (stripe) =>
    stripe.customers.update(customer.value.id, buildUpdateParams(params)),
  );
}
