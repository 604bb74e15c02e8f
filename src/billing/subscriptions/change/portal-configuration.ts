import type Stripe from "stripe";
import type { Config } from "../../../config.ts";
import { sha256Hex } from "../../../digest.ts";
import { ok, type Result } from "../../../errors.ts";
import { createOnce, requestKey } from "../../stripe/create-once.ts";
import { fetchAllFromStripe } from "../../stripe/fetch-from-stripe.ts";

type Features = Stripe.BillingPortal.ConfigurationCreateParams.Features;

/** The metadata by which a configuration is found again. */
const METADATA_KEY = "farebox";
const QUANTITY_MAX = 999_999;

/**
 * What a customer may do in the portal. Plans are changed by the confirmation of one change alone,
 * and a subscription ends with its period: what the operator's dashboard allows does not matter.
 */
const HOME = {
  customer_update: { enabled: true, allowed_updates: ["address", "name", "tax_id"] },
  invoice_history: { enabled: true },
  payment_method_update: { enabled: true },
  subscription_cancel: { enabled: true, mode: "at_period_end", proration_behavior: "none" },
  subscription_update: { enabled: false },
} satisfies Features;

/** A price to which a subscription is changed in the portal. */
export interface PortalPrice {
  readonly stripeProductId: string;
  readonly stripePriceId: string;
}

/**
 * Builds the features of a portal page. For a change they have its price alone: Stripe's portal
 * offers only prices that its configuration lists, of ten products at most.
 */
function buildFeatures(price: PortalPrice | undefined): Features {
  if (price === undefined) return HOME;
  const { stripeProductId: product, stripePriceId } = price;
  return {
    ...HOME,
    subscription_update: {
      enabled: true,
      default_allowed_updates: ["price", "quantity"],
      products: [
        {
          product,
          prices: [stripePriceId],
          adjustable_quantity: { enabled: true, minimum: 1, maximum: QUANTITY_MAX },
        },
      ],
      proration_behavior: "always_invoice",
      billing_cycle_anchor: "unchanged",
      trial_update_behavior: "end_trial",
    },
  };
}

/** The ids of configurations that were found or made, by their features. */
const known = new WeakMap<Config, Map<string, string>>();

function knownOf(config: Config): Map<string, string> {
  const ids = known.get(config) ?? new Map<string, string>();
  known.set(config, ids);
  return ids;
}

const nameOf = async (features: Features): Promise<string> =>
  (await sha256Hex(JSON.stringify(features))).slice(0, 32);

/** Lists the configurations that we made with these features, active or not. */
async function listOurs(config: Config, name: string) {
  const listed = await fetchAllFromStripe(config, (stripe, paging) =>
    stripe.billingPortal.configurations.list(paging),
  );
  if (!listed.ok) return listed;
  return ok(listed.value.filter(({ metadata }) => metadata?.[METADATA_KEY] === name));
}

/**
 * Checks whether Stripe has the configuration of the portal's own page.
 * @returns null for none that is active; otherwise whether it still is as we made it
 */
export async function checkPortal(config: Config): Promise<Result<"as_made" | "changed" | null>> {
  const ours = await listOurs(config, await nameOf(HOME));
  if (!ours.ok) return ours;
  const features = ours.value.find((one) => one.active)?.features;
  if (features === undefined) return ok(null);
  const { subscription_cancel: cancel, subscription_update: update } = features;
  const isAsMade =
    cancel.enabled &&
    cancel.mode === HOME.subscription_cancel.mode &&
    !update.enabled &&
    features.invoice_history.enabled &&
    features.payment_method_update.enabled;
  return ok(isAsMade ? "as_made" : "changed");
}

async function findOrCreate(config: Config, features: Features, name: string) {
  const listed = await listOurs(config, name);
  if (!listed.ok) return listed;
  const ours = listed.value;
  const active = ours.find((one) => one.active);
  if (active !== undefined) return ok(active.id);
  const params = { name: "Farebox", features, metadata: { [METADATA_KEY]: name } };
  // Stripe would give a deactivated one again under the key that made it.
  const key = await requestKey("portal", { ...params, former: ours.map(({ id }) => id) });
  const created = await createOnce(config, key, (stripe, options) =>
    stripe.billingPortal.configurations.create(params, options),
  );
  return created.ok ? ok(created.value.id) : created;
}

/**
 * Opens a portal page under a configuration of ours, which is made at first need and found again by
 * its metadata. One that Stripe no longer takes is looked up once more.
 * @param price the price of the change that the page confirms; undefined for the portal's own page
 * @returns the results of `open`, or why Stripe has no configuration
 */
export async function withPortalConfiguration<T>(
  config: Config,
  price: PortalPrice | undefined,
  open: (configurationId: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const features = buildFeatures(price);
  const name = await nameOf(features);
  const ids = knownOf(config);
  const knownId = ids.get(name);
  if (knownId !== undefined) {
    const opened = await open(knownId);
    if (opened.ok || opened.failure.code !== "stripe_refused") return opened;
    ids.delete(name);
  }
  const found = await findOrCreate(config, features, name);
  if (!found.ok) return found;
  ids.set(name, found.value);
  return await open(found.value);
}

/** Makes the configuration of the portal's own page, unless Stripe has it. */
export const createPortal = (config: Config): Promise<Result<string>> =>
  withPortalConfiguration(config, undefined, (id) => Promise.resolve(ok(id)));
