import type { Context } from "../../context.ts";
import type { Result } from "../../errors.ts";
import {
  type Checkout,
  type OpenCheckoutPageParams,
  openCheckoutPage,
} from "./open-checkout-page.ts";
import type { Offer } from "./order-terms.ts";
import type { PageOptions } from "./page-params.ts";
import { buildSessionParams } from "./session-params.ts";

/**
 * Offers something that is paid once on a checkout page at Stripe.
 * @returns the page, or why Stripe did not make it
 */
export const openSalePage = (
  ctx: Context,
  buyer: OpenCheckoutPageParams["buyer"],
  offer: Offer,
  options: PageOptions,
): Promise<Result<Checkout>> =>
  openCheckoutPage(ctx, { buyer, terms: offer.terms }, (page) =>
    buildSessionParams(ctx.config, page, offer, options),
  );
