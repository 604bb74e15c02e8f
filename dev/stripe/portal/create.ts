import { z } from "zod";
import type { Context } from "../context.ts";
import { invalid, missing } from "../errors.ts";
import { emit } from "../events.ts";
import { newId } from "../ids.ts";
import { int, list, text, url } from "../params.ts";
import { requireCustomer } from "../resources/customers.ts";
import { sessionConfiguration } from "../resources/portal-configurations.ts";
import { recurringPrice } from "../subscriptions/items.ts";
import type { PortalConfiguration, PortalSession, Subscription } from "../wire.ts";

const ofSubscription = z.strictObject({ subscription: text() });
const flowData = z.strictObject({
  after_completion: z
    .strictObject({
      hosted_confirmation: z.strictObject({ custom_message: text(500).optional() }).optional(),
      redirect: z.strictObject({ return_url: url }).optional(),
      type: z.enum(["hosted_confirmation", "portal_homepage", "redirect"]),
    })
    .optional(),
  subscription_cancel: ofSubscription.optional(),
  subscription_update: ofSubscription.optional(),
  subscription_update_confirm: z
    .strictObject({
      items: list(
        z.strictObject({
          id: text(),
          price: text().optional(),
          quantity: int(1, 999_999).optional(),
        }),
        1,
      ),
      subscription: text(),
    })
    .optional(),
  type: z.enum([
    "payment_method_update",
    "subscription_cancel",
    "subscription_update",
    "subscription_update_confirm",
  ]),
});
type FlowData = z.output<typeof flowData>;

export const createParams = z.strictObject({
  configuration: text().optional(),
  customer: text(),
  flow_data: flowData.optional(),
  return_url: url.optional(),
});

/**
 * Finds the subscription of a flow, which has to be the customer's own and changeable.
 * @throws {ApiError} 400
 */
function subscriptionOfFlow(
  ctx: Context,
  customer: string,
  { type, ...data }: FlowData,
): Subscription | undefined {
  if (type === "payment_method_update") return undefined;
  const flowDetails = data[type];
  const param = `flow_data[${type}]`;
  if (flowDetails === undefined)
    throw invalid(`Missing required param: ${param}.`, param, "parameter_missing");
  const subscription = ctx.store.subscriptions.get(flowDetails.subscription);
  if (subscription === undefined || subscription.customer !== customer) {
    throw missing("subscription", flowDetails.subscription, `${param}[subscription]`);
  }
  const subscriptionParam = `${param}[subscription]`;
  if (!["active", "past_due", "trialing", "unpaid"].includes(subscription.status)) {
    throw invalid(
      `This subscription cannot be changed because it is ${subscription.status}.`,
      subscriptionParam,
    );
  }
  if (type === "subscription_cancel" && subscription.cancel_at !== null) {
    throw invalid(
      "This subscription cannot be canceled because it is already set to be canceled.",
      subscriptionParam,
    );
  }
  if (type !== "subscription_cancel" && subscription.items.data.length > 1) {
    throw invalid(
      "This subscription cannot be updated because it has multiple items.",
      subscriptionParam,
    );
  }
  return subscription;
}

/**
 * Checks that a configuration has what a flow does.
 * @throws {ApiError} 400
 */
function checkFeature({ features }: PortalConfiguration, { type }: FlowData): void {
  if (type === "payment_method_update") {
    if (features.payment_method_update.enabled) return;
    throw invalid(
      "Payment methods cannot be updated because the payment method update feature in the portal " +
        "configuration is disabled.",
      "flow_data[type]",
    );
  }
  const [verb, feature] =
    type === "subscription_cancel"
      ? (["canceled", "subscription_cancel"] as const)
      : (["updated", "subscription_update"] as const);
  if (features[feature].enabled) return;
  throw invalid(
    `This subscription cannot be ${verb} because the ${feature.replace("_", " ")} feature in the ` +
      "portal configuration is disabled.",
    `flow_data[${type}][subscription]`,
  );
}

/** Lists the prices that a configuration offers. */
export const offeredPrices = ({ features }: PortalConfiguration): string[] =>
  (features.subscription_update.products ?? []).flatMap(({ prices }) => prices);

