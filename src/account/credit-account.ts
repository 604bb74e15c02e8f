import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import type {
  AccountSummary,
  ApiKey,
  Entitlement,
  GrantCommand,
  GrantReply,
  GrantView,
  NewApiKey,
  Reply,
  Scope,
} from "./types.ts";

export class CreditAccount extends DurableObject<Env> {
  /** Opens the account of a new user. Opening again changes nothing. */
  open(_command: { userId: string; entitlement: Entitlement }): void {
    throw new Error("not built yet");
  }
  /** Replaces what the plan includes, unless a newer version of the same plan is already in force. `changedAt` orders changes of plan. */
  setEntitlement(_command: { entitlement: Entitlement; changedAt: number }): Reply<{ applied: boolean }> {
    throw new Error("not built yet");
  }
  /** Gives credit once for each `operationId`. */
  grant(_command: GrantCommand): Reply<GrantReply> {
    throw new Error("not built yet");
  }
  createKey(_key: NewApiKey): Reply<{ key: ApiKey }> {
    throw new Error("not built yet");
  }
  listKeys(): readonly ApiKey[] {
    throw new Error("not built yet");
  }
  revokeKey(_keyId: string): Reply<{ keyId: string }> {
    throw new Error("not built yet");
  }
  /** Whether a key (by its SHA-256, hex) is in force and has the scope; notes that it was used. For every route but chat, which asks in `authorize`. */
  verifyKey(_command: { hash: string; scope: Scope | null }): Reply<{ key: ApiKey }> {
    throw new Error("not built yet");
  }
  summary(): Reply<AccountSummary> {
    throw new Error("not built yet");
  }
  grants(_page: { limit: number; before: number | null }): readonly GrantView[] {
    throw new Error("not built yet");
  }
  /** Erases everything in this object, for the deletion of its user. */
  async erase(): Promise<void> {
    throw new Error("not built yet");
  }
}
