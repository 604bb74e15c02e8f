import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import type { SignInProvider } from "../../provider-settings.ts";
import { askProvider } from "./ask-provider.ts";
import { fetchGithubIdentity } from "./fetch-github-identity.ts";
import { fetchOidcIdentity } from "./fetch-oidc-identity.ts";
import { findProvider } from "./find-provider.ts";
import type { ProviderIdentity } from "./provider-identity.ts";
import { type Intent, openSignIn } from "./sign-in-state.ts";

/** The answer of a provider, as a browser brings it back. */
export interface ProviderCallback {
  readonly sealedState: string;
  /** The query with which the provider sent the browser back: `code=…&state=…`. */
  readonly answer: string;
}

/** Somebody whom a provider signed in. */
export interface ProvedIdentity {
  readonly provider: SignInProvider;
  readonly identity: ProviderIdentity;
}

/**
 * Ends a sign-in at a provider: finds out who it was. The provider takes each code once, so a
 * sign-in ends once.
 * @returns `not_found` for an unknown provider; `invalid_request` for an answer that is not to what
 *   this browser began, or was used; `provider_refused`; `provider_error`
 */
export async function finishSignIn(
  ctx: Context,
  providerId: string,
  intent: Intent,
  callback: ProviderCallback,
): Promise<Result<ProvedIdentity>> {
  const { config, nowMs } = ctx;
  const found = findProvider(config, providerId);
  if (!found.ok) return found;
  const provider = found.value;
  const answer = new URLSearchParams(callback.answer);
  const expected = { providerId, intent };
  const begun = await openSignIn(ctx, callback.sealedState, expected, answer);
  if (!begun.ok) return begun;
  const clientSecret = config.secret(provider.clientSecretVar);
  const terms = { provider, clientSecret, begun: begun.value, answer, nowMs };
  const identity = await askProvider(provider, () =>
    provider.type === "github" ? fetchGithubIdentity(terms) : fetchOidcIdentity(terms),
  );
  return identity.ok ? ok({ provider, identity: identity.value }) : identity;
}
