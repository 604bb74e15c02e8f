import type Stripe from "stripe";
import { z } from "zod";
import type { Config } from "../../../config.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { allowedOrigins, isAllowedReturnUrl } from "../../stripe/return-url.ts";
import { callStripe } from "../../stripe/stripe.ts";
import type { Subscription } from "../store.ts";
import type { SubscriptionOffer } from "./offer.ts";
import { withPortalConfiguration } from "./portal-configuration.ts";

/** A page of Stripe's customer portal. It can be opened once, for a few minutes. */
export interface PortalPage {
  readonly id: string;
  readonly url: string;
}

const pageSchema = z.object({ id: z.string(), url: z.string() });

/**
 * Resolves the URL that a portal page leads back to: the requested one, else our own front page.
 * @returns `invalid_request` naming the field for an origin that the operator does not allow
 */
export function resolvePortalReturnUrl(
  config: Config,
  returnUrl: string | undefined,
  field = "returnUrl",
): Result<string> {
  const url = returnUrl ?? `${config.PUBLIC_URL}/`;
  const origins = allowedOrigins(config);
  if (isAllowedReturnUrl(url, origins)) return ok(url);
  return fail("invalid_request", `${field}: must be a URL at one of ${origins.join(", ")}.`, {
    param: field,
  });
}

async function openPage(
  config: Config,
  params: Stripe.BillingPortal.SessionCreateParams,
): Promise<Result<PortalPage>> {
  const created = await callStripe(config, (stripe) =>
    stripe.billingPortal.sessions.create(params),
  );
  return created.ok ? ok(pageSchema.parse(created.value)) : created;
}

/** Opens the page on which a customer manages payment methods, invoices and the subscription. */
export async function openPortalPage(
  config: Config,
  stripeCustomerId: string,
  returnUrl: string,
): Promise<Result<PortalPage>> {
  return await withPortalConfiguration(config, undefined, (configuration) =>
    openPage(config, { configuration, customer: stripeCustomerId, return_url: returnUrl }),
  );
}

/**
 * Opens the page on which a customer confirms a change of a subscription. Stripe changes nothing
 * unless the amount due is paid.
 */
export async function openChangePage(
  config: Config,
  { stripeCustomerId, subscription }: { stripeCustomerId: string; subscription: Subscription },
  { offer, stripeProductId }: { offer: SubscriptionOffer; stripeProductId: string },
  returnUrl: string,
): Promise<Result<PortalPage>> {
  const price = { stripeProductId, stripePriceId: offer.stripePriceId };
  const items = [
    { id: subscription.stripeItemId, price: offer.stripePriceId, quantity: offer.quantity },
  ];
  return await withPortalConfiguration(config, price, (configuration) =>
    openPage(config, {
      configuration,
      customer: stripeCustomerId,
      return_url: returnUrl,
      flow_data: {
        type: "subscription_update_confirm",
        subscription_update_confirm: { subscription: subscription.id, items },
        after_completion: { type: "redirect", redirect: { return_url: returnUrl } },
      },
    }),
  );
}
