import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import type { Discount } from "../stripe/promotion-code.ts";
import type { ReturnUrls } from "../stripe/return-url.ts";

/** Where a page leads to, its language, and what makes it cheaper. */
export interface PageOptions extends ReturnUrls {
  readonly discounts: readonly Discount[];
  /** One of Stripe's languages; the browser's where it is missing. */
  readonly locale?: string | undefined;
}

type PageParams = Partial<Stripe.Checkout.SessionCreateParams>;

/**
 * Builds the parameters of taxes, as the operator chose. Taxes depend on the customer's address,
 * which our customers do not have before the page asks for it
 * (https://docs.stripe.com/tax/checkout#existing-customers). For a customer that exists, a tax id
 * is taken only where the page may also save the name that it belongs to.
 */
function buildTaxParams(config: Config): PageParams {
  const isTaxed = config.STRIPE_AUTOMATIC_TAX;
  const takesTaxIds = config.STRIPE_TAX_ID_COLLECTION;
  const asksForAddress = config.STRIPE_BILLING_ADDRESS === "required";
  const savesAddress = isTaxed || takesTaxIds || asksForAddress;
  return {
    ...(isTaxed ? { automatic_tax: { enabled: true } } : {}),
    ...(takesTaxIds ? { tax_id_collection: { enabled: true } } : {}),
    ...(asksForAddress ? { billing_address_collection: "required" as const } : {}),
    ...(savesAddress
      ? {
          customer_update: {
            address: "auto" as const,
            ...(takesTaxIds ? { name: "auto" as const } : {}),
          },
        }
      : {}),
  };
}

/**
 * Builds the parameters of discounts: the code that the buyer entered before, or else a field for
 * one. Stripe takes only one of the two. Either changes what is paid, and not the price that the
 * order was made for.
 */
const buildDiscountParams = (
  { STRIPE_PROMOTION_CODES: hasField }: Config,
  discounts: readonly Discount[],
): PageParams =>
  discounts.length > 0
    ? { discounts: [...discounts] }
    : hasField
      ? { allow_promotion_codes: true }
      : {};

/**
 * Builds the parameters that every page of Stripe's for a sale has, whether it is paid once or
 * again and again.
 */
export const buildPageParams = (config: Config, options: PageOptions): PageParams => ({
  ...(options.locale === undefined ? {} : { locale: options.locale }),
  ...buildDiscountParams(config, options.discounts),
  ...buildTaxParams(config),
  ...(config.STRIPE_TERMS_CONSENT
    ? { consent_collection: { terms_of_service: "required" as const } }
    : {}),
  ...(config.STRIPE_CHECKOUT_TEXT === ""
    ? {}
    : { custom_text: { submit: { message: config.STRIPE_CHECKOUT_TEXT } } }),
  success_url: options.successUrl,
  cancel_url: options.cancelUrl,
});
