import type { Profiled, Results } from "./results.ts";
import {
  aimTable,
  costTable,
  countTable,
  ledgerTable,
  profileTable,
  speedTable,
  type Table,
} from "./tables.ts";

/** A table in columns of equal width, for a terminal. */
function columns(table: Table): string {
  const widths =
    table[0]?.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  return table.map(line).join("\n");
}

/** Everything that was measured, for a terminal. */
export const summary = (results: Results): string =>
  [speedTable, countTable, costTable, ledgerTable, aimTable]
    .map((make) => columns(make(results)))
    .join("\n\n");

/** Where the CPU of each kind of chat went, for a terminal. */
export const profileSummary = (profile: Profiled): string =>
  profile.loads
    .flatMap(({ title }, at) => [
      title,
      columns(profileTable([profile], at, "rooms")),
      columns(profileTable([profile], at, "functions")),
    ])
    .join("\n\n");
