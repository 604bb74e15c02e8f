import { randomBytes } from "node:crypto";
import { z } from "zod";
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

async function signIn(url: string, { email, password }: Person): Promise<string> {
  const login = await post(`${url}/api/auth/login`, { email, password });
  if (login.ok) return session.parse(await login.json()).accessToken;
  const register = await post(`${url}/api/auth/register`, { email, password });
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
 */
export async function signInWithKey(url: string, user: Person): Promise<Person> {
  const token = await signIn(url, user);
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
