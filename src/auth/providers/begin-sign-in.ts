import { calculatePKCECodeChallenge } from "oauth4webapi";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { toIso } from "../../time.ts";
import { askProvider } from "./ask-provider.ts";
import { findProvider } from "./find-provider.ts";
import { authorizationPage, loadMetadata } from "./issuer-metadata.ts";
import { type Intent, newSignInState, sealSignIn } from "./sign-in-state.ts";
import type { ProviderSignInBegun } from "./wire.ts";

const NO_REDIRECT_URI = fail(
  "invalid_request",
  "redirectUri: must be on an origin of PUBLIC_URL or ALLOWED_ORIGINS, without a fragment.",
  { param: "redirectUri" },
);

/** Returns where a provider sends the browser back to: a page of ours, or of another front end. */
function resolveRedirectUri(
  { PUBLIC_URL, ALLOWED_ORIGINS }: Context["config"],
  providerId: string,
  given: string | undefined,
): Result<string> {
  if (given === undefined) return ok(`${PUBLIC_URL}/login/${providerId}/callback`);
  const url = URL.parse(given);
  const isOwn =
    url !== null &&
    [PUBLIC_URL, ...ALLOWED_ORIGINS].includes(url.origin) &&
    url.username === "" &&
    !given.includes("#");
  return isOwn ? ok(url.href) : NO_REDIRECT_URI;
}

/**
 * Begins a sign-in at a provider: authorization code with PKCE, state and nonce (RFC 6749, RFC
 * 7636, OpenID Connect Core). The caller opens `url`, keeps `sealedState` where no other browser
 * has it, and sends it with the answer.
 * @returns `not_found` for an unknown provider; `invalid_request` for a redirect URI of another
 *   site; `provider_error` where the provider cannot be reached
 */
export async function beginSignIn(
  ctx: Context,
  providerId: string,
  { intent, redirectUri }: { readonly intent: Intent; readonly redirectUri?: string | undefined },
): Promise<Result<ProviderSignInBegun>> {
  const { config, nowMs } = ctx;
  const provider = findProvider(config, providerId);
  if (!provider.ok) return provider;
  const { value } = provider;
  // Told now, and not after the person has been to the provider.
  config.secret(value.clientSecretVar);
  const returnTo = resolveRedirectUri(config, providerId, redirectUri);
  if (!returnTo.ok) return returnTo;
  const page = await askProvider(value, async () =>
    authorizationPage(value, await loadMetadata(value, nowMs)),
  );
  if (!page.ok) return page;
  const state = newSignInState({ providerId, intent, redirectUri: returnTo.value }, nowMs);
  const query: Readonly<Record<string, string>> = {
    client_id: value.clientId,
    response_type: "code",
    redirect_uri: returnTo.value,
    scope: value.scopes.join(" "),
    state: state.state,
    code_challenge: await calculatePKCECodeChallenge(state.codeVerifier),
    code_challenge_method: "S256",
    ...(value.type === "oidc" ? { nonce: state.nonce } : {}),
  };
  const url = new URL(page.value);
  for (const [name, text] of Object.entries(query)) url.searchParams.set(name, text);
  return ok({
    url: url.href,
    sealedState: await sealSignIn(config, state),
    expiresAt: toIso(state.expiresAtMs),
  });
}
