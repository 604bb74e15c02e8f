import { randomBytes } from "node:crypto";
import { z } from "zod";
import { LOCAL_TURNSTILE_KEYS } from "./settings.ts";
import { UserError } from "./user-error.ts";

/**
 * A user who can sign in. `key` is null if the operator's settings allow keys only to users who
 * have paid.
 */
export const person = z.object({
  email: z.string(),
  password: z.string(),
  key: z.string().nullable(),
});
export type Person = z.infer<typeof person>;

const session = z.object({ accessToken: z.string() });
const turnstileToken = z.object({ token: z.string() });
const createdKey = z.object({ key: z.string() });

export const newPerson = (email: string): Person => ({
  email,
  password: randomBytes(9).toString("base64url"),
  key: null,
});

const post = (url: string, body: object, token?: string): Promise<Response> =>
  fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });

/** Has a token made, by which the Worker takes whoever signs up for a person. */
async function fetchTurnstileToken(url: string): Promise<string> {
  const { siteKey } = LOCAL_TURNSTILE_KEYS;
  const query = `sitekey=${siteKey}&hostname=localhost&action=sign-up`;
  const reply = await fetch(`${url}/turnstile/v0/_local/token?${query}`);
  return turnstileToken.parse(await reply.json()).token;
}

async function signIn(
  url: string,
  { email, password }: Person,
  turnstileUrl: string | null,
): Promise<string> {
  const login = await post(`${url}/api/auth/login`, { email, password });
  if (login.ok) return session.parse(await login.json()).accessToken;
  const token =
    turnstileUrl === null ? {} : { turnstileToken: await fetchTurnstileToken(turnstileUrl) };
  const register = await post(`${url}/api/auth/register`, { email, password, ...token });
  if (register.ok) return session.parse(await register.json()).accessToken;
  const reason =
    register.status === 409
      ? "has another password than the one kept in the state folder; " +
        "remove that folder to begin anew"
      : `cannot sign up: ${await register.text()}`;
  throw new UserError(`${email} ${reason}.`);
}

/**
 * Signs a person up, or in, and makes sure that they have a working key. The existing key is kept
 * if it still works.
 * @param turnstileUrl of the local Turnstile, where it is shown
 */
export async function signInWithKey(
  url: string,
  user: Person,
  turnstileUrl: string | null = null,
): Promise<Person> {
  const token = await signIn(url, user, turnstileUrl);
  if (user.key !== null) {
    const keyCheck = await fetch(`${url}/v1/key`, {
      headers: { authorization: `Bearer ${user.key}` },
    });
    await keyCheck.text();
    if (keyCheck.ok) return user;
  }
  const reply = await post(`${url}/api/api-keys`, { name: "npm start" }, token);
  if (reply.status === 402 || reply.status === 403) return { ...user, key: null };
  if (!reply.ok) throw new UserError(`${user.email} cannot have a key: ${await reply.text()}`);
  return { ...user, key: createdKey.parse(await reply.json()).key };
}
