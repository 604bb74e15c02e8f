import { z } from "zod";
import type { Context } from "../context.ts";
import { invalid } from "../errors.ts";
import { mergeMetadata } from "../metadata.ts";
import { bool, list, metadata, text } from "../params.ts";
import type { Session } from "../wire.ts";

const message = z.strictObject({ message: text(1200) });

/** The languages of the page (the package's declaration of `locale`). */
const LOCALES = [
  "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko",
  "lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW",
].flatMap((line) => line.split(" "));

/** The parameters that change what the page asks for and says. */
export const pageParams = {
  billing_address_collection: z.enum(["auto", "required"]).optional(),
  consent_collection: z.strictObject({ terms_of_service: z.enum(["none", "required"]) }).optional(),
  custom_text: z.strictObject({ submit: message.optional() }).optional(),
  customer_update: z
    .strictObject({
      address: z.enum(["auto", "never"]).optional(),
      name: z.enum(["auto", "never"]).optional(),
    })
    .optional(),
  invoice_creation: z
    .strictObject({
      enabled: bool,
      invoice_data: z
        .strictObject({
          custom_fields: list(z.strictObject({ name: text(40), value: text(140) }), 4).optional(),
          description: text(1500).optional(),
          footer: text(5000).optional(),
          metadata: metadata.optional(),
        })
        .optional(),
    })
    .optional(),
  locale: z.enum(LOCALES).optional(),
  tax_id_collection: z
    .strictObject({ enabled: bool, required: z.enum(["if_supported", "never"]).optional() })
    .optional(),
};

const schema = z.object(pageParams);
type PageParams = z.output<typeof schema>;

type PageFields = Pick<
  Session,
  | "billing_address_collection"
  | "consent_collection"
  | "custom_text"
  | "invoice_creation"
  | "locale"
> &
  Partial<Pick<Session, "tax_id_collection">>;

/**
 * Checks what depends on the account and the customer.
 * @throws {ApiError} 400 in Stripe's words
 */
export function checkPageParams(ctx: Context, params: PageParams, hasCustomer: boolean): void {
  if (params.tax_id_collection?.enabled === true && hasCustomer)
    if (params.customer_update?.name !== "auto")
      throw invalid(
        "Tax ID collection requires updating business name on the customer. To enable tax ID " +
          "collection for an existing customer, please set `customer_update[name]` to `auto`.",
        "tax_id_collection",
      );
  if (!hasCustomer && params.customer_update !== undefined)
    throw invalid("`customer_update` can only be used with `customer`.", "customer_update");
  if (params.consent_collection?.terms_of_service !== "required") return;
  if (ctx.store.settings.billing.lacksTermsUrl !== true) return;
  throw invalid(
    "You cannot collect consent to your terms of service unless a URL is set in the Stripe " +
      "Dashboard. Update your public business information with a Terms of service URL at " +
      "https://dashboard.stripe.com/settings/public.",
    "consent_collection[terms_of_service]",
  );
}

function showInvoiceCreation(
  params: PageParams["invoice_creation"],
  mode: Session["mode"],
): Session["invoice_creation"] {
  if (mode !== "payment") return null;
  const data = params?.invoice_data;
  return {
    enabled: params?.enabled ?? false,
    invoice_data: {
      account_tax_ids: null,
      custom_fields: data?.custom_fields ?? null,
      description: data?.description ?? null,
      footer: data?.footer ?? null,
      issuer: null,
      metadata: mergeMetadata({}, data?.metadata, "invoice_creation[invoice_data][metadata]"),
      rendering_options: null,
    },
  };
}

/** Returns the fields of a session that these parameters set. */
export const toPageFields = (params: PageParams, mode: Session["mode"]): PageFields => ({
  billing_address_collection: params.billing_address_collection ?? null,
  consent_collection:
    params.consent_collection === undefined
      ? null
      : {
          payment_method_reuse_agreement: null,
          promotions: null,
          terms_of_service: params.consent_collection.terms_of_service,
        },
  custom_text: {
    after_submit: null,
    shipping_address: null,
    submit: params.custom_text?.submit ?? null,
    terms_of_service_acceptance: null,
  },
  invoice_creation: showInvoiceCreation(params.invoice_creation, mode),
  locale: params.locale ?? null,
  ...(params.tax_id_collection === undefined
    ? {}
    : {
        tax_id_collection: {
          enabled: params.tax_id_collection.enabled,
          required: params.tax_id_collection.required ?? "never",
        },
      }),
});
