import { z } from "zod";
import type { Context } from "../context.ts";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { previousAttributes } from "../events.ts";
import { isWithin, paginate } from "../list.ts";
import { mergeMetadata } from "../metadata.ts";
import {
  bool,
  created,
  currency,
  email,
  int,
  metadata,
  paging,
  text,
  unsettable,
  url,
} from "../params.ts";
import {
  checkAmount,
  checkNotInCheckout,
  confirmIntent,
  unexpectedState,
} from "../payments/confirm.ts";
import { cancelIntent, createPaymentIntent } from "../payments/intent.ts";
import { checkUsable, findMethod } from "../payments/methods.ts";
import type { PaymentIntent } from "../wire.ts";
import { requireCustomer } from "./customers.ts";

const usage = z.enum(["off_session", "on_session"]);
const common = {
  description: text(1000).optional(),
  metadata: metadata.optional(),
  payment_method: text().optional(),
  receipt_email: email.optional(),
  setup_future_usage: unsettable(usage).optional(),
  statement_descriptor_suffix: text(22).optional(),
};
const createParams = z.strictObject({
  ...common,
  amount: int(0),
  automatic_payment_methods: z
    .strictObject({ enabled: bool, allow_redirects: z.enum(["always", "never"]).optional() })
    .optional(),
  confirm: bool.optional(),
  currency,
  customer: text().optional(),
  off_session: bool.optional(),
  return_url: url.optional(),
});

/**
 * Finds a payment intent by its id.
 * @throws {ApiError} `resource_missing`
 */
function findIntent(ctx: Context, id: string): PaymentIntent {
  const intent = ctx.store.paymentIntents.get(id);
  if (intent === undefined) throw missing("payment_intent", id);
  return intent;
}

function createIntent(ctx: Context, params: z.output<typeof createParams>): PaymentIntent {
  checkAmount(params.amount, params.currency);
  if (params.confirm !== true) {
    const [tooEarly] = (["off_session", "return_url"] as const).filter(
      (name) => params[name] !== undefined,
    );
    if (tooEarly !== undefined)
      throw invalid(`You can only set \`${tooEarly}\` when \`confirm\` is true.`, tooEarly);
  }
  const customer =
    params.customer === undefined ? null : requireCustomer(ctx, params.customer, "customer").id;
  const method =
    params.payment_method === undefined
      ? undefined
      : findMethod(ctx, params.payment_method, "payment_method");
  if (method !== undefined) checkUsable(ctx, method, customer);
  const automatic = params.automatic_payment_methods;
  const isAutomatic = automatic?.enabled !== false;
  const intent = createPaymentIntent(ctx, {
    amount: params.amount,
    currency: params.currency,
    automatic_payment_methods: isAutomatic
      ? { allow_redirects: automatic?.allow_redirects ?? "always", enabled: true }
      : null,
    customer,
    description: params.description ?? null,
    metadata: mergeMetadata({}, params.metadata),
    payment_method: method?.id ?? null,
    payment_method_types: isAutomatic ? ["card", "us_bank_account"] : ["card"],
    receipt_email: params.receipt_email ?? null,
    setup_future_usage: params.setup_future_usage ?? null,
    statement_descriptor_suffix: params.statement_descriptor_suffix ?? null,
    status: method === undefined ? "requires_payment_method" : "requires_confirmation",
  });
  if (params.confirm !== true) return intent;
  return confirmIntent(ctx, intent, {
    offSession: params.off_session,
    returnUrl: params.return_url,
  });
}

const updateParams = z.strictObject({
  ...common,
  amount: int(0).optional(),
  currency: currency.optional(),
  customer: text().optional(),
});

