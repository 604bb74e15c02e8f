import { afterEach, expect, it, vi } from "vitest";
import { authorizeChat } from "../../src/account/methods/authorize-chat.ts";
import { grantCredits } from "../../src/account/methods/grant-credits.ts";
import { createSession } from "../../src/account/methods/manage-keys.ts";
import { settleChat } from "../../src/account/methods/settle-chat.ts";
import { DAY_MS } from "../../src/time.ts";
import {
  chatCommand,
  grantCommand,
  NOON,
  servedOutcome,
  testEntitlement,
  withAccount,
} from "../support/account.ts";

afterEach(() => vi.useRealTimers());

it("what a session spent is forgotten, no sooner than it and its holds end", async () => {
  const kept = await withAccount(testEntitlement(), (account) => {
    grantCredits(account, grantCommand(1000), NOON);
    const begin = (n: number, nowMs: number) =>
      createSession(
        account,
        {
          keyId: `ses_${n}`,
          hash: `hash-${n}`,
          prefix: "fbs_",
          name: "Session",
          scopes: ["chat"],
          models: null,
          budget: { limitMicrocredits: 1000, period: "at_once" },
          expiresAt: nowMs + DAY_MS,
        },
        nowMs,
      );
    const chat = (n: number, nowMs: number) => {
      const caller = { kind: "key", hash: `hash-${n}` } as const;
      const held = authorizeChat(account, { ...chatCommand(5), caller }, nowMs);
      if (held.kind !== "hold") throw new Error(JSON.stringify(held));
      settleChat(
        account,
        { holdNo: held.holdNo, outcome: servedOutcome(5), response: null },
        nowMs,
      );
    };
    const usage: string[][] = [];
    for (const [n, day] of [0, 2, 4].entries()) {
      const nowMs = NOON + day * DAY_MS;
      begin(n, nowMs);
      chat(n, nowMs);
      account.ledger.checkpoint();
      usage.push(Object.keys(account.ledger.state.keys));
    }
    return usage;
  });
  expect(kept).toEqual([["ses_0"], ["ses_0", "ses_1"], ["ses_1", "ses_2"]]);
});
