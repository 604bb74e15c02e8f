import { type ApiClient, ApiRefusal, type SuccessBody, unwrap } from "../api.ts";
import { Field } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { formatMoney, localeOf } from "../format.ts";
import { refusalText } from "../refusal-text.ts";
import { withQuery } from "./price-choice.ts";

type PromotionCode = SuccessBody<ApiClient["api"]["checkout"]["promotion-code"]["$post"]>;

/** The code that the reader typed, and what became of it. */
export interface CodeState {
  readonly typed?: string | undefined;
  readonly valid?: PromotionCode | undefined;
  /** Why it cannot be used. */
  readonly error?: string | undefined;
}

/** Looks up the code that the address names. Visitors have none: a code may be one user's own. */
export async function loadCode(c: PageContext): Promise<CodeState> {
  const typed = c.req.query("promotionCode")?.trim().slice(0, 100) ?? "";
  if (typed === "" || c.var.viewer === null) return {};
  try {
    const json = { promotionCode: typed };
    const checked = c.var.api.api.checkout["promotion-code"].$post({ json });
    return { typed, valid: await unwrap(checked) };
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    return { typed, error: refusalText(c, error) };
  }
}

/** Says what a code gives: how much, off which payments, and under which conditions. */
function describeCode(c: PageContext, code: PromotionCode): string {
  const { shop: words } = c.var.words;
  const { percentOff, amountOffMinor, currency, duration, durationInMonths } = code;
  const percent = new Intl.NumberFormat(localeOf(c), {
    style: "percent",
    maximumFractionDigits: 2,
  });
  const off =
    percentOff !== null
      ? words.percentOff(percent.format(percentOff / 100))
      : words.amountOff(formatMoney(c, amountOffMinor ?? 0, currency ?? "usd"));
  const payments =
    duration === "forever"
      ? words.codeDuration.forever
      : duration === "repeating" && durationInMonths !== null
        ? words.codeDuration.months(durationInMonths)
        : words.codeDuration.once;
  const { minimumAmountMinor, minimumCurrency, firstPurchaseOnly } = code;
  return [
    words.codeFor(off, payments),
    ...(minimumAmountMinor !== null && minimumCurrency !== null
      ? [words.codeMinimum(formatMoney(c, minimumAmountMinor, minimumCurrency))]
      : []),
    ...(firstPurchaseOnly ? [words.codeFirst] : []),
  ].join(", ");
}

/** The field of a promotion code, which is checked before anything is bought. */
export function PromotionCodeForm({ c, code }: { c: PageContext; code: CodeState }) {
  const { shop: words } = c.var.words;
  const { typed, valid, error } = code;
  if (c.var.viewer === null) return null;
  if (valid !== undefined && error === undefined)
    return (
      <p class="notice good" role="status">
        {words.codeGives(valid.code, describeCode(c, valid))} {words.codeApplies}{" "}
        <a href={withQuery(c, "/pricing", { promotionCode: null })}>{words.removeCode}</a>
      </p>
    );
  const kept = ["currency", "interval", "next"].flatMap((name) => {
    const value = c.req.query(name);
    return value === undefined ? [] : [{ name, value }];
  });
  return (
    <details class="promotion" open={error !== undefined}>
      <summary>{words.haveCode}</summary>
      <form method="get" action="/pricing" class="promotion-form">
        {kept.map(({ name, value }) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <Field
          name="promotionCode"
          label={words.code}
          value={typed}
          autocomplete="off"
          error={error}
        />
        <button type="submit" class="plain">
          {words.applyCode}
        </button>
      </form>
    </details>
  );
}
