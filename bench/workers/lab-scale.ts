import { type Account, loadAccount } from "../../src/account/account.ts";
import { CreditAccount } from "../../src/account/index.ts";
import type { AccountState } from "../../src/account/ledger/state.ts";
import { fromJson, toJson } from "../../src/json.ts";

const CHAT = {
  caller: { kind: "session" },
  chat: {
    model: "bench",
    prices: { inputPerMillion: 1000, cachedInputPerMillion: null, outputPerMillion: 1000 },
    promptBoundTokens: 500,
    maxTokens: 100,
    choices: 1,
    holdTtlSeconds: 900,
  },
  idempotency: null,
} as const;
const OUTCOME = {
  ending: "complete",
  usage: { input: 100, cachedInput: 0, output: 50 },
  estimated: false,
  latencyMs: 1,
} as const;

const INSERT = `
  WITH RECURSIVE chat(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM chat WHERE n + 1 < ?1)
  INSERT INTO entries
         (entry_no, at_ms, kind, amount_microcredits, balance_after_microcredits, detail)
  SELECT ?2 + 2 * n + kind.is_capture, ?3, kind.name,
         -kind.is_capture * ?4, ?5 - (n + kind.is_capture) * ?4,
         iif(kind.is_capture, json_set(?7, '$.holdNo', ?2 + 2 * n), ?6)
  FROM chat, (SELECT 0 AS is_capture, 'hold' AS name UNION ALL SELECT 1, 'capture') AS kind`;

const mapValues = <T>(record: Readonly<Record<string, T>>, change: (value: T) => T) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/**
 * An account that can get a long history, and that chats with itself so that only the account is
 * measured.
 */
export class LongAccount extends CreditAccount {
  /**
   * Makes two real chats, then copies of them until the ledger has `entries` entries, and the state
   * that they add up to.
   */
  async age(entries: number): Promise<void> {
    await this.manyChats(2);
    await this.ctx.storage.transaction(() =>
      Promise.resolve(this.#copyChats(loadAccount(this.ctx.storage), entries)),
    );
    // The account in memory does not know these entries, so it has to be loaded again.
    this.ctx.abort("aged");
  }

  #copyChats({ ledger }: Account, entries: number): void {
    const { sql } = this.ctx.storage;
    const [capture, hold] = [
      ...sql.exec<{ detail: string; amount: number; balance: number }>(
        `SELECT detail, amount_microcredits AS amount, balance_after_microcredits AS balance
         FROM entries ORDER BY entry_no DESC LIMIT 2`,
      ),
    ];
    if (capture === undefined || hold === undefined) throw new Error("There is no chat to copy.");
    const { state } = ledger;
    const chats = Math.floor((entries - state.lastEntryNo) / 2);
    if (chats <= 0) return;
    const cost = -capture.amount;
    sql.exec(
      INSERT,
      chats,
      state.lastEntryNo + 1,
      Date.now(),
      cost,
      capture.balance,
      hold.detail,
      capture.detail,
    );
    const grants = mapValues(state.grants, (grant) => ({
      ...grant,
      remainingMicrocredits: grant.remainingMicrocredits - cost * chats,
    }));
    const daily = mapValues(state.daily, (usage) => ({
      ...usage,
      requests: usage.requests + chats,
    }));
    const aged: AccountState = {
      ...state,
      lastEntryNo: state.lastEntryNo + 2 * chats,
      capturedMicrocredits: state.capturedMicrocredits + cost * chats,
      grants,
      daily,
    };
    sql.exec(
      "INSERT OR REPLACE INTO checkpoint (part, body) VALUES (0, ?)",
      new TextEncoder().encode(JSON.stringify(aged)),
    );
  }

  /** Makes a number of chats, one after the other. Returns the number of entries in the ledger. */
  async manyChats(count: number): Promise<number> {
    let holdNo = 0;
    for (let n = 0; n < count; n++) {
      const hold = fromJson(await this.authorize(toJson(CHAT)));
      if (hold.kind !== "hold") throw new Error(`expected a hold, not ${JSON.stringify(hold)}`);
      holdNo = hold.holdNo;
      const settled = fromJson(
        await this.settle(toJson({ holdNo, outcome: OUTCOME, response: null })),
      );
      if (!settled.ok) throw new Error(settled.failure.message);
    }
    return holdNo + 1;
  }
}
