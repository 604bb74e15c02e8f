import {
  type AuthorizationServer,
  allowInsecureRequests,
  customFetch,
  discoveryRequest,
  OperationProcessingError,
  processDiscoveryResponse,
} from "oauth4webapi";
import { mayUseHttp, type SignInProvider } from "../../provider-settings.ts";
import { HOUR_MS } from "../../time.ts";
import { providerFetch } from "./provider-fetch.ts";

/** Issuers change their endpoints rarely; their keys are looked up more often, by the library. */
const TTL_MS = HOUR_MS;
/** More issuers than any site has. The one asked for first is dropped first. */
const ENTRIES_MAX = 20;

interface Entry {
  readonly metadata: AuthorizationServer;
  readonly untilMs: number;
}

const entries = new Map<string, Entry>();

/** The options of a call to a provider. http is for an issuer on this machine alone. */
export const callOptions = ({ issuer }: Pick<SignInProvider, "issuer">) => ({
  [customFetch]: providerFetch,
  [allowInsecureRequests]: mayUseHttp(issuer),
});

/** Returns the endpoints of GitHub, which announces none. */
const githubMetadata = ({ issuer }: SignInProvider): AuthorizationServer => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/access_token`,
  token_endpoint_auth_methods_supported: ["client_secret_post"],
});

/**
 * Returns an issuer's endpoints and abilities, by discovery (OpenID Connect Discovery 1.0). What it
 * says is kept for an hour in this isolate, and a failure is not.
 * @throws what `fetch` and `oauth4webapi` throw
 */
export async function loadMetadata(
  provider: SignInProvider,
  nowMs: number,
): Promise<AuthorizationServer> {
  const { type, issuer } = provider;
  if (type === "github") return githubMetadata(provider);
  const known = entries.get(issuer);
  if (known !== undefined && nowMs < known.untilMs) return known.metadata;
  const url = new URL(issuer);
  const reply = await discoveryRequest(url, callOptions(provider));
  const metadata = await processDiscoveryResponse(url, reply);
  entries.delete(issuer);
  entries.set(issuer, { metadata, untilMs: nowMs + TTL_MS });
  const [oldest] = entries.keys();
  if (entries.size > ENTRIES_MAX && oldest !== undefined) entries.delete(oldest);
  return metadata;
}

/**
 * Returns the page on which people sign in there.
 * @throws {OperationProcessingError} where the issuer names none, or one over http
 */
export function authorizationPage(
  provider: SignInProvider,
  { authorization_endpoint: endpoint = "" }: AuthorizationServer,
): URL {
  const url = URL.parse(endpoint);
  const isSafe =
    url?.protocol === "https:" || (url?.protocol === "http:" && mayUseHttp(provider.issuer));
  if (url === null || !isSafe)
    throw new OperationProcessingError("The issuer names no safe authorization endpoint.");
  return url;
}
