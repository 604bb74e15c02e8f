import { type ApiKey, creditAccount, type NewApiKey } from "../account/index.ts";
import type { Config } from "../config.ts";
import type { Env } from "../env.ts";
import { fail, ok, type Result } from "../errors.ts";
import { mintKey } from "./key-format.ts";
import { reach } from "./reach.ts";

/** Key ids are 32 random bits, so even a second try is rare. */
const TRIES = 5;

export type KeyTerms = Omit<NewApiKey, "keyId" | "hash" | "prefix">;

/** A new key: `text` is for its owner, once. */
export interface IssuedKey {
  readonly text: string;
  readonly key: ApiKey;
}

/** Makes an API key for a user. Only its SHA-256 is stored, in the user's account object. */
export async function issueKey(env: Env, config: Config, userId: string, terms: KeyTerms): Promise<Result<IssuedKey>> {
  const account = creditAccount(env, userId);
  for (let tries = 1; ; tries += 1) {
    const { text, ...minted } = await mintKey(config, userId);
    const reply = await reach(account.createKey({ ...minted, ...terms }));
    if (reply.ok) return ok({ text, key: reply.key });
    if (reply.failure.code !== "conflict" || tries === TRIES) return fail(reply.failure.code, reply.failure.message);
  }
}
