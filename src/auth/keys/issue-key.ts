import { type ApiKey, creditAccount, type NewApiKey } from "../../account/index.ts";
import type { Context } from "../../context.ts";
import type { Env } from "../../env.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { type MintedKey, mintKey, toMintedKey } from "./key-format.ts";

/** Key ids are 32 random bits, so even a second try is rare. */
const ATTEMPTS_MAX = 5;

export type KeyParams = Omit<NewApiKey, "keyId" | "hash" | "prefix">;

/** A new key: `text` is for its owner, once. */
export interface IssuedKey {
  readonly text: string;
  readonly key: ApiKey;
}

/** Makes an API key for a user. Only its SHA-256 is stored, in the user's account object. */
export async function issueKey(
  ctx: Context,
  userId: string,
  params: KeyParams,
): Promise<Result<IssuedKey>> {
  const { env, config } = ctx;
  const account = creditAccount(env, userId);
  for (let attempt = 1; ; attempt += 1) {
    const { text, ...minted } = await mintKey(config, userId);
    const reply = await orUnavailable(account.createKey({ ...minted, ...params }));
    if (reply.ok) return ok({ text, key: reply.value.key });
    if (reply.failure.code !== "conflict" || attempt === ATTEMPTS_MAX)
      return fail(reply.failure.code, reply.failure.message);
  }
}

/**
 * Mints a key that is to be written down (sealed) before the account gets it by `registerKey`, so
 * that whoever is interrupted between the two goes on with the same key, and makes no second one.
 */
export async function mintKeyForOrder(ctx: Context, userId: string): Promise<MintedKey> {
  const { env, config } = ctx;
  const usedIds = new Set((await creditAccount(env, userId).listKeys()).map((key) => key.keyId));
  for (;;) {
    const minted = await mintKey(config, userId);
    if (!usedIds.has(minted.keyId)) return minted;
  }
}

/**
 * Gives the account a key of `mintKeyForOrder`. Again, it changes nothing: the id was free when the
 * key was minted.
 * @param text the key
 */
export async function registerKey(
  env: Pick<Env, "CREDIT_ACCOUNT">,
  userId: string,
  text: string,
  params: KeyParams,
): Promise<Result<true>> {
  const { keyId, prefix, hash } = await toMintedKey(text);
  const reply = await creditAccount(env, userId).createKey({ keyId, prefix, hash, ...params });
  return reply.ok || reply.failure.code === "conflict" ? ok(true) : reply;
}
