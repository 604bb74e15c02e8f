import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import type { PageQuery } from "../../http/page.ts";
import { type Buyer, withCustomer } from "../stripe/customer.ts";
import { callStripe } from "../stripe/stripe.ts";
import { isMissingAtStripe } from "../stripe/stripe-failure.ts";
import { listLiveSubscriptions } from "../subscriptions/store.ts";
import { fetchCustomer } from "./customers.ts";
import { defaultPaymentMethodIdOf, type StripePage } from "./show.ts";

const methodNotFound = (id: string) => fail("not_found", `There is no payment method ${id}.`);

const fetchMethod = (config: Config, id: string): Promise<Result<Stripe.PaymentMethod>> =>
  callStripe(config, (stripe) => stripe.paymentMethods.retrieve(id));

/** Turns Stripe's failure for an unknown id into the one for another customer's method. */
const orMethodNotFound = <T>(result: Result<T>, id: string): Result<T> =>
  result.ok || !isMissingAtStripe(result.failure) ? result : methodNotFound(id);

/**
 * Fetches a payment method of a customer. `not_found` for another customer's (I10), and for one
 * that does not exist.
 */
async function fetchOwnMethod(
  config: Config,
  stripeCustomerId: string,
  id: string,
): Promise<Result<Stripe.PaymentMethod>> {
  const method = orMethodNotFound(await fetchMethod(config, id), id);
  if (!method.ok) return method;
  return method.value.customer === stripeCustomerId ? method : methodNotFound(id);
}

/** A page of a user's payment methods, and the id of the default one. */
interface PaymentMethods {
  readonly page: StripePage<Stripe.PaymentMethod>;
  readonly defaultId: string | null;
}

const NO_METHODS: PaymentMethods = { page: { data: [], has_more: false }, defaultId: null };

/** Fetches a page of a user's payment methods, newest first. */
export async function fetchPaymentMethods(
  ctx: Context,
  userId: string,
  { limit, cursor }: PageQuery,
): Promise<Result<PaymentMethods>> {
  const { config } = ctx;
  const customer = await fetchCustomer(ctx, userId);
  if (!customer.ok) return customer.failure.code === "not_found" ? ok(NO_METHODS) : customer;
  const { id } = customer.value;
  const after = cursor === undefined ? {} : { starting_after: cursor };
  const listed = await callStripe(config, (stripe) =>
    stripe.customers.listPaymentMethods(id, { limit, ...after }),
  );
  if (listed.ok)
    return ok({ page: listed.value, defaultId: defaultPaymentMethodIdOf(customer.value) });
  return cursor !== undefined && listed.failure.code === "stripe_refused"
    ? fail("invalid_request", "cursor: must be the nextCursor of an earlier page of this list", {
        param: "cursor",
      })
    : listed;
}

/**
 * Saves a payment method for a user, and creates their customer on first need. Saving it again
 * changes nothing.
 * @returns `card_declined` when the bank declines it; `not_found` for another customer's, and for
 *   one that does not exist
 */
export async function addPaymentMethod(
  ctx: Context,
  buyer: Buyer,
  methodId: string,
): Promise<Result<Stripe.PaymentMethod>> {
  const { config } = ctx;
  const attach = async (customer: string): Promise<Result<Stripe.PaymentMethod>> => {
    const attached = await callStripe(config, (stripe) =>
      stripe.paymentMethods.attach(methodId, { customer }),
    );
    if (attached.ok || attached.failure.code !== "stripe_refused") return attached;
    // It may be this customer's already. Any other reason for the refusal is passed on.
    const existing = await fetchMethod(config, methodId);
    if (!existing.ok) return isMissingAtStripe(existing.failure) ? attached : existing;
    if (existing.value.customer === customer) return existing;
    return existing.value.customer === null ? attached : methodNotFound(methodId);
  };
  return orMethodNotFound(await withCustomer(ctx, buyer, attach), methodId);
}

/**
 * Makes a payment method the default of a user's customer, and of their live subscriptions, which
 * may have had their own.
 */
export async function setDefaultPaymentMethod(
  ctx: Context,
  userId: string,
  methodId: string,
): Promise<Result<Stripe.PaymentMethod>> {
  const { db, config } = ctx;
  const customer = await fetchCustomer(ctx, userId);
  if (!customer.ok)
    return customer.failure.code === "not_found" ? methodNotFound(methodId) : customer;
  const { id } = customer.value;
  const method = await fetchOwnMethod(config, id, methodId);
  if (!method.ok) return method;
  const updated = await callStripe(config, (stripe) =>
    stripe.customers.update(id, { invoice_settings: { default_payment_method: methodId } }),
  );
  if (!updated.ok) return orMethodNotFound(updated, methodId);
  for (const subscription of await listLiveSubscriptions(db, userId)) {
    const changed = await callStripe(config, (stripe) =>
      stripe.subscriptions.update(subscription.id, { default_payment_method: methodId }),
    );
    // A subscription that has just ended needs no payment method.
    if (!changed.ok && changed.failure.code !== "stripe_refused") return changed;
  }
  return method;
}

/** Removes a payment method from a user for good. */
export async function removePaymentMethod(
  ctx: Context,
  userId: string,
  methodId: string,
): Promise<Result<true>> {
  const { config } = ctx;
  const customer = await fetchCustomer(ctx, userId);
  if (!customer.ok)
    return customer.failure.code === "not_found" ? methodNotFound(methodId) : customer;
  const method = await fetchOwnMethod(config, customer.value.id, methodId);
  if (!method.ok) return method;
  const detached = await callStripe(config, (stripe) => stripe.paymentMethods.detach(methodId));
  return detached.ok ? ok(true) : detached;
}
