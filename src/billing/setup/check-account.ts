import type { Config } from "../../config.ts";
import { ok, type Result } from "../../errors.ts";
import { callStripe } from "../stripe/stripe.ts";

/** The operator's account at Stripe. */
export interface StripeAccount {
  readonly name: string;
  readonly isLive: boolean;
  /** Whether Stripe lets it charge cards: in test mode, too, once its details are complete. */
  readonly canCharge: boolean;
}

/** Asks Stripe whose account our key belongs to. */
export async function checkAccount(config: Config): Promise<Result<StripeAccount>> {
  const account = await callStripe(config, (stripe) => stripe.accounts.retrieveCurrent());
  if (!account.ok) return account;
  const { id, email, settings, business_profile: profile, charges_enabled } = account.value;
  const names = [settings?.dashboard.display_name, profile?.name, email];
  const name = names.find((one) => one !== undefined && one !== null && one !== "") ?? id;
  return ok({ name, isLive: config.isLive, canCharge: charges_enabled });
}
