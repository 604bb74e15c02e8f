import { describe, expect, it } from "vitest";
import { type ChatQuery, listChats } from "../../src/account/ledger/chat-log.ts";
import { authorizeChat } from "../../src/account/methods/authorize-chat.ts";
import { grantCredits } from "../../src/account/methods/grant-credits.ts";
import { settleChat } from "../../src/account/methods/settle-chat.ts";
import { HOUR_MS } from "../../src/time.ts";
import {
  chatCommand,
  grantCommand,
  NOON,
  servedOutcome,
  testEntitlement,
  withManyAccounts,
} from "../support/account.ts";

const ANY: ChatQuery = {
  limit: 10,
  before: null,
  fromMs: null,
  untilMs: null,
  model: null,
  keyId: null,
  ending: null,
};

describe("the chats of an account", () => {
  it("are found by the time of their end, with a bounded number of entries a call", async () => {
    await withManyAccounts(testEntitlement(), async (fresh) => {
      const { account, sql } = await fresh();
      grantCredits(account, grantCommand(1e9), NOON);
      const ended: number[] = [];
      for (let n = 0; n < 3000; n++) {
        const at = NOON + n * HOUR_MS;
        const model = n === 7 ? "rare" : "common";
        const held = authorizeChat(account, chatCommand(10, { model }), at);
        if (held.kind !== "hold") throw new Error("no hold");
        settleChat(
          account,
          { holdNo: held.holdNo, outcome: servedOutcome(3), response: null },
          at + 1000,
        );
        ended.push(held.holdNo);
      }
      const read = (query: Partial<ChatQuery>) => listChats(sql, { ...ANY, ...query }, () => null);
      const numbers = (query: Partial<ChatQuery>) => read(query).chats.map(({ holdNo }) => holdNo);
      expect(numbers({ limit: 2 })).toEqual([ended[2999], ended[2998]]);
      // Ended a second after it began: the end of the range is not in it.
      expect(numbers({ fromMs: NOON + 5 * HOUR_MS, untilMs: NOON + 7 * HOUR_MS + 1000 })).toEqual([
        ended[6],
        ended[5],
      ]);
      expect(numbers({ fromMs: NOON + 5 * HOUR_MS, untilMs: NOON + 7 * HOUR_MS + 1001 })).toEqual([
        ended[7],
        ended[6],
        ended[5],
      ]);
      expect(read({ fromMs: NOON + 4000 * HOUR_MS })).toEqual({
        chats: [],
        next: null,
        entriesLeft: 0,
      });
      let calls = 0;
      let before: number | null = null;
      const found: number[] = [];
      do {
        const page = read({ model: "rare", before });
        found.push(...page.chats.map(({ holdNo }) => holdNo));
        if (page.next !== null) expect(page.entriesLeft).toBe(page.next - 1);
        before = page.next;
        calls += 1;
      } while (before !== null);
      expect(found).toEqual([ended[7]]);
      expect(calls).toBe(4);
    });
  });
});