function checkConfirm(
  ctx: Context,
  configuration: PortalConfiguration,
  subscription: Subscription,
  { subscription_update_confirm: confirm }: FlowData,
): void {
  const param = "flow_data[subscription_update_confirm][items][0]";
  const [requested] = confirm?.items ?? [];
  const item = subscription.items.data.find(({ id }) => id === requested?.id);
  if (requested === undefined || item === undefined)
    throw missing("subscription_item", requested?.id ?? "", `${param}[id]`);
  const price =
    requested.price === undefined
      ? item.price
      : recurringPrice(ctx, { price: requested.price }, param);
  if (price.currency !== subscription.currency) {
    throw invalid(`The price specified only supports \`${price.currency}\`.`, `${param}[price]`);
  }
  const { default_allowed_updates: allowed } = configuration.features.subscription_update;
  const isOtherPrice = price.id !== item.price.id;
  if (
    isOtherPrice &&
    !(allowed.includes("price") && offeredPrices(configuration).includes(price.id))
  ) {
    throw invalid(
      `The price ${price.id} is not in the portal configuration's \`features[subscription_update]` +
        "[products]`.",
      `${param}[price]`,
    );
  }
  if ((requested.quantity ?? item.quantity) !== item.quantity && !allowed.includes("quantity")) {
    throw invalid(
      "The portal configuration does not let customers change the quantity.",
      `${param}[quantity]`,
    );
  }
  if (!isOtherPrice && (requested.quantity ?? item.quantity) === item.quantity) {
    throw invalid(
      "There is nothing to confirm: the subscription has this price and quantity already.",
      param,
    );
  }
}

/** Converts a flow into the form that the session shows. */
function toFlow(data: FlowData): NonNullable<PortalSession["flow"]> {
  const { after_completion: after, subscription_update_confirm: confirm } = data;
  return {
    after_completion: {
      hosted_confirmation:
        after?.type === "hosted_confirmation"
          ? { custom_message: after.hosted_confirmation?.custom_message ?? null }
          : null,
      redirect:
        after?.type === "redirect" ? { return_url: after.redirect?.return_url ?? "" } : null,
      type: after?.type ?? "portal_homepage",
    },
    customer_update: null,
    subscription_cancel:
      data.subscription_cancel === undefined
        ? null
        : { retention: null, subscription: data.subscription_cancel.subscription },
    subscription_pause: null,
    subscription_update: data.subscription_update ?? null,
    subscription_update_confirm:
      confirm === undefined
        ? null
        : {
            discounts: null,
            items: confirm.items.map(({ id, price = null, quantity }) => ({
              id,
              price,
              ...(quantity === undefined ? {} : { quantity }),
            })),
            subscription: confirm.subscription,
          },
    type: data.type,
  };
}

/**
 * Creates a portal session for a customer.
 * @throws {ApiError} 400 for an impossible flow
 */
export function createPortalSession(
  ctx: Context,
  params: z.output<typeof createParams>,
): PortalSession {
  const customer = requireCustomer(ctx, params.customer, "customer");
  const { flow_data: flow } = params;
  if (flow?.after_completion?.type === "redirect" && flow.after_completion.redirect === undefined) {
    const param = "flow_data[after_completion][redirect]";
    throw invalid(`Missing required param: ${param}.`, param, "parameter_missing");
  }
  const configuration = sessionConfiguration(ctx, params.configuration);
  if (flow !== undefined) checkFeature(configuration, flow);
  const subscription = flow === undefined ? undefined : subscriptionOfFlow(ctx, customer.id, flow);
  if (flow?.type === "subscription_update_confirm" && subscription !== undefined)
    checkConfirm(ctx, configuration, subscription, flow);
  const id = newId("bps", 23, "1");
  const session = ctx.store.portalSessions.put({
    id,
    object: "billing_portal.session",
    configuration: configuration.id,
    created: ctx.nowSeconds(),
    customer: customer.id,
    customer_account: null,
    flow: flow === undefined ? null : toFlow(flow),
    livemode: false,
    locale: null,
    on_behalf_of: null,
    return_url: params.return_url ?? configuration.default_return_url,
    url: `${ctx.origin}/p/session/${id}`,
  });
  emit(ctx, "billing_portal.session.created", session);
  return session;
}
