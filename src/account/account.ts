import { fail } from "../errors.ts";
import { Ledger } from "./ledger/ledger.ts";
import { Outbox } from "./reporting/outbox.ts";
import { EndedSessions } from "./stores/ended-sessions.ts";
import { IdempotencyStore } from "./stores/idempotency.ts";
import { KeyPurchases } from "./stores/key-purchases.ts";
import { KeyStore } from "./stores/key-store.ts";
import { RequestWindow } from "./stores/rate-limit.ts";
import type { CallerCredential, Entitlement } from "./types.ts";

/**
 * One account in memory: its stores and the effective plan. `plan` is null before the account is
 * opened and after it is erased.
 */
export interface Account {
  readonly ledger: Ledger;
  readonly keys: KeyStore;
  readonly idempotency: IdempotencyStore;
  readonly outbox: Outbox;
  readonly endedSessions: EndedSessions;
  readonly purchases: KeyPurchases;
  readonly requests: RequestWindow;
  plan: Entitlement | null;
}

/** Loads an account from its object's storage. */
export function loadAccount(storage: DurableObjectStorage): Account {
  const ledger = new Ledger(storage);
  const plan = ledger.meta("entitlement");
  return {
    ledger,
    keys: new KeyStore(storage.sql),
    idempotency: new IdempotencyStore(storage.sql),
    outbox: new Outbox(),
    endedSessions: new EndedSessions(storage.sql),
    purchases: new KeyPurchases(storage.sql),
    requests: new RequestWindow(),
    // Trust: only `open` and `setEntitlement` write it.
    plan: plan === null ? null : JSON.parse(plan),
  };
}

/** Refuses a caller whose account is not open: its user was deleted or never existed. */
export function accountNotFound(caller: CallerCredential) {
  return caller.kind === "key"
    ? fail("invalid_api_key", "This API key does not exist or was revoked.")
    : fail("invalid_token", "The user of this token does not exist any more.");
}
