import type { PageContext } from "../context.ts";
import { formatMoney } from "../format.ts";
import { type PlanView, planLines } from "../plan-lines.ts";
import { planName } from "../plan-names.ts";
import { Icon } from "../ui/icon.tsx";
import type { ChangePreview } from "./preview-body.ts";

interface TermsProps {
  readonly c: PageContext;
  readonly head: string;
  readonly plan: PlanView;
  readonly interval: ChangePreview["interval"];
  readonly amountMinor: number | null;
  readonly currency: string;
  readonly isNext?: boolean;
}

/** A plan before or after the change: its name, its price, and what it includes. */
function Terms({ c, head, plan, interval, amountMinor, currency, isNext = false }: TermsProps) {
  const { pricing, shop } = c.var.words;
  const price = plan.prices.find(
    (candidate) => candidate.currency === currency && candidate.interval === interval,
  );
  const period = interval === null ? pricing.once : pricing.per[interval];
  return (
    <section class={isNext ? "card current" : "card"}>
      <span class="muted small">{head}</span>
      <h2>{planName(c, plan)}</h2>
      <p>
        {amountMinor === null
          ? shop.change.unknownPrice
          : shop.change.perPeriod(formatMoney(c, amountMinor, currency), period)}
      </p>
      <ul class="ticks">
        {planLines(c, plan, price).map((line) => (
          <li>
            <Icon name="check" />
            <span>{line}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The plan that the reader has, and the one that they would have, side by side. */
export function ChangeTerms({
  c,
  preview,
  current,
  next,
}: {
  c: PageContext;
  preview: ChangePreview;
  current: PlanView;
  next: PlanView;
}) {
  const { change: words } = c.var.words.shop;
  const { currency, from } = preview;
  return (
    <div class="change-terms">
      <Terms
        c={c}
        head={words.now}
        plan={current}
        interval={from.interval}
        amountMinor={from.amountMinor}
        currency={currency}
      />
      <Icon name="arrow-right" />
      <Terms
        c={c}
        head={words.next}
        plan={next}
        interval={preview.interval}
        amountMinor={preview.amountMinor}
        currency={currency}
        isNext
      />
    </div>
  );
}
