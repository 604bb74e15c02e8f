import { toCredits, toMicrocredits } from "../../src/units.ts";
import { credits, type Entry, ledger, type Plan } from "./api.ts";
import { expectEqual, step } from "./checks.ts";
import type { DemoUser } from "./sign-up.ts";

/** Reads the whole ledger, page by page, oldest entry first. */
async function readLedger({ api }: DemoUser): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof fetchPage>> = await fetchPage(cursor);
    entries.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return entries.toReversed();

  function fetchPage(after: string | null) {
    return api.get(
      `/api/credits/ledger?limit=2${after === null ? "" : `&cursor=${encodeURIComponent(after)}`}`,
      ledger,
    );
  }
}

/** Checks that the ledger has every entry of the demo and adds up to the microcredit. */
export async function checkLedger(
  user: DemoUser,
  pack: Plan,
  spentMicrocredits: number,
): Promise<void> {
  await step("The ledger adds up", async () => {
    const entries = await readLedger(user);
    let balance = 0;
    for (const entry of entries) {
      balance += toMicrocredits(entry.amount);
      expectEqual(
        `the balance after ${entry.id} (${entry.description})`,
        toMicrocredits(entry.balanceAfter),
        balance,
      );
    }
    const { posted } = await user.api.get("/api/credits", credits);
    expectEqual("the sum of all entries", balance, toMicrocredits(posted));
    expectEqual(
      "what was bought less what was spent",
      toMicrocredits(pack.credits) - spentMicrocredits,
      balance,
    );
    const lines = entries.map(
      ({ amount, description }) => `${amount > 0 ? "+" : ""}${amount} ${description}`,
    );
    return [`${lines.join(", ")} = ${toCredits(balance)}`, null];
  });
}
