import { generate } from "otplib";
import { Authenticator } from "./authenticator.ts";
import { call } from "./call.ts";
import type { TestUser } from "./sign-up.ts";

/** An authenticator app of a user, which is their second factor, and their recovery codes. */
export interface TestTotp {
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

/** Returns the code that an app shows `steps` steps of 30 s from now. */
export const codeOf = (secret: string, steps = 0): Promise<string> =>
  generate({ secret, epoch: Math.floor(Date.now() / 1000) + 30 * steps });

/** Sets an authenticator app up as a user does. The code of the step before is used up by it. */
export async function addTotp({ token, password }: TestUser): Promise<TestTotp> {
  const body = { currentPassword: password };
  const begun = await call("POST", "/api/auth/totp", { token, body });
  const { secret } = await begun.json<{ secret: string }>();
  const code = await codeOf(secret, -1);
  const confirmed = await call("POST", "/api/auth/totp/confirm", { token, body: { code } });
  if (confirmed.status !== 200)
    throw new Error(`Adding an app answered ${confirmed.status}: ${await confirmed.text()}`);
  const { recoveryCodes } = await confirmed.json<{ recoveryCodes: string[] }>();
  return { secret, recoveryCodes };
}

/** A question that a passkey answers. */
export interface PasskeyQuestion {
  readonly challengeId: string;
  readonly options: Record<string, unknown>;
}

/** Asks what a browser asks its passkeys at sign-in. */
export const askPasskey = async (): Promise<PasskeyQuestion> =>
  await (await call("POST", "/api/auth/login/passkey/begin")).json<PasskeyQuestion>();

/** Adds a passkey as a browser does. */
export async function addPasskey(
  { token, password }: TestUser,
  name = "Phone",
): Promise<Authenticator> {
  const authenticator = await Authenticator.create();
  const body = { currentPassword: password };
  const begun = await call("POST", "/api/auth/passkeys/begin", { token, body });
  const { challengeId, options } = await begun.json<PasskeyQuestion>();
  const credential = await authenticator.make(options);
  const added = await call("POST", "/api/auth/passkeys", {
    token,
    body: { challengeId, name, credential },
  });
  if (added.status !== 201)
    throw new Error(`Adding a passkey answered ${added.status}: ${await added.text()}`);
  return authenticator;
}
