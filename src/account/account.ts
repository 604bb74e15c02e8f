import { fail } from "../errors.ts";
import { Ledger } from "./ledger/ledger.ts";
import { NoticeOutbox } from "./reporting/notices.ts";
import { Outbox } from "./reporting/outbox.ts";
import { EndedSessions } from "./stores/ended-sessions.ts";
import { IdempotencyStore } from "./stores/idempotency.ts";
import { KeyPlaces } from "./stores/key-places.ts";
import { KeyPurchases } from "./stores/key-purchases.ts";
import { KeyStore } from "./stores/key-store.ts";
import { RequestWindow } from "./stores/rate-limit.ts";
import type { CallerCredential, Entitlement, Suspension } from "./types.ts";

/**
 * One account in memory: its stores and the effective plan. `plan` is null before the account is
 * opened and after it is erased.
 */
export interface Account {
  readonly ledger: Ledger;
  readonly keys: KeyStore;
  readonly idempotency: IdempotencyStore;
  readonly outbox: Outbox;
  readonly notices: NoticeOutbox;
  readonly endedSessions: EndedSessions;
  readonly purchases: KeyPurchases;
  readonly keyPlaces: KeyPlaces;
  readonly requests: RequestWindow;
  plan: Entitlement | null;
  suspension: Suspension;
}

/** No suspension yet: any change comes after it. */
const NEVER_SUSPENDED: Suspension = { changeNo: 0, isSuspended: false };

/** Loads an account from its object's storage. */
export function loadAccount(storage: DurableObjectStorage): Account {
  const ledger = new Ledger(storage);
  const plan = ledger.meta("entitlement");
  const suspension = ledger.meta("suspension");
  return {
    ledger,
    keys: new KeyStore(storage.sql),
    idempotency: new IdempotencyStore(storage.sql),
    outbox: new Outbox(),
    notices: new NoticeOutbox(),
    endedSessions: new EndedSessions(storage.sql),
    purchases: new KeyPurchases(storage.sql),
    keyPlaces: new KeyPlaces(storage.sql),
    requests: new RequestWindow(),
    // Trust: only `open` and `setEntitlement` write it.
    plan: plan === null ? null : JSON.parse(plan),
    // Trust: only `setSuspension` writes it.
    suspension: suspension === null ? NEVER_SUSPENDED : JSON.parse(suspension),
  };
}

/** Refuses a caller whose account is not open: its user was deleted or never existed. */
export function accountNotFound(caller: CallerCredential) {
  // Whoever asks on a user's behalf may open the account, and ask again.
  if (caller.kind === "management") return fail("not_found", "This user has no account yet.");
  return caller.kind === "key"
    ? fail("invalid_api_key", "This API key does not exist or was revoked.")
    : fail("invalid_token", "This token's user has been deleted.");
}
