import type { Child } from "hono/jsx";
import { Empty } from "./components.tsx";

/** A column of a table: its heading, and the content of its cell in each row. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => Child;
  /** Whether its cells are figures, which are aligned by their ends. */
  readonly isFigure?: boolean;
  /** Whether its cells are the headings of their rows. */
  readonly isRowHead?: boolean;
  /** Whether it is left out on a phone, where few columns fit. */
  readonly isMinor?: boolean;
  /** Whether its heading is for screen readers only, as over a column of buttons. */
  readonly isHeadHidden?: boolean;
}

interface TableProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** The text in place of a table without rows. */
  readonly empty?: string;
  /** Whether the table is too wide for most windows. The keyboard can then scroll it. */
  readonly isWide?: boolean;
  /** Whether the table fits into the page, so that the menus of its rows may stand out of it. */
  readonly fits?: boolean;
  /** Returns the anchor of a row. */
  readonly rowId?: (row: Row) => string;
}

/** Shows rows as a table. A table that is wider than the page scrolls by itself. */
export function Table<Row>({
  columns,
  rows,
  empty,
  isWide = false,
  fits = false,
  rowId,
}: TableProps<Row>) {
  if (rows.length === 0 && empty !== undefined) return <Empty>{empty}</Empty>;
  const cellClass = ({ isFigure = false, isMinor = false }: Column<Row>) =>
    isFigure || isMinor
      ? [isFigure ? "number" : "", isMinor ? "minor" : ""].join(" ").trim()
      : undefined;
  return (
    <div
      class={isWide ? "scroll wide" : fits ? "fits" : "scroll"}
      tabindex={isWide ? 0 : undefined}
      role={isWide ? "region" : undefined}
      aria-label={isWide ? columns.map(({ head }) => head).join(", ") : undefined}
    >
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col" class={cellClass(column)}>
                {column.isHeadHidden === true ? (
                  <span class="visually-hidden">{column.head}</span>
                ) : (
                  column.head
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr id={rowId?.(row)}>
              {columns.map((column) =>
                column.isRowHead === true ? (
                  <th scope="row" class={cellClass(column)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td class={cellClass(column)}>{column.cell(row)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
