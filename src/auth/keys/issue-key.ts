import { type ApiKey, creditAccount, type NewApiKey } from "../../account/index.ts";
import type { Context } from "../../context.ts";
import type { Env } from "../../env.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { type MintedKey, mintKey, mintSecretFor, toMintedKey } from "./key-format.ts";

/** Key ids are 32 random bits, so that even a second attempt is rare. */
const ATTEMPTS_MAX = 5;

/** The most keys of a user, whatever the plan. Keys that come with an order are not refused. */
const KEYS_MAX = 100;

/** The settings of a key, without its identity. */
export type KeyParams = Omit<NewApiKey, "keyId" | "hash" | "prefix">;

/** A new key. Its owner sees `text` once. */
export interface IssuedKey {
  readonly text: string;
  readonly key: ApiKey;
}

/** Creates an API key for a user. The user's account object stores only its SHA-256. */
export async function issueKey(
  ctx: Context,
  userId: string,
  params: KeyParams,
): Promise<Result<IssuedKey>> {
  const { env, config } = ctx;
  const account = creditAccount(env, userId);
  for (let attempt = 1; ; attempt += 1) {
    const { text, ...minted } = await mintKey(config, userId);
    const created = await orUnavailable(
      account.createKey({ ...minted, ...params, keysMax: KEYS_MAX }),
    );
    if (created.ok) return ok({ text, key: created.value.key });
    if (created.failure.code !== "conflict" || attempt === ATTEMPTS_MAX)
      return fail(created.failure.code, created.failure.message);
  }
}

/**
 * Gives a key a new secret. The earlier one works for as long as the overlap.
 * @returns `not_found` for an id that is not one of the user's keys; `limit_reached` while too many
 *   earlier secrets work
 */
export async function rotateKey(
  { env, config }: Context,
  userId: string,
  { keyId, overlapSeconds }: { readonly keyId: string; readonly overlapSeconds: number },
): Promise<Result<IssuedKey>> {
  const minted = await mintSecretFor(config, userId, keyId);
  if (minted === undefined) return fail("not_found", `You have no API key ${keyId}.`);
  const { text, hash } = minted;
  const rotated = await orUnavailable(
    creditAccount(env, userId).rotateKey({ keyId, hash, overlapSeconds }),
  );
  return rotated.ok ? ok({ text, key: rotated.value.key }) : rotated;
}

/**
 * Mints a key to store (sealed) before `registerKey` gives it to the account, so that after an
 * interruption between the two the same key is used, and no second one is made.
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
 * Gives the account a key of `mintKeyForOrder`. Idempotent: the id was free when the key was
 * minted.
 * @param text the key
 */
export async function registerKey(
  env: Pick<Env, "CREDIT_ACCOUNT">,
  userId: string,
  text: string,
  params: KeyParams,
): Promise<Result<true>> {
  const { keyId, prefix, hash } = await toMintedKey(text);
  const created = await creditAccount(env, userId).createKey({ keyId, prefix, hash, ...params });
  return created.ok || created.failure.code === "conflict" ? ok(true) : created;
}
