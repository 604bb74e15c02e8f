import { DAY_MS } from "../../time.ts";

/** A key that is used in more countries than this tells nobody any more. */
const PLACES_MAX = 30;

/** A country in which a key was used for the first time, which was not its first. */
export interface KeyPlace {
  readonly keyId: string;
  readonly country: string;
  readonly atMs: number;
}

interface PlaceRow extends Record<string, SqlStorageValue> {
  key_id: string;
  country: string;
  at_ms: number;
}

/**
 * The countries in which each key was used. They are few, so all are in memory, and a chat writes
 * a row only where its key was never used before.
 */
export class KeyPlaces {
  readonly #sql: SqlStorage;
  /** By key id, in the order of their first use. */
  readonly #byKey = new Map<string, KeyPlace[]>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const { key_id: keyId, country, at_ms: atMs } of sql.exec<PlaceRow>(
      "SELECT key_id, country, at_ms FROM key_places ORDER BY at_ms",
    ))
      this.#remember({ keyId, country, atMs });
  }

  #remember(place: KeyPlace): void {
    const places = this.#byKey.get(place.keyId);
    if (places === undefined) this.#byKey.set(place.keyId, [place]);
    else places.push(place);
  }

  /** Returns whether a use has to be added. */
  isNew(keyId: string, country: string): boolean {
    const places = this.#byKey.get(keyId) ?? [];
    return places.length < PLACES_MAX && places.every((place) => place.country !== country);
  }

  /**
   * Adds a use, if it is new.
   * @returns whether its user should be told: not of the first country of a key
   */
  add(keyId: string, country: string, nowMs: number): boolean {
    if (!this.isNew(keyId, country)) return false;
    const isFirst = !this.#byKey.has(keyId);
    this.#sql.exec(
      "INSERT INTO key_places (key_id, country, at_ms) VALUES (?, ?, ?)",
      keyId,
      country,
      nowMs,
    );
    this.#remember({ keyId, country, atMs: nowMs });
    return !isFirst;
  }

  /** Lists the newest place of each key that was first used there within a day, and not first. */
  listNews(nowMs: number): KeyPlace[] {
    return [...this.#byKey.values()].flatMap((places) => {
      const newest = places.at(-1);
      return places.length > 1 && newest !== undefined && newest.atMs > nowMs - DAY_MS
        ? [newest]
        : [];
    });
  }

  /** Forgets a revoked key. */
  removeKey(keyId: string): void {
    if (!this.#byKey.delete(keyId)) return;
    this.#sql.exec("DELETE FROM key_places WHERE key_id = ?", keyId);
  }
}
