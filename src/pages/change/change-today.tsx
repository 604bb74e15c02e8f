import type { PageContext } from "../context.ts";
import { formatDay, formatMoney } from "../format.ts";
import type { ChangePreview } from "./preview-body.ts";

/** What happens today and what follows: payment, trial, credits, and the next payment. */
export function ChangeToday({ c, preview }: { c: PageContext; preview: ChangePreview }) {
  const { pricing, shop } = c.var.words;
  const { change: words } = shop;
  const { totalMinor, amountDueMinor, amountMinor, currency, interval, credits } = preview;
  const money = (minor: number) => formatMoney(c, minor, currency);
  const period = interval === null ? pricing.once : pricing.per[interval];
  return (
    <section class="card change-today">
      <p class="figure">{words.today(money(Math.max(0, amountDueMinor)))}</p>
      <p>
        {words.afterwards(
          money(amountMinor),
          period,
          formatDay(c, preview.nextPaymentAt.slice(0, 10)),
        )}
      </p>
      {preview.endsTrial ? <p>{words.trialEnds}</p> : null}
      {totalMinor < 0 ? <p>{words.creditedNote(money(-totalMinor))}</p> : null}
      {credits > 0 ? <p>{words.gives(credits)}</p> : null}
      {credits < 0 ? <p>{words.takes(-credits)}</p> : null}
      {amountDueMinor > 0 ? (
        <p class="muted small">{words.charged}</p>
      ) : (
        <p class="muted small">{words.nothingToPay}</p>
      )}
    </section>
  );
}
