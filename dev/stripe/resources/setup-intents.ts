import { z } from "zod";
import type { Context } from "../context.ts";
import { endpoint } from "../endpoint.ts";
import { ApiError, Declined, invalid, missing } from "../errors.ts";
import { emit } from "../events.ts";
import { newId, randomText } from "../ids.ts";
import { mergeMetadata } from "../metadata.ts";
import { bool, metadata, text, url } from "../params.ts";
import { attachTo, behaviourOfMethod, checkUsable, findMethod } from "../payments/methods.ts";
import type { SetupIntent } from "../wire.ts";
import { requireCustomer } from "./customers.ts";

const createParams = z.strictObject({
  automatic_payment_methods: z
    .strictObject({ enabled: bool, allow_redirects: z.enum(["always", "never"]).optional() })
    .optional(),
  confirm: bool.optional(),
  customer: text().optional(),
  description: text(1000).optional(),
  metadata: metadata.optional(),
  payment_method: text().optional(),
  return_url: url.optional(),
  usage: z.enum(["off_session", "on_session"]).optional(),
});

function findSetup(ctx: Context, id: string): SetupIntent {
  const setup = ctx.store.setupIntents.get(id);
  if (setup === undefined) throw missing("setupintent", id);
  return setup;
}

/**
 * Saves a payment method with its holder's consent.
 * @throws {ApiError} 400, and 402 when the bank declines
 */
function confirmSetup(
  ctx: Context,
  setup: SetupIntent,
  methodId: string | undefined,
  returnUrl: string | undefined,
): SetupIntent {
  if (setup.status === "succeeded" || setup.status === "canceled") {
    throw new ApiError(400, {
      type: "invalid_request_error",
      code: "setup_intent_unexpected_state",
      message: `You cannot confirm this SetupIntent because it has a status of ${setup.status}.`,
      setup_intent: setup,
    });
  }
  const id = methodId ?? setup.payment_method;
  if (id === null)
    throw invalid(
      "You cannot confirm this SetupIntent because it's missing a payment method.",
      "payment_method",
    );
  if (returnUrl === undefined && setup.automatic_payment_methods?.allow_redirects === "always") {
    throw invalid(
      "This SetupIntent accepts payment methods that might redirect your customer: " +
        "you must provide a `return_url`.",
    );
  }
  const method = findMethod(ctx, id, "payment_method");
  checkUsable(ctx, method, setup.customer);
  const behaviour = behaviourOfMethod(ctx, method);
  if (behaviour.does === "authenticates") {
    throw invalid(
      "The local Stripe does not authenticate a card that is only set up. Use another test card.",
      "payment_method",
    );
  }
  if (behaviour.does === "declines" && behaviour.canBeSaved !== true) {
    const { code, declineCode, message } = behaviour;
    const failed = ctx.store.setupIntents.put({
      ...setup,
      status: "requires_payment_method",
      payment_method: null,
      last_setup_error: {
        type: "card_error",
        code,
        decline_code: declineCode,
        message,
        payment_method: method,
      },
    });
    emit(ctx, "setup_intent.setup_failed", failed);
    throw new Declined({
      code,
      decline_code: declineCode,
      message,
      payment_method: method,
      setup_intent: failed,
    });
  }
  if (setup.customer !== null) attachTo(ctx, method, setup.customer);
  const succeeded = ctx.store.setupIntents.put({
    ...setup,
    status: "succeeded",
    payment_method: method.id,
    last_setup_error: null,
  });
  emit(ctx, "setup_intent.succeeded", succeeded);
  return succeeded;
}

export const setupIntents = [
  endpoint({
    method: "post",
    path: "/v1/setup_intents",
    params: createParams,
    returns: "setup_intent",
    run({ ctx, params }) {
      const customer =
        params.customer === undefined ? null : requireCustomer(ctx, params.customer, "customer").id;
      const method =
        params.payment_method === undefined
          ? undefined
          : findMethod(ctx, params.payment_method, "payment_method");
      const automatic = params.automatic_payment_methods;
      const id = newId("seti", 23, "1");
      const setup = ctx.store.setupIntents.put({
        id,
        object: "setup_intent",
        allowed_payment_method_types: null,
        application: null,
        automatic_payment_methods:
          automatic?.enabled === false
            ? null
            : { allow_redirects: automatic?.allow_redirects ?? "always", enabled: true },
        cancellation_reason: null,
        client_secret: `${id}_secret_${randomText(25)}`,
        created: ctx.nowSeconds(),
        customer,
        description: params.description ?? null,
        excluded_payment_method_types: null,
        last_setup_error: null,
        latest_attempt: null,
        livemode: false,
        mandate: null,
        metadata: mergeMetadata({}, params.metadata),
        next_action: null,
        on_behalf_of: null,
        payment_method: method?.id ?? null,
        payment_method_configuration_details: null,
        payment_method_options: null,
        payment_method_types: ["card"],
        single_use_mandate: null,
        status: method === undefined ? "requires_payment_method" : "requires_confirmation",
        usage: params.usage ?? "off_session",
      });
      emit(ctx, "setup_intent.created", setup);
      return params.confirm === true
        ? confirmSetup(ctx, setup, undefined, params.return_url)
        : setup;
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/setup_intents/:id",
    params: z.strictObject({}),
    returns: "setup_intent",
    run: ({ ctx, id }) => findSetup(ctx, id),
  }),
  endpoint({
    method: "post",
    path: "/v1/setup_intents/:id/confirm",
    params: z.strictObject({ payment_method: text().optional(), return_url: url.optional() }),
    returns: "setup_intent",
    run: ({ ctx, params, id }) =>
      confirmSetup(ctx, findSetup(ctx, id), params.payment_method, params.return_url),
  }),
];
