import { expect, it } from "vitest";
import { authorizeChat } from "../../src/account/methods/authorize-chat.ts";
import { grantCredits } from "../../src/account/methods/grant-credits.ts";
import { settleChat } from "../../src/account/methods/settle-chat.ts";
import { MINUTE_MS } from "../../src/time.ts";
import {
  chatCommand,
  grantCommand,
  NOON,
  servedOutcome,
  testEntitlement,
  withAccount,
} from "../support/account.ts";

it("as many chats run at once as the plan allows in a minute, however long they take", async () => {
  await withAccount(testEntitlement({ requestsPerMinute: 3 }), (account) => {
    grantCredits(account, grantCommand(1000), NOON);
    const open = [0, 1, 2].map(() => authorizeChat(account, chatCommand(10), NOON));
    expect(open.map(({ kind }) => kind)).toEqual(["hold", "hold", "hold"]);
    const later = NOON + 5 * MINUTE_MS;
    expect(authorizeChat(account, chatCommand(10), later)).toMatchObject({
      kind: "refused",
      failure: { code: "rate_limit_exceeded", message: expect.stringContaining("chats running") },
    });
    settleChat(account, { holdNo: 2, outcome: servedOutcome(1), response: null }, later);
    expect(authorizeChat(account, chatCommand(10), later).kind).toBe("hold");
    expect(authorizeChat(account, chatCommand(10), later).kind).toBe("refused");
    // Holds that nobody settles end by themselves.
    expect(authorizeChat(account, chatCommand(10), NOON + 16 * MINUTE_MS).kind).toBe("hold");
  });
});
