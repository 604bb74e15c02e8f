import type { Profiled, Results } from "./results.ts";
import { describeFarAccount } from "./sentences.ts";
import {
  aimTable,
  costTable,
  countTable,
  ledgerTable,
  profileTable,
  speedTable,
  type Table,
} from "./tables.ts";

/** Formats a table in columns of equal width, for a terminal. */
function columns(table: Table): string {
  const widths =
    table[0]?.map((_, index) => Math.max(...table.map((row) => row[index]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd();
  return table.map(line).join("\n");
}

/** Formats all results for a terminal. */
export const summary = (results: Results): string =>
  [speedTable, countTable, costTable, ledgerTable, aimTable]
    .map((build) => columns(build(results)))
    .concat(describeFarAccount(results))
    .join("\n\n");

/** Formats a profile for a terminal. */
export const profileSummary = (profile: Profiled): string =>
  profile.loads
    .flatMap(({ title }, index) => [
      title,
      columns(profileTable([profile], index, "rooms")),
      columns(profileTable([profile], index, "functions")),
    ])
    .join("\n\n");
