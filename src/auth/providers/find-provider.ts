import type { Config } from "../../config.ts";
import { fail, ok, type Result } from "../../errors.ts";
import type { SignInProvider } from "../../provider-settings.ts";
import type { ProviderView } from "./wire.ts";

/** Finds a provider that the operator has set up. */
export function findProvider(
  { SIGN_IN_PROVIDERS }: Pick<Config, "SIGN_IN_PROVIDERS">,
  providerId: string,
): Result<SignInProvider> {
  const provider = SIGN_IN_PROVIDERS.get(providerId);
  return provider === undefined
    ? fail("not_found", "This sign-in provider isn't available here.")
    : ok(provider);
}

/** Lists the providers by which people sign in, in the operator's order. */
export const listProviders = ({
  SIGN_IN_PROVIDERS,
}: Pick<Config, "SIGN_IN_PROVIDERS">): ProviderView[] =>
  [...SIGN_IN_PROVIDERS.values()].map(({ id, name }) => ({ id, name }));
