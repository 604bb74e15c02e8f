import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { loadAccount } from "../../src/account/account.ts";
import { availableBalance } from "../../src/account/ledger/state.ts";
import { authorizeChat } from "../../src/account/methods/authorize-chat.ts";
import { grantCredits } from "../../src/account/methods/grant-credits.ts";
import { settleChat } from "../../src/account/methods/settle-chat.ts";
import {
  chatCommand,
  grantCommand,
  NOON,
  openAccount,
  servedOutcome,
  testEntitlement,
} from "../support/account.ts";

it("an account with thousands of open holds wakes, settles each, and is small again", async () => {
  await runInDurableObject(await openAccount(testEntitlement()), (_instance, { storage }) => {
    const account = loadAccount(storage);
    const holds = 4500;
    grantCredits(account, grantCommand(holds * 10), NOON);
    const ask = chatCommand(10, {
      model: "a-model-with-a-name-as-long-as-names-may-be/".repeat(4),
    });
    const holdNos = Array.from({ length: holds }, () => {
      const reply = authorizeChat(account, ask, NOON);
      if (reply.kind !== "hold") throw new Error("expected a hold");
      return reply.holdNo;
    });
    account.ledger.checkpoint();
    expect(JSON.stringify(account.ledger.state).length).toBeGreaterThan(2 ** 21);
    // The limit of a row in production. A local row may be longer.
    const [row] = storage.sql.exec<{ longest: number }>(
      "SELECT max(length(body)) AS longest FROM checkpoint",
    );
    expect(row?.longest).toBeLessThan(2_000_000);
    const awake = loadAccount(storage);
    expect(awake.ledger.state).toEqual(account.ledger.state);
    for (const holdNo of holdNos) {
      expect(
        settleChat(awake, { holdNo, outcome: servedOutcome(4), response: null }, NOON),
      ).toMatchObject({ value: { ended: "captured" } });
    }
    awake.ledger.checkpoint();
    const after = loadAccount(storage).ledger.state;
    expect(after).toEqual(awake.ledger.state);
    expect(availableBalance(after)).toBe(holds * 6);
    expect(JSON.stringify(after).length).toBeLessThan(2000);
  });
});
