import type { Account } from "../account.ts";
import type { NewKeyPlace } from "../types.ts";

/**
 * Notes the country of a use of a key. Where it is a new one its user is told, who may not be the
 * one who used it.
 * @param country undefined where it is not known
 */
export function noteKeyPlace(
  { keyPlaces, notices }: Account,
  keyId: string,
  country: string | undefined,
  nowMs: number,
): void {
  if (country !== undefined && keyPlaces.add(keyId, country, nowMs)) notices.lookSoon();
}

/** Lists the keys that were used in a new country within a day, each with the newest. */
export function listNewKeyPlaces({ keys, keyPlaces }: Account, nowMs: number): NewKeyPlace[] {
  const names = new Map(keys.list().map(({ keyId, name }) => [keyId, name]));
  return keyPlaces.listNews(nowMs).flatMap(({ keyId, country, atMs }) => {
    const keyName = names.get(keyId);
    return keyName === undefined ? [] : [{ keyId, keyName, country, atMs }];
  });
}
