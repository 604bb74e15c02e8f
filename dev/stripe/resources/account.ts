import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import type { Account } from "../wire.ts";

/** The one account of this Stripe. Nobody's money is moved by it. */
const ACCOUNT: Account = {
  id: "acct_1LocalStripe00000",
  object: "account",
  business_profile: {
    mcc: null,
    minority_owned_business_designation: null,
    name: "Local Stripe",
    specified_commercial_transactions_act_url: null,
    support_address: null,
    support_email: null,
    support_phone: null,
    support_url: null,
    url: null,
  },
  business_type: null,
  charges_enabled: true,
  country: "US",
  default_currency: "usd",
  details_submitted: true,
  email: "operator@farebox.local",
  payouts_enabled: true,
  settings: null,
  type: "standard",
};

export const account = [
  endpoint({
    method: "get",
    path: "/v1/account",
    params: z.strictObject({}),
    returns: "account",
    run: () => ACCOUNT,
  }),
];
