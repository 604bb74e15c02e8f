import { badRequest, type Client, type OAuthError, repeatedParameter } from "./client.ts";

export const SCOPES = ["openid", "email", "profile"];
const CHALLENGE = /^[\w-]{43}$/;

/** A request for a sign-in that may be shown to a person. */
export interface AuthorizationRequest {
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string | null;
  readonly nonce: string | null;
  readonly codeChallenge: string | null;
}

/** A request that is refused: to the client by redirect, else to the person on a page. */
export type Refused =
  | { readonly kind: "page"; readonly text: string }
  | { readonly kind: "redirect"; readonly redirectUri: string; readonly error: OAuthError };

/** The requirements of a dialect: OpenID Connect, or GitHub's OAuth. */
export interface Dialect {
  readonly scopes: readonly string[];
  readonly requiredScope: string | null;
  readonly requiresPkce: boolean;
  readonly separator: RegExp;
  /** Whether answers have `iss` (RFC 9207). */
  readonly namesIssuer: boolean;
}

export const OPENID: Dialect = {
  scopes: SCOPES,
  requiredScope: "openid",
  requiresPkce: true,
  separator: / /,
  namesIssuer: true,
};
export const GITHUB: Dialect = {
  scopes: ["read:user", "user:email", "user"],
  requiredScope: null,
  requiresPkce: false,
  separator: /[ ,]/,
  namesIssuer: false,
};

function findFault(
  query: URLSearchParams,
  scopes: readonly string[],
  dialect: Dialect,
): OAuthError | null {
  const repeated = repeatedParameter(query);
  if (repeated !== undefined) return badRequest("invalid_request", `${repeated} is there twice.`);
  // GitHub takes a request without it.
  const type = query.get("response_type") ?? (dialect === GITHUB ? "code" : null);
  if (type !== "code")
    return badRequest("unsupported_response_type", "response_type has to be code.");
  const unknown = scopes.find((scope) => !dialect.scopes.includes(scope));
  if (unknown !== undefined) return badRequest("invalid_scope", `The scope ${unknown} is unknown.`);
  if (dialect.requiredScope !== null && !scopes.includes(dialect.requiredScope))
    return badRequest("invalid_scope", `The scope ${dialect.requiredScope} is missing.`);
  const challenge = query.get("code_challenge");
  if (challenge === null && !dialect.requiresPkce) return null;
  if (query.get("code_challenge_method") !== "S256" || !CHALLENGE.test(challenge ?? ""))
    return badRequest("invalid_request", "PKCE is required: code_challenge by S256.");
  return null;
}

/** Checks a request for a sign-in, as the page shows it and as its form sends it again. */
export function checkRequest(
  query: URLSearchParams,
  client: Client,
  dialect: Dialect,
): AuthorizationRequest | Refused {
  if (query.get("client_id") !== client.id) return { kind: "page", text: "The client is unknown." };
  const redirectUri = query.get("redirect_uri") ?? "";
  // Never a redirect to an address that is not the client's (RFC 6749 §4.1.2.1).
  if (!client.redirectUris.includes(redirectUri))
    return { kind: "page", text: `The redirect_uri is not registered: ${redirectUri}` };
  const scopes = (query.get("scope") ?? "").split(dialect.separator).filter((one) => one !== "");
  const error = findFault(query, scopes, dialect);
  if (error !== null) return { kind: "redirect", redirectUri, error };
  return {
    redirectUri,
    scopes,
    state: query.get("state"),
    nonce: query.get("nonce"),
    codeChallenge: query.get("code_challenge"),
  };
}