function updateIntent(
  ctx: Context,
  before: PaymentIntent,
  params: z.output<typeof updateParams>,
): PaymentIntent {
  const { metadata, payment_method, customer, ...plain } = params;
  const isOpen = ["requires_payment_method", "requires_confirmation", "requires_action"].includes(
    before.status,
  );
  const [money] = (["amount", "currency", "customer", "payment_method"] as const).filter(
    (name) => params[name] !== undefined,
  );
  if (!isOpen && money !== undefined) {
    const message =
      `This PaymentIntent's ${money} could not be updated because it has a status of ` +
      `${before.status}. You may only update the ${money} of a PaymentIntent with one of the ` +
      "following statuses: requires_payment_method, requires_confirmation, requires_action.";
    throw unexpectedState(message, before);
  }
  const owner =
    customer === undefined ? before.customer : requireCustomer(ctx, customer, "customer").id;
  const method =
    payment_method === undefined ? undefined : findMethod(ctx, payment_method, "payment_method");
  if (method !== undefined) checkUsable(ctx, method, owner);
  const set = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
  const after: PaymentIntent = {
    ...before,
    ...set,
    customer: owner,
    ...(method === undefined
      ? {}
      : { payment_method: method.id, status: "requires_confirmation", next_action: null }),
    metadata: mergeMetadata(before.metadata, metadata),
  };
  checkAmount(after.amount, after.currency);
  return previousAttributes(before, after) === undefined
    ? before
    : ctx.store.paymentIntents.put(after);
}

export const paymentIntents = [
  endpoint({
    method: "post",
    path: "/v1/payment_intents",
    params: createParams,
    returns: "payment_intent",
    run: ({ ctx, params }) => createIntent(ctx, params),
  }),
  endpoint({
    method: "get",
    path: "/v1/payment_intents",
    params: z.strictObject({ ...paging, created: created.optional(), customer: text().optional() }),
    returns: { list: "payment_intent" },
    run({ ctx, params, url }) {
      const wanted = ctx.store.paymentIntents
        .newestFirst()
        .filter(
          (row) =>
            isWithin(row.created, params.created) &&
            (params.customer === undefined || row.customer === params.customer),
        );
      return paginate(wanted, params, "payment_intent", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/payment_intents/:id",
    params: z.strictObject({}),
    returns: "payment_intent",
    run: ({ ctx, id }) => findIntent(ctx, id),
  }),
  endpoint({
    method: "post",
    path: "/v1/payment_intents/:id",
    params: updateParams,
    returns: "payment_intent",
    run: ({ ctx, params, id }) => updateIntent(ctx, findIntent(ctx, id), params),
  }),
  endpoint({
    method: "post",
    path: "/v1/payment_intents/:id/confirm",
    params: z.strictObject({
      off_session: bool.optional(),
      payment_method: text().optional(),
      return_url: url.optional(),
      setup_future_usage: unsettable(usage).optional(),
    }),
    returns: "payment_intent",
    run: ({ ctx, params, id }) =>
      confirmIntent(ctx, findIntent(ctx, id), {
        methodId: params.payment_method,
        offSession: params.off_session,
        returnUrl: params.return_url,
        usage: params.setup_future_usage,
      }),
  }),
  endpoint({
    method: "post",
    path: "/v1/payment_intents/:id/cancel",
    params: z.strictObject({
      cancellation_reason: z
        .enum(["abandoned", "duplicate", "fraudulent", "requested_by_customer"])
        .optional(),
    }),
    returns: "payment_intent",
    run({ ctx, params, id }) {
      const intent = findIntent(ctx, id);
      checkNotInCheckout(ctx, intent, "cancel");
      // A bank debit in progress cannot be canceled, although Stripe lists `processing` among the
      // states.
      if (["succeeded", "canceled", "processing"].includes(intent.status)) {
        const message =
          `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. ` +
          "Only a PaymentIntent with one of the following statuses may be canceled: " +
          "requires_payment_method, requires_capture, requires_confirmation, requires_action, " +
          "processing.";
        throw unexpectedState(message, intent);
      }
      return cancelIntent(ctx, intent, params.cancellation_reason ?? null);
    },
  }),
];
