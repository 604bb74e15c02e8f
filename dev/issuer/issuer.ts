import type { AuthorizationRequest, Dialect } from "./authorize.ts";
import type { Client } from "./client.ts";
import type { IssuerFaults } from "./faults.ts";
import { Grants, type Person } from "./grants.ts";
import { newSigningKey, type SigningKey } from "./keys.ts";

/** The options of an issuer. */
export interface IssuerOptions {
  /** Its address, as ID tokens name it. */
  readonly issuer: string;
  readonly client: Client;
}

/** The address to which an answer goes. */
interface AnswerTarget {
  readonly redirectUri: string;
  readonly state: string | null;
  readonly dialect: Dialect;
}

/** A subject for an address: the same each time, and no other address's. */
async function subjectOf(email: string): Promise<string> {
  const bytes = new TextEncoder().encode(email.toLowerCase());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  // As a number, which GitHub's ids are.
  return String(new DataView(digest.buffer).getUint32(0));
}

/** Reads the person whom somebody typed on the sign-in page. */
export async function readPerson(form: URLSearchParams): Promise<Person> {
  const email = form.get("login_email") ?? "";
  return {
    subject: form.get("login_subject") || (await subjectOf(email)),
    email,
    isVerified: form.has("login_verified"),
    name: form.get("login_name") ?? "",
  };
}

/** The state of an issuer: its keys, what it gave out, and what it does wrong. */
export class LocalIssuer {
  readonly issuer: string;
  readonly client: Client;
  readonly grants = new Grants();
  /** The faults that it has from now on. */
  faults: IssuerFaults = {};
  #key: Promise<SigningKey> | undefined;

  constructor({ issuer, client }: IssuerOptions) {
    this.issuer = issuer;
    this.client = client;
  }

  /** The key with which it signs now. */
  signingKey(): Promise<SigningKey> {
    this.#key ??= newSigningKey();
    return this.#key;
  }

  /** Signs with a new key from now on, and shows the old one no more. */
  rotateKey(): void {
    this.#key = newSigningKey();
  }

  /** Gives out a code for a person, and returns where the browser goes with it. */
  allow(request: AuthorizationRequest, person: Person, dialect: Dialect, nowMs: number): URL {
    const { redirectUri, scopes, nonce, codeChallenge } = request;
    const terms = { person, clientId: this.client.id, redirectUri, scopes, nonce, codeChallenge };
    const code = this.grants.issueCode(terms, nowMs);
    return this.answer({ redirectUri, state: request.state, dialect }, { code });
  }

  /** Returns where the browser goes with an answer. */
  answer(
    { redirectUri, state, dialect }: AnswerTarget,
    fields: Readonly<Record<string, string>>,
  ): URL {
    const url = new URL(redirectUri);
    for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
    if (state !== null) url.searchParams.set("state", state);
    const { responseIssuer = this.issuer } = this.faults;
    if (dialect.namesIssuer && responseIssuer !== null) url.searchParams.set("iss", responseIssuer);
    return url;
  }
}
