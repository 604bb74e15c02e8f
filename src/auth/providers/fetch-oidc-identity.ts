import {
  type AuthorizationServer,
  authorizationCodeGrantRequest,
  ClientSecretBasic,
  ClientSecretPost,
  getValidatedIdTokenClaims,
  KEY_SELECTION,
  OperationProcessingError,
  processAuthorizationCodeResponse,
  processUserInfoResponse,
  userInfoRequest,
  validateApplicationLevelSignature,
  validateAuthResponse,
} from "oauth4webapi";
import type { SignInProvider } from "../../provider-settings.ts";
import { callOptions, loadMetadata } from "./issuer-metadata.ts";
import { type ProviderIdentity, toIdentity } from "./provider-identity.ts";
import type { SignInState } from "./sign-in-state.ts";

/** A provider's answer, with all that it is checked against. */
export interface ProviderAnswer {
  readonly provider: SignInProvider;
  readonly clientSecret: string;
  /** The sign-in that was begun. */
  readonly begun: SignInState;
  /** The query with which the provider sent the browser back. */
  readonly answer: URLSearchParams;
  readonly nowMs: number;
}

/** Authenticates at the token endpoint by the header, or by the body where only that is taken. */
const authenticateClient = (
  { token_endpoint_auth_methods_supported: methods }: AuthorizationServer,
  clientSecret: string,
) =>
  methods === undefined || methods.includes("client_secret_basic")
    ? ClientSecretBasic(clientSecret)
    : ClientSecretPost(clientSecret);

/**
 * Checks the signature of an ID token by the issuer's keys, which the library keeps for minutes. A
 * key that is not among those may be a new one, so they are fetched once more: for another object
 * nothing is kept.
 */
async function checkSignature(
  provider: SignInProvider,
  metadata: AuthorizationServer,
  reply: Response,
): Promise<void> {
  const options = callOptions(provider);
  try {
    await validateApplicationLevelSignature(metadata, reply, options);
  } catch (error) {
    if (!(error instanceof OperationProcessingError) || error.code !== KEY_SELECTION) throw error;
    await validateApplicationLevelSignature({ ...metadata }, reply, options);
  }
}

/**
 * Exchanges the code for an ID token and checks it: issuer, audience, time, nonce, signature by the
 * issuer's keys. The `iss` of the answer (RFC 9207) is checked where the issuer announces it. An
 * issuer that leaves the address out of the token is asked for it at its userinfo endpoint, whose
 * answer has to be about the same subject.
 * @throws what `fetch` and `oauth4webapi` throw
 */
export async function fetchOidcIdentity({
  provider,
  clientSecret,
  begun,
  answer,
  nowMs,
}: ProviderAnswer): Promise<ProviderIdentity> {
  const metadata = await loadMetadata(provider, nowMs);
  const client = { client_id: provider.clientId };
  const options = callOptions(provider);
  const reply = await authorizationCodeGrantRequest(
    metadata,
    client,
    authenticateClient(metadata, clientSecret),
    validateAuthResponse(metadata, client, answer, begun.state),
    begun.redirectUri,
    begun.codeVerifier,
    options,
  );
  const tokens = await processAuthorizationCodeResponse(metadata, client, reply, {
    expectedNonce: begun.nonce,
    requireIdToken: true,
  });
  await checkSignature(provider, metadata, reply);
  const claims = getValidatedIdTokenClaims(tokens);
  if (claims === undefined) throw new OperationProcessingError("There is no ID token.");
  const { sub, email, email_verified: isProved, name } = claims;
  if (email !== undefined || metadata.userinfo_endpoint === undefined)
    return toIdentity(sub, email, isProved, name);
  const info = await processUserInfoResponse(
    metadata,
    client,
    sub,
    await userInfoRequest(metadata, client, tokens.access_token, options),
  );
  return toIdentity(sub, info.email, info.email_verified, info.name ?? name);
}
