import { type ApiClient, ApiRefusal, type SuccessBody, unwrap } from "../api.ts";
import { Field, Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import {
  IdempotencyField,
  idempotencyHeader,
  type RejectedForm,
  readForm,
  toFieldError,
} from "../form-components.tsx";
import { formatMoney, formatNumber } from "../format.ts";
import { parseAmount } from "../parse-input.ts";
import { refusalText } from "../refusal-text.ts";
import { flash } from "../ui/flash.ts";

type Refund = SuccessBody<ApiClient["api"]["admin"]["invoices"][":id"]["$get"]>["refund"];

interface RefundProps {
  readonly c: PageContext;
  readonly refund: Refund;
  /** The path that the form posts to. */
  readonly action: string;
  /** Whether the sale gave more than credits. */
  readonly givesAccess: boolean;
  readonly rejected: RejectedForm | undefined;
}

/** What a refund takes back. */
function RefundEffects({ c, refund, givesAccess }: RefundProps) {
  const { sale: words } = c.var.words.admin;
  const { toTake, toOwe } = refund.credits;
  return (
    <>
      {toTake === 0 ? null : <p>{words.refundTakes(formatNumber(c, toTake))}</p>}
      {toOwe === 0 ? null : <Notice kind="warn">{words.refundOwes(formatNumber(c, toOwe))}</Notice>}
      {givesAccess ? <p>{words.refundTakesPlan}</p> : null}
    </>
  );
}

function RefundForm(props: RefundProps) {
  const { c, refund, action, rejected } = props;
  const { sale: words } = c.var.words.admin;
  const errorFor = (param: string) =>
    rejected?.error.param === param ? rejected.error.message : undefined;
  const isFieldKnown = ["amountMinor", "reason"].includes(rejected?.error.param ?? "");
  return (
    <details class="refund" open={rejected !== undefined}>
      <summary class="button plain danger">{words.refundOpen}</summary>
      <form method="post" action={action}>
        {rejected === undefined || isFieldKnown ? null : (
          <Notice kind="bad">{rejected.error.message}</Notice>
        )}
        <RefundEffects {...props} />
        <IdempotencyField />
        <Field
          name="amount"
          label={words.refundAmount(refund.currency.toUpperCase())}
          hint={words.refundAmountHint(formatMoney(c, refund.refundableMinor, refund.currency))}
          value={rejected?.values["amount"]}
          error={errorFor("amountMinor")}
        />
        <Field
          name="reason"
          label={words.refundReason}
          value={rejected?.values["reason"]}
          error={errorFor("reason")}
          required
        />
        <button type="submit" class="danger solid">
          {words.refundNow}
        </button>
      </form>
    </details>
  );
}

/** The card by which a sale is refunded, or why it cannot be. */
export function RefundCard(props: RefundProps) {
  const { c, refund } = props;
  const { sale: words } = c.var.words.admin;
  return (
    <section class="card">
      <h2>{words.refund}</h2>
      {refund.disputed ? (
        <p class="muted">{words.refundDisputed}</p>
      ) : refund.refundableMinor === 0 ? (
        <p class="muted">{words.refundNothing}</p>
      ) : (
        <RefundForm {...props} />
      )}
    </section>
  );
}

/**
 * Refunds the amount that was typed, or all that is left. A form that is sent twice refunds once.
 * @param render shows the page again with a form that was refused
 */
export async function refundByForm(
  c: PageContext,
  {
    sale,
    currency,
    back,
    render,
  }: {
    sale: { orderId: string } | { invoiceId: string };
    currency: string;
    back: string;
    render: (rejected: RejectedForm) => Response | Promise<Response>;
  },
) {
  const values = await readForm(c);
  const amountMinor = parseAmount(values["amount"], currency);
  if (amountMinor === null) {
    const message = c.var.words.admin.sale.amountProblem;
    return await render({ error: { message, param: "amountMinor" }, values });
  }
  const json = {
    ...sale,
    reason: values["reason"] ?? "",
    ...(amountMinor === undefined ? {} : { amountMinor }),
  };
  try {
    const refund = await unwrap(
      c.var.api.api.payments.refunds.$post({ json }, idempotencyHeader(values["once"])),
    );
    flash(c, "refunded", formatMoney(c, refund.amountMinor, refund.currency));
    return c.redirect(back, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    const { param } = toFieldError(error);
    return await render({ error: { param, message: refusalText(c, error) }, values });
  }
}
