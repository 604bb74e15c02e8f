import { z } from "zod";
import { INTERVALS } from "../time.ts";
import { ApiRefusal, unwrap } from "./api.ts";
import type { PageContext } from "./context.ts";
import { formatMoney } from "./format.ts";
import { renderPage } from "./layout.tsx";
import { encodePathPart } from "./path-param.ts";
import { planLines } from "./plan-lines.ts";
import { renderProblem } from "./problem-page.tsx";
import { refusalText } from "./refusal-text.ts";

const changeParams = z.object({
  planId: z.string(),
  interval: z.enum(INTERVALS).optional(),
  quantity: z.coerce.number().int().min(1).optional(),
});
/** The answer to a preview. Its route answers a change as well, so the type has both. */
const previewBody = z.object({
  plan: z.object({ name: z.string() }),
  interval: z.string().nullable(),
  currency: z.string(),
  lines: z.array(z.object({ description: z.string().nullable(), amountMinor: z.number() })),
  totalMinor: z.number(),
  amountDueMinor: z.number(),
  credits: z.number(),
});

/**
 * `GET /change?planId=&interval=&quantity=`: shows what a change of the subscription would cost.
 */
export async function previewPage(c: PageContext) {
  const { change: words } = c.var.words;
  const params = changeParams.safeParse(c.req.query());
  if (!params.success) return renderProblem(c, 400, c.var.words.errors.notFound, "/pricing");
  const preview = previewBody.parse(
    await unwrap(
      c.var.api.api.subscription.change.$post({ json: { ...params.data, preview: true } }),
    ),
  );
  const { lines, totalMinor, amountDueMinor, currency, credits } = preview;
  const plan = await unwrap(
    c.var.api.api.plans[":idOrSlug"].$get({
      param: { idOrSlug: encodePathPart(params.data.planId) },
    }),
  );
  const price = plan.prices.find(
    (candidate) => candidate.currency === currency && candidate.interval === preview.interval,
  );
  return renderPage(c, {
    title: words.title,
    children: (
      <>
        <h1>{words.to(preview.plan.name)}</h1>
        <table>
          <tbody>
            {lines.map(({ description, amountMinor }) => (
              <tr>
                <td>{description}</td>
                <td class="number">{formatMoney(c, amountMinor, currency)}</td>
              </tr>
            ))}
            <tr>
              <th scope="row">{totalMinor < 0 ? words.credited : words.now}</th>
              <td class="number">
                <strong>
                  {formatMoney(c, totalMinor < 0 ? -totalMinor : amountDueMinor, currency)}
                </strong>
              </td>
            </tr>
          </tbody>
        </table>
        {credits > 0 ? <p>{words.gives(credits)}</p> : null}
        {credits < 0 ? <p>{words.takes(-credits)}</p> : null}
        <h2>{words.includes}</h2>
        <ul>
          {planLines(c, plan, price).map((line) => (
            <li>{line}</li>
          ))}
        </ul>
        <form method="post" class="row">
          {Object.entries(params.data).map(([name, value]) => (
            <input type="hidden" name={name} value={String(value)} />
          ))}
          <button type="submit">{words.confirm}</button>
          <a class="button plain" href="/dashboard">
            {words.back}
          </a>
        </form>
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
