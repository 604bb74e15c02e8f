import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { type Buyer, withCustomer } from "../stripe/customer.ts";
import { callStripe } from "../stripe/stripe.ts";
import { listLiveSubscriptions } from "../subscriptions/store.ts";
import { fetchCustomer } from "./customers.ts";
import { defaultPaymentMethodIdOf } from "./show.ts";

const methodNotFound = (id: string) => fail("not_found", `There is no payment method ${id}.`);

const fetchMethod = (config: Config, id: string): Promise<Result<Stripe.PaymentMethod>> =>
  callStripe(config, (stripe) => stripe.paymentMethods.retrieve(id));

/**
 * What Stripe says of an id that names nothing: to the caller that is the same as another
 * customer's.
 */
const orMethodNotFound = <T>(result: Result<T>, id: string): Result<T> =>
  result.ok || result.failure.param !== "resource_missing" ? result : methodNotFound(id);

/**
 * A payment method of this customer. `not_found` for another's (I10), and for one that does not
 * exist.
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

/**
 * A user's payment methods, newest first, and which of them is the default. One more than `limit`
 * is asked for by Stripe itself.
 */
export async function fetchPaymentMethods(
  ctx: Context,
  userId: string,
  page: { readonly limit: number; readonly after: string | undefined },
): Promise<
  Result<{ methods: Stripe.PaymentMethod[]; hasMore: boolean; defaultId: string | null }>
> {
  const { config } = ctx;
  const customer = await fetchCustomer(ctx, userId);
  if (!customer.ok) {
    return customer.failure.code === "not_found"
      ? ok({ methods: [], hasMore: false, defaultId: null })
      : customer;
  }
  const { id } = customer.value;
  const params = {
    limit: page.limit,
    ...(page.after === undefined ? {} : { starting_after: page.after }),
  };
  const listed = await callStripe(config, (stripe) =>
    stripe.customers.listPaymentMethods(id, params),
  );
  if (!listed.ok) {
    const isBadCursor = page.after !== undefined && listed.failure.code === "stripe_refused";
    return isBadCursor
      ? fail("invalid_request", "cursor: is not a cursor of this list.", { param: "cursor" })
      : listed;
  }
  return ok({
    methods: listed.value.data,
    hasMore: listed.value.has_more,
    defaultId: defaultPaymentMethodIdOf(customer.value),
  });
}

/**
 * Saves a payment method for a user, who becomes a customer where they are none. Saving it again
 * changes nothing.
 * @returns `card_declined` when the bank says no; `not_found` for one that is another customer's,
 *   or does not exist
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
    // It may be this customer's already. Whatever else Stripe has against it is Stripe's to say.
    const existing = await fetchMethod(config, methodId);
    if (!existing.ok) return existing.failure.param === "resource_missing" ? attached : existing;
    if (existing.value.customer === customer) return existing;
    return existing.value.customer === null ? attached : methodNotFound(methodId);
  };
  return orMethodNotFound(await withCustomer(ctx, buyer, attach), methodId);
}

/**
 * Makes a payment method the one that pays from now on: of the customer, and of the subscriptions
 * there are, which may have had their own.
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
    // One that has just ended needs no payment method.
    if (!changed.ok && changed.failure.code !== "stripe_refused") return changed;
  }
  return method;
}

/** Takes a payment method from a user, for good. */
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
