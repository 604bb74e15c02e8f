import { z } from "zod";
import type { Config } from "../../../config.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { isAllowedReturnUrl } from "../../stripe/return-url.ts";
import { callStripe } from "../../stripe/stripe.ts";
import type { Subscription } from "../store.ts";
import type { SubscriptionOffer } from "./offer.ts";

/** One of Stripe's own pages for a customer: once, for a few minutes. */
export interface PortalPage {
  readonly id: string;
  readonly url: string;
}

const pageSchema = z.object({ id: z.string(), url: z.string() });

/** Where the page leads back to; our own front page when nothing was asked for. */
export function resolvePortalReturnUrl(
  config: Config,
  returnUrl: string | undefined,
  field = "returnUrl",
): Result<string> {
  const url = returnUrl ?? `${config.PUBLIC_URL}/`;
  const origins = [config.PUBLIC_URL, ...config.ALLOWED_ORIGINS];
  if (isAllowedReturnUrl(url, origins)) return ok(url);
  return fail("invalid_request", `${field}: must be a URL at one of ${origins.join(", ")}.`, {
    param: field,
  });
}

/** The page on which a customer sees to payment methods, invoices and the subscription. */
export async function openPortalPage(
  config: Config,
  stripeCustomerId: string,
  returnUrl: string,
): Promise<Result<PortalPage>> {
  const created = await callStripe(config, (stripe) =>
    stripe.billingPortal.sessions.create({ customer: stripeCustomerId, return_url: returnUrl }),
  );
  return created.ok ? ok(pageSchema.parse(created.value)) : created;
}

/**
 * The page on which a customer confirms that a subscription becomes another. Stripe changes nothing
 * unless what is due is paid.
 */
export async function openChangePage(
  config: Config,
  { stripeCustomerId, subscription }: { stripeCustomerId: string; subscription: Subscription },
  offer: SubscriptionOffer,
  returnUrl: string,
): Promise<Result<PortalPage>> {
  const items = [
    { id: subscription.stripeItemId, price: offer.stripePriceId, quantity: offer.quantity },
  ];
  const created = await callStripe(config, (stripe) =>
    stripe.billingPortal.sessions.create({
      customer: stripeCustomerId,
      return_url: returnUrl,
      flow_data: {
        type: "subscription_update_confirm",
        subscription_update_confirm: { subscription: subscription.id, items },
        after_completion: { type: "redirect", redirect: { return_url: returnUrl } },
      },
    }),
  );
  return created.ok ? ok(pageSchema.parse(created.value)) : created;
}
