import { z } from "zod";
import { findTestCard } from "../checkout/cards.ts";
import type { Context } from "../context.ts";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { emit, previousAttributes } from "../events.ts";
import { paginate } from "../list.ts";
import { mergeMetadata } from "../metadata.ts";
import { email, int, metadata, paging, text, unsettable } from "../params.ts";
import { attach, detach, findMethod, storeBankAccount, storeCard } from "../payments/methods.ts";
import type { PaymentMethod } from "../wire.ts";
import { requireCustomer } from "./customers.ts";

const type = z.enum(["card", "us_bank_account"]);
const billing = z.strictObject({
  email: unsettable(email).optional(),
  name: unsettable(text()).optional(),
  phone: unsettable(text()).optional(),
});
const billingDetails = (given: z.output<typeof billing> | undefined) =>
  Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined));

const createParams = z.strictObject({
  billing_details: billing.optional(),
  card: z.strictObject({ token: text() }).optional(),
  metadata: metadata.optional(),
  type,
  us_bank_account: z
    .strictObject({
      account_holder_type: z.enum(["individual"]),
      account_number: text(),
      routing_number: text(),
    })
    .optional(),
});

function createMethod(ctx: Context, params: z.output<typeof createParams>): PaymentMethod {
  const { type, card, us_bank_account: bank } = params;
  const holder = {
    billingDetails: billingDetails(params.billing_details),
    metadata: mergeMetadata({}, params.metadata),
  };
  if (type === "us_bank_account") {
    if (bank === undefined)
      throw invalid(
        "Missing required param: us_bank_account.",
        "us_bank_account",
        "parameter_missing",
      );
    if (bank.account_number !== "000123456789" || bank.routing_number !== "110000000") {
      throw invalid(
        "You must use a test bank account number in test mode.",
        "us_bank_account[account_number]",
      );
    }
    return storeBankAccount(ctx, holder);
  }
  if (card === undefined)
    throw invalid("Missing required param: card.", "card", "parameter_missing");
  const known = card.token.startsWith("tok_")
    ? findTestCard(card.token, ctx.nowSeconds() * 1000)
    : undefined;
  if (known === undefined) throw missing("token", card.token, "card[token]");
  return storeCard(ctx, known, holder);
}

/** Finds an existing payment method. The names of test cards only work where one is created. */
function findExisting(ctx: Context, id: string): PaymentMethod {
  const method = ctx.store.paymentMethods.get(id);
  if (method === undefined) throw missing("PaymentMethod", id);
  return method;
}

const listByCustomer = (ctx: Context, customer: string, wanted: string | undefined) =>
  ctx.store.paymentMethods
    .newestFirst()
    .filter((row) => row.customer === customer && (wanted === undefined || row.type === wanted));

export const paymentMethods = [
  endpoint({
    method: "post",
    path: "/v1/payment_methods",
    params: createParams,
    returns: "payment_method",
    run: ({ ctx, params }) => createMethod(ctx, params),
  }),
  endpoint({
    method: "get",
    path: "/v1/payment_methods",
    params: z.strictObject({ ...paging, customer: text(), type: type.optional() }),
    returns: { list: "payment_method" },
    run({ ctx, params, url }) {
      const { id } = requireCustomer(ctx, params.customer, "customer");
      return paginate(listByCustomer(ctx, id, params.type), params, "payment_method", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/payment_methods/:id",
    params: z.strictObject({}),
    returns: "payment_method",
    run: ({ ctx, id }) => findExisting(ctx, id),
  }),
  endpoint({
    method: "post",
    path: "/v1/payment_methods/:id",
    params: z.strictObject({
      billing_details: billing.optional(),
      card: z
        .strictObject({ exp_month: int(1, 12).optional(), exp_year: int(2000, 2100).optional() })
        .optional(),
      metadata: metadata.optional(),
    }),
    returns: "payment_method",
    run({ ctx, params, id }) {
      const before = findExisting(ctx, id);
      if (before.customer === null) {
        throw invalid(
          "You must save this PaymentMethod to a customer before you can update it.",
          "payment_method",
        );
      }
      const { exp_month, exp_year } = params.card ?? {};
      const after: PaymentMethod = {
        ...before,
        billing_details: { ...before.billing_details, ...billingDetails(params.billing_details) },
        ...(before.card === undefined
          ? {}
          : {
              card: {
                ...before.card,
                exp_month: exp_month ?? before.card.exp_month,
                exp_year: exp_year ?? before.card.exp_year,
              },
            }),
        metadata: mergeMetadata(before.metadata ?? {}, params.metadata),
      };
      const previous = previousAttributes(before, after);
      if (previous === undefined) return before;
      emit(ctx, "payment_method.updated", after, previous);
      return ctx.store.paymentMethods.put(after);
    },
  }),
  endpoint({
    method: "post",
    path: "/v1/payment_methods/:id/attach",
    params: z.strictObject({ customer: text() }),
    returns: "payment_method",
    run: ({ ctx, params, id }) => attach(ctx, findMethod(ctx, id), params.customer),
  }),
  endpoint({
    method: "post",
    path: "/v1/payment_methods/:id/detach",
    params: z.strictObject({}),
    returns: "payment_method",
    run({ ctx, id }) {
      const method = findExisting(ctx, id);
      if (method.customer === null) {
        throw invalid(
          "The payment method you provided is not attached to a customer " +
            "so detachment is impossible.",
        );
      }
      return detach(ctx, method);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/customers/:id/payment_methods",
    params: z.strictObject({ ...paging, type: type.optional() }),
    returns: { list: "payment_method" },
    run({ ctx, params, id, url }) {
      return paginate(
        listByCustomer(ctx, requireCustomer(ctx, id).id, params.type),
        params,
        "payment_method",
        url,
      );
    },
  }),
];
