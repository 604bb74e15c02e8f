import { z } from "zod";
import type { Context } from "../context.ts";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { emit, previousAttributes } from "../events.ts";
import { newId } from "../ids.ts";
import { paginate } from "../list.ts";
import { mergeMetadata } from "../metadata.ts";
import { bool, int, list, metadata, paging, text, unsettable, url } from "../params.ts";
import type { PortalConfiguration } from "../wire.ts";
import { findPrice } from "./prices.ts";
import { findProduct } from "./products.ts";

const featureParams = z.strictObject({
  customer_update: z
    .strictObject({
      allowed_updates: list(
        z.enum(["address", "email", "name", "phone", "shipping", "tax_id"]),
      ).optional(),
      enabled: bool,
    })
    .optional(),
  invoice_history: z.strictObject({ enabled: bool }).optional(),
  payment_method_update: z.strictObject({ enabled: bool }).optional(),
  subscription_cancel: z
    .strictObject({
      enabled: bool,
      mode: z.enum(["at_period_end", "immediately"]).default("at_period_end"),
      proration_behavior: z.enum(["always_invoice", "create_prorations", "none"]).default("none"),
    })
    .optional(),
  subscription_update: z
    .strictObject({
      billing_cycle_anchor: z.enum(["now", "unchanged"]).optional(),
      default_allowed_updates: list(z.enum(["price", "promotion_code", "quantity"])).optional(),
      enabled: bool,
      products: list(
        z.strictObject({
          adjustable_quantity: z
            .strictObject({
              enabled: bool,
              maximum: int(1).optional(),
              minimum: int(0).optional(),
            })
            .optional(),
          prices: list(text()),
          product: text(),
        }),
        10,
      ).optional(),
      proration_behavior: z.enum(["always_invoice", "create_prorations", "none"]).default("none"),
      trial_update_behavior: z.enum(["continue_trial", "end_trial"]).optional(),
    })
    .optional(),
});
type FeatureParams = z.output<typeof featureParams>;
type Features = PortalConfiguration["features"];

const createParams = z.strictObject({
  business_profile: z
    .strictObject({
      headline: text(60).optional(),
      privacy_policy_url: url.optional(),
      terms_of_service_url: url.optional(),
    })
    .optional(),
  default_return_url: url.optional(),
  features: featureParams,
  metadata: metadata.optional(),
  name: text(255).optional(),
});

/**
 * Reads the part of a configuration about changes of subscriptions.
 * @throws {ApiError} 400 for what is not sold, or is not named
 */
function readUpdate(
  ctx: Context,
  requested: FeatureParams["subscription_update"],
): Features["subscription_update"] {
  const param = "features[subscription_update]";
  for (const name of ["default_allowed_updates", "products"] as const) {
    if (requested?.enabled === true && (requested[name] ?? []).length === 0) {
      const full = `${param}[${name}]`;
      throw invalid(`Missing required param: ${full}.`, full, "parameter_missing");
    }
  }
  const products = (requested?.products ?? []).map(({ product, prices, ...rest }, index) => {
    const where = `${param}[products][${index}]`;
    findProduct(ctx, product, `${where}[product]`);
    const found = prices.map((id) => findPrice(ctx, id, `${where}[prices]`));
    if (found.some((price) => price.product !== product || !price.active)) {
      throw invalid(
        `The prices of ${product} have to be active prices of that product.`,
        `${where}[prices]`,
      );
    }
    if (found.some((price) => price.recurring?.usage_type !== "licensed"))
      throw invalid("Only recurring, licensed prices can be chosen.", `${where}[prices]`);
    const { enabled = false, minimum = 1, maximum = null } = rest.adjustable_quantity ?? {};
    return { adjustable_quantity: { enabled, maximum, minimum }, prices, product };
  });
  return {
    billing_cycle_anchor: requested?.billing_cycle_anchor ?? null,
    default_allowed_updates: requested?.default_allowed_updates ?? [],
    enabled: requested?.enabled ?? false,
    products,
    proration_behavior: requested?.proration_behavior ?? "none",
    schedule_at_period_end: { conditions: [] },
    trial_update_behavior: requested?.trial_update_behavior ?? "end_trial",
  };
}

/** @throws {ApiError} 400 for prorations of a subscription that ends with its period */
function readCancel(requested: FeatureParams["subscription_cancel"]) {
  const { enabled = false, mode = "at_period_end", proration_behavior = "none" } = requested ?? {};
  if (mode === "at_period_end" && proration_behavior !== "none") {
    throw invalid(
      "`proration_behavior` has to be `none` where `mode` is `at_period_end`.",
      "features[subscription_cancel][proration_behavior]",
    );
  }
  const cancellation_reason = { enabled: false, feedback_options: null, options: [] };
  return { cancellation_reason, enabled, mode, proration_behavior };
}

