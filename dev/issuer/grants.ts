import { base64url } from "jose";

/** A code is good for this long. */
const CODE_TTL_MS = 60_000;
const ACCESS_TOKEN_TTL_MS = 300_000;

/** A person as somebody typed them on the sign-in page. */
export interface Person {
  readonly subject: string;
  readonly email: string;
  readonly isVerified: boolean;
  readonly name: string;
}

/** A permission that a person gave a client. */
export interface Grant {
  readonly person: Person;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly nonce: string | null;
  /** The S256 challenge of PKCE; null where the client sent none, which GitHub allows. */
  readonly codeChallenge: string | null;
}

interface Issued {
  readonly grant: Grant;
  readonly expiresAtMs: number;
}

const newSecret = (): string => base64url.encode(crypto.getRandomValues(new Uint8Array(24)));

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url.encode(new Uint8Array(digest));
}

/** Codes, which work once: used again, their access token ends (RFC 6749 §4.1.2). */
export class Grants {
  readonly #codes = new Map<string, Issued & { accessToken: string | null }>();
  readonly #accessTokens = new Map<string, Issued>();

  /** Gives out a code. */
  issueCode(grant: Grant, nowMs: number): string {
    const code = newSecret();
    this.#codes.set(code, { grant, expiresAtMs: nowMs + CODE_TTL_MS, accessToken: null });
    return code;
  }

  /**
   * Exchanges a code.
   * @returns null for a code that is unknown, used, expired, another client's, of another redirect
   *   URI, or whose verifier is wrong
   */
  async exchange(
    code: string,
    client: { readonly clientId: string; readonly redirectUri: string; readonly verifier: string },
    nowMs: number,
  ): Promise<{ readonly grant: Grant; readonly accessToken: string } | null> {
    const issued = this.#codes.get(code);
    if (issued === undefined) return null;
    if (issued.accessToken !== null) {
      this.#accessTokens.delete(issued.accessToken);
      return null;
    }
    const { grant, expiresAtMs } = issued;
    const accessToken = newSecret();
    // Before anything is awaited: of two exchanges at once one wins.
    issued.accessToken = accessToken;
    const isOwn =
      nowMs < expiresAtMs &&
      grant.clientId === client.clientId &&
      grant.redirectUri === client.redirectUri;
    const isProved =
      grant.codeChallenge === null || (await challengeOf(client.verifier)) === grant.codeChallenge;
    if (!isOwn || !isProved) return null;
    this.#accessTokens.set(accessToken, { grant, expiresAtMs: nowMs + ACCESS_TOKEN_TTL_MS });
    return { grant, accessToken };
  }

  /** Finds what an access token is for. */
  find(accessToken: string, nowMs: number): Grant | undefined {
    const issued = this.#accessTokens.get(accessToken);
    return issued !== undefined && nowMs < issued.expiresAtMs ? issued.grant : undefined;
  }
}
