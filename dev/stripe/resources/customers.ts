import { z } from "zod";
import type { Context } from "../context.ts";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { emit, previousAttributes } from "../events.ts";
import { newId, randomText } from "../ids.ts";
import { isWithin, paginate } from "../list.ts";
import { mergeMetadata } from "../metadata.ts";
import { address, created, email, list, metadata, paging, text, unsettable } from "../params.ts";
import { endSubscription } from "../subscriptions/change.ts";
import type { Address, Customer } from "../wire.ts";

const fields = z.strictObject({
  address: address.optional(),
  description: unsettable(text()).optional(),
  email: unsettable(email).optional(),
  metadata: metadata.optional(),
  name: unsettable(text(256)).optional(),
  phone: unsettable(text(20)).optional(),
  preferred_locales: unsettable(list(text())).optional(),
  shipping: unsettable(
    z.strictObject({ address, name: text(), phone: text().optional() }),
  ).optional(),
  tax_exempt: unsettable(z.enum(["exempt", "none", "reverse"])).optional(),
});
type Fields = z.output<typeof fields>;

const updateFields = fields.extend({
  invoice_settings: z
    .strictObject({ default_payment_method: unsettable(text()).optional() })
    .optional(),
});

/**
 * Returns the updated invoice settings. The default method has to be attached to the customer.
 * @throws {ApiError} `resource_missing`
 */
function updateInvoiceSettings(
  ctx: Context,
  customer: Customer,
  methodId: string | null | undefined,
): Customer["invoice_settings"] {
  if (methodId === undefined) return customer.invoice_settings;
  if (methodId !== null && ctx.store.paymentMethods.get(methodId)?.customer !== customer.id) {
    throw invalid(
      `The customer does not have a payment method with the ID ${methodId}. ` +
        "The payment method must be attached to the customer.",
      "invoice_settings[default_payment_method]",
      "resource_missing",
    );
  }
  return { ...customer.invoice_settings, default_payment_method: methodId };
}

const fullAddress = (partial: Partial<Record<keyof Address, string | undefined>>): Address => ({
  city: partial.city ?? null,
  country: partial.country ?? null,
  line1: partial.line1 ?? null,
  line2: partial.line2 ?? null,
  postal_code: partial.postal_code ?? null,
  state: partial.state ?? null,
});

function applyFields(customer: Customer, change: Fields): Customer {
  const { address, shipping, metadata, ...plain } = change;
  const set = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
  const addressNow =
    address === undefined ? {} : { address: address === null ? null : fullAddress(address) };
  const shippingNow =
    shipping === undefined
      ? {}
      : {
          shipping:
            shipping === null
              ? null
              : {
                  ...shipping,
                  phone: shipping.phone ?? null,
                  address: fullAddress(shipping.address ?? {}),
                },
        };
  return {
    ...customer,
    ...set,
    ...addressNow,
    ...shippingNow,
    metadata: mergeMetadata(customer.metadata, metadata),
  };
}

/** Creates a customer: for the API, or for a checkout. */
export function createCustomer(ctx: Context, params: Fields): Customer {
  const blank: Customer = {
    id: newId("cus"),
    object: "customer",
    address: null,
    balance: 0,
    created: ctx.nowSeconds(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: randomText(8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
    test_clock: null,
  };
  const customer = applyFields(blank, params);
  ctx.store.customers.put(customer);
  emit(ctx, "customer.created", customer);
  return customer;
}

/**
 * Returns a customer who has not been deleted.
 * @throws {ApiError} `resource_missing`
 */
export function requireCustomer(ctx: Context, id: string, param?: string): Customer {
  const customer = ctx.store.customers.get(id);
  if (customer === undefined || customer.deleted === true) throw missing("customer", id, param);
  return customer;
}

export const customers = [
  endpoint({
    method: "post",
    path: "/v1/customers",
    params: fields,
    returns: "customer",
    run: ({ ctx, params }) => createCustomer(ctx, params),
  }),
  endpoint({
    method: "get",
    path: "/v1/customers",
    params: z.strictObject({ ...paging, created: created.optional(), email: text(512).optional() }),
    returns: { list: "customer" },
    run({ ctx, params, url }) {
      const rows = ctx.store.customers.newestFirst().filter((row) => row.deleted !== true);
      const wanted = rows.filter(
        (row) =>
          isWithin(row.created, params.created) &&
          (params.email === undefined || row.email === params.email),
      );
      return paginate(wanted, params, "customer", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/customers/:id",
    params: z.strictObject({}),
    returns: "customer",
    run({ ctx, id }) {
      const customer = ctx.store.customers.get(id);
      if (customer === undefined) throw missing("customer", id);
      return customer;
    },
  }),
  endpoint({
    method: "post",
    path: "/v1/customers/:id",
    params: updateFields,
    returns: "customer",
    run({ ctx, params: { invoice_settings: settings, ...params }, id }) {
      const before = requireCustomer(ctx, id);
      const invoice_settings = updateInvoiceSettings(ctx, before, settings?.default_payment_method);
      const after = applyFields({ ...before, invoice_settings }, params);
      ctx.store.customers.put(after);
      const previous = previousAttributes(before, after);
      if (previous !== undefined) emit(ctx, "customer.updated", after, previous);
      return after;
    },
  }),
  endpoint({
    method: "delete",
    path: "/v1/customers/:id",
    params: z.strictObject({}),
    returns: "customer",
    run({ ctx, id }) {
      const customer = requireCustomer(ctx, id);
      for (const subscription of ctx.store.subscriptions.oldestFirst()) {
        const hasEnded = ["canceled", "incomplete_expired"].includes(subscription.status);
        if (subscription.customer === id && !hasEnded)
          endSubscription(ctx, subscription, "cancellation_requested");
      }
      emit(ctx, "customer.deleted", customer);
      for (const method of ctx.store.paymentMethods.oldestFirst()) {
        if (method.customer === id) ctx.store.paymentMethods.put({ ...method, customer: null });
      }
      return ctx.store.customers.put({ id, object: "customer", deleted: true });
    },
  }),
];