function readFeatures(ctx: Context, requested: FeatureParams): Features {
  const { customer_update: customer } = requested;
  if (customer?.enabled === true && (customer.allowed_updates ?? []).length === 0) {
    const param = "features[customer_update][allowed_updates]";
    throw invalid(`Missing required param: ${param}.`, param, "parameter_missing");
  }
  return {
    customer_update: {
      allowed_updates: customer?.allowed_updates ?? [],
      enabled: customer?.enabled ?? false,
    },
    invoice_history: { enabled: requested.invoice_history?.enabled ?? false },
    payment_method_update: {
      enabled: requested.payment_method_update?.enabled ?? false,
      payment_method_configuration: null,
    },
    subscription_cancel: readCancel(requested.subscription_cancel),
    subscription_pause: { duration: { interval_options: [], type: "indefinite" }, enabled: false },
    subscription_update: readUpdate(ctx, requested.subscription_update),
  };
}

function createConfiguration(
  ctx: Context,
  params: z.output<typeof createParams>,
): PortalConfiguration {
  const { business_profile: profile } = params;
  const now = ctx.nowSeconds();
  const configuration = ctx.store.portalConfigurations.put({
    id: newId("bpc", 23, "1"),
    object: "billing_portal.configuration",
    active: true,
    application: null,
    business_profile: {
      headline: profile?.headline ?? null,
      privacy_policy_url: profile?.privacy_policy_url ?? null,
      terms_of_service_url: profile?.terms_of_service_url ?? null,
    },
    created: now,
    default_return_url: params.default_return_url ?? null,
    features: readFeatures(ctx, params.features),
    is_default: false,
    livemode: false,
    login_page: { enabled: false, url: null },
    metadata: mergeMetadata({}, params.metadata),
    name: params.name ?? null,
    updated: now,
  });
  emit(ctx, "billing_portal.configuration.created", configuration);
  return configuration;
}

function findConfiguration(ctx: Context, id: string, param?: string): PortalConfiguration {
  const configuration = ctx.store.portalConfigurations.get(id);
  if (configuration === undefined) throw missing("configuration", id, param);
  return configuration;
}

/**
 * Finds the configuration of a new session. There is no default: nobody has saved settings in this
 * Stripe's dashboard.
 * @throws {ApiError} 400 for none, or one that is not active
 */
export function sessionConfiguration(ctx: Context, id: string | undefined): PortalConfiguration {
  if (id === undefined) {
    throw invalid(
      "No configuration provided and your test mode default configuration has not been created. " +
        "Provide a configuration or create your default by saving your customer portal settings " +
        "in test mode at https://dashboard.stripe.com/test/settings/billing/portal.",
    );
  }
  const configuration = findConfiguration(ctx, id, "configuration");
  if (!configuration.active)
    throw invalid(`The configuration ${id} is not active.`, "configuration");
  return configuration;
}

export const portalConfigurations = [
  endpoint({
    method: "post",
    path: "/v1/billing_portal/configurations",
    params: createParams,
    returns: "billing_portal.configuration",
    run: ({ ctx, params }) => createConfiguration(ctx, params),
  }),
  endpoint({
    method: "get",
    path: "/v1/billing_portal/configurations",
    params: z.strictObject({ ...paging, active: bool.optional(), is_default: bool.optional() }),
    returns: { list: "billing_portal.configuration" },
    run({ ctx, params, url: path }) {
      const wanted = ctx.store.portalConfigurations
        .newestFirst()
        .filter(
          (row) =>
            (params.active === undefined || row.active === params.active) &&
            (params.is_default === undefined || row.is_default === params.is_default),
        );
      return paginate(wanted, params, "configuration", path);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/billing_portal/configurations/:id",
    params: z.strictObject({}),
    returns: "billing_portal.configuration",
    run: ({ ctx, id }) => findConfiguration(ctx, id),
  }),
  endpoint({
    method: "post",
    path: "/v1/billing_portal/configurations/:id",
    params: z.strictObject({
      active: bool.optional(),
      metadata: metadata.optional(),
      name: unsettable(text(255)).optional(),
    }),
    returns: "billing_portal.configuration",
    run({ ctx, params, id }) {
      const before = findConfiguration(ctx, id);
      const after: PortalConfiguration = {
        ...before,
        active: params.active ?? before.active,
        metadata: mergeMetadata(before.metadata ?? {}, params.metadata),
        name: params.name === undefined ? before.name : params.name,
        updated: ctx.nowSeconds(),
      };
      emit(ctx, "billing_portal.configuration.updated", after, previousAttributes(before, after));
      return ctx.store.portalConfigurations.put(after);
    },
  }),
];
