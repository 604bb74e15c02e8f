import { z } from "zod";
import { INTERVALS } from "../time.ts";
import { ApiRefusal, unwrap } from "./api.ts";
import { ChangeLines } from "./change/change-lines.tsx";
import { ChangeTerms } from "./change/change-terms.tsx";
import { ChangeToday } from "./change/change-today.tsx";
import { type ChangePreview, changePreview } from "./change/preview-body.ts";
import type { PageContext } from "./context.ts";
import { formatMoney } from "./format.ts";
import { renderPage } from "./layout.tsx";
import { encodePathPart } from "./path-param.ts";
import { renderProblem } from "./problem-page.tsx";
import { refusalText } from "./refusal-text.ts";
import { PageTitle } from "./ui/page-title.tsx";

const changeParams = z.object({
  planId: z.string(),
  interval: z.enum(INTERVALS).optional(),
  quantity: z.coerce.number().int().min(1).optional(),
});
type ChangeParams = z.infer<typeof changeParams>;

const findPlan = (c: PageContext, planId: string) =>
  unwrap(c.var.api.api.plans[":idOrSlug"].$get({ param: { idOrSlug: encodePathPart(planId) } }));

/** Returns the address of the preview, so that a change of language after a refusal finds it. */
const previewAddress = ({ planId, interval, quantity }: ChangeParams): string =>
  `/change?${new URLSearchParams({
    planId,
    ...(interval === undefined ? {} : { interval }),
    ...(quantity === undefined ? {} : { quantity: String(quantity) }),
  }).toString()}`;

/** The button that makes the change, with the amount that it charges. */
function ConfirmForm({
  c,
  params,
  preview: { amountDueMinor, currency },
}: {
  c: PageContext;
  params: ChangeParams;
  preview: ChangePreview;
}) {
  const { change: words } = c.var.words.shop;
  return (
    <form method="post" action={previewAddress(params)} class="row">
      {Object.entries(params).map(([name, value]) => (
        <input type="hidden" name={name} value={String(value)} />
      ))}
      <button type="submit">
        {amountDueMinor > 0 ? words.pay(formatMoney(c, amountDueMinor, currency)) : words.confirm}
      </button>
      <a class="button plain" href="/pricing">
        {words.back}
      </a>
    </form>
  );
}

/**
 * `GET /change?planId=&interval=&quantity=`: shows what a change of the subscription would cost,
 * what ends with it, and what comes after it.
 */
export async function previewPage(c: PageContext) {
  const { change: words } = c.var.words.shop;
  const params = changeParams.safeParse(c.req.query());
  if (!params.success) return c.redirect("/pricing", 303);
  const preview = changePreview.parse(
    await unwrap(
      c.var.api.api.subscription.change.$post({ json: { ...params.data, preview: true } }),
    ),
  );
  const [next, current] = await Promise.all([
    findPlan(c, params.data.planId),
    findPlan(c, preview.from.plan.id),
  ]);
  return renderPage(c, {
    title: words.title,
    styles: ["/pricing.css"],
    children: (
      <>
        <PageTitle title={words.title} lead={words.lead} />
        <ChangeTerms c={c} preview={preview} current={current} next={next} />
        <ChangeToday c={c} preview={preview} />
        <ConfirmForm c={c} params={params.data} preview={preview} />
        <ChangeLines c={c} preview={preview} />
      </>
    ),
  });
}

/**
 * `POST /change`: changes the subscription. The amount due is charged to the card on file at once.
 */
export async function changeSubscription(c: PageContext) {
  const params = changeParams.safeParse(await c.req.parseBody());
  if (!params.success) return renderProblem(c, 400, c.var.words.errors.title, "/pricing");
  try {
    await unwrap(
      c.var.api.api.subscription.change.$post({ json: { ...params.data, preview: false } }),
    );
  } catch (error) {
    // The bank wants the card holder to confirm the payment, on Stripe's page.
    if (error instanceof ApiRefusal && error.body.paymentUrl !== undefined)
      return c.redirect(error.body.paymentUrl, 303);
    if (error instanceof ApiRefusal && error.status === 422)
      return renderProblem(c, 422, refusalText(c, error), "/dashboard");
    throw error;
  }
  return c.redirect("/dashboard", 303);
}
