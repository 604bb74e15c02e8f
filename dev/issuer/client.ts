/** The one client of the issuer. */
export interface Client {
  readonly id: string;
  readonly secret: string;
  /** Taken exactly as they are registered. */
  readonly redirectUris: readonly string[];
}

/** A refusal of OAuth's, as JSON. */
export interface OAuthError {
  readonly status: 400 | 401;
  readonly error: string;
  readonly description: string;
}

const refusal = (status: 400 | 401, error: string, description: string): OAuthError => ({
  status,
  error,
  description,
});

/** Makes a refusal with status 400. */
export const badRequest = (error: string, description: string): OAuthError =>
  refusal(400, error, description);

/** Undoes the encoding of RFC 6749 §2.3.1. */
const decodePart = (text: string): string => decodeURIComponent(text.replaceAll("+", " "));

/** Reads HTTP Basic; null where it is not well-formed. */
function readBasic(header: string): readonly [id: string, secret: string] | null {
  try {
    const [id, secret, ...more] = atob(header.replace(/^basic +/i, "")).split(":");
    if (id === undefined || secret === undefined || more.length > 0) return null;
    return [decodePart(id), decodePart(secret)];
  } catch {
    return null;
  }
}

/**
 * Authenticates the client of a token request by the header or by the body, and not by both (RFC
 * 6749 §2.3).
 * @returns null where it is the client
 */
export function authenticate(
  client: Client,
  authorization: string | undefined,
  form: URLSearchParams,
): OAuthError | null {
  const posted = form.get("client_secret");
  if (authorization !== undefined && posted !== null)
    return badRequest("invalid_request", "Use one way to authenticate the client.");
  const [id, secret] =
    authorization === undefined
      ? [form.get("client_id"), posted]
      : (readBasic(authorization) ?? [null, null]);
  return id === client.id && secret === client.secret
    ? null
    : refusal(401, "invalid_client", "The client is unknown, or its secret is wrong.");
}

/** Returns the first parameter that is there twice, which OAuth forbids (RFC 6749 §3.1). */
export const repeatedParameter = (form: URLSearchParams): string | undefined =>
  [...form.keys()].find((name) => form.getAll(name).length > 1);
