import { toCredits, toMicrocredits } from "../../src/units.ts";
import { credits, type Entry, ledger, type Plan } from "./api.ts";
import { same, step } from "./report.ts";
import type { Traveller } from "./sign-up.ts";

/** Reads the whole ledger, page by page, oldest entry first. */
async function readLedger({ api }: Traveller): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof ask>> = await ask(cursor);
    entries.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return entries.toReversed();

  function ask(after: string | null) {
    return api.get(
      `/api/credits/ledger?limit=2${after === null ? "" : `&cursor=${encodeURIComponent(after)}`}`,
      ledger,
    );
  }
}

/** Checks that the ledger tells the whole journey and adds up to the microcredit. */
export async function checkLedger(
  traveller: Traveller,
  pack: Plan,
  spentMicrocredits: number,
): Promise<void> {
  await step("The ledger adds up", async () => {
    const entries = await readLedger(traveller);
    let balance = 0;
    for (const entry of entries) {
      balance += toMicrocredits(entry.amount);
      same(
        `the balance after ${entry.id} (${entry.description})`,
        toMicrocredits(entry.balanceAfter),
        balance,
      );
    }
    const { posted } = await traveller.api.get("/api/credits", credits);
    same("the sum of all entries", balance, toMicrocredits(posted));
    same(
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
