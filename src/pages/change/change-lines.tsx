import type { PageContext } from "../context.ts";
import { formatDay, formatMoney, formatNumber } from "../format.ts";
import { planName } from "../plan-names.ts";
import type { ChangePreview } from "./preview-body.ts";

type Line = ChangePreview["lines"][number];

/** Says what a line is for. Stripe's own wording is shown for what is neither time nor usage. */
function describeLine(
  c: PageContext,
  { kind, plan, quantity, description, periodEnd }: Line,
): string {
  const { change: words } = c.var.words.shop;
  const until = formatDay(c, periodEnd.slice(0, 10));
  const name = plan === null ? null : planName(c, plan);
  const count = formatNumber(c, quantity ?? 0);
  switch (kind) {
    case "unused_time":
      return name === null ? words.unusedPlain(until) : words.unused(name, until);
    case "plan":
      return name === null ? words.timePlain(until) : words.time(name, until);
    case "overage":
      return name === null ? words.overagePlain(count) : words.overage(count, name);
    case "other":
      return description ?? "";
  }
}

/** The lines of the invoice that the change would make. */
export function ChangeLines({ c, preview }: { c: PageContext; preview: ChangePreview }) {
  const { change: words } = c.var.words.shop;
  const { lines, totalMinor, amountDueMinor, currency } = preview;
  return (
    <details class="change-lines">
      <summary>{words.lines}</summary>
      <table>
        <tbody>
          {lines.map((line) => (
            <tr>
              <td>{describeLine(c, line)}</td>
              <td class="number">{formatMoney(c, line.amountMinor, currency)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">{totalMinor < 0 ? words.credit : words.total}</th>
            <td class="number">
              <strong>
                {formatMoney(c, totalMinor < 0 ? -totalMinor : amountDueMinor, currency)}
              </strong>
            </td>
          </tr>
        </tbody>
      </table>
    </details>
  );
}
