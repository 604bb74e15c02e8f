import { call } from "./call.ts";
import { loadDefaultCatalog } from "./catalog.ts";

/** A user who signed up through the Worker and is signed in. */
export interface TestUser {
  readonly userId: string;
  readonly email: string;
  readonly password: string;
  /** The access token. */
  readonly token: string;
  readonly refreshToken: string;
}

let catalogLoaded: Promise<void> | undefined;

export const uniqueEmail = (): string => `u${crypto.randomUUID()}@farebox.test`;

/**
 * Signs up a new user on the Free plan of the default catalog. `admin@farebox.test` is an admin.
 */
export async function signUp(email: string = uniqueEmail()): Promise<TestUser> {
  catalogLoaded ??= loadDefaultCatalog();
  await catalogLoaded;
  const password = `a password of ${crypto.randomUUID()}`;
  const response = await call("POST", "/api/auth/register", { body: { email, password } });
  if (response.status !== 201)
    throw new Error(`Signing up answered ${response.status}: ${await response.text()}`);
  const session = await response.json<{
    user: { id: string };
    accessToken: string;
    refreshToken: string;
  }>();
  return {
    userId: session.user.id,
    email,
    password,
    token: session.accessToken,
    refreshToken: session.refreshToken,
  };
}

/** The terms of a key that may buy, up to 100.00 usd in all. */
export const BILLING_KEY = {
  scopes: ["billing"],
  purchaseLimit: { amountMinor: 10_000, currency: "usd", period: "at_once" },
};

/**
 * Creates an API key for a user and returns its text. `terms` are the request's fields beside the
 * name.
 */
export async function createKey(
  user: Pick<TestUser, "token">,
  terms: Record<string, unknown> = {},
): Promise<string> {
  const response = await call("POST", "/api/api-keys", {
    token: user.token,
    body: { name: "test", ...terms },
  });
  if (response.status !== 201)
    throw new Error(`Making a key answered ${response.status}: ${await response.text()}`);
  return (await response.json<{ key: string }>()).key;
}
