import { z } from "zod";
import { INTERVALS } from "../time.ts";
import { ApiRefusal, unwrap } from "./api.ts";
import { checkoutLocale } from "./checkout-locale.ts";
import type { PageContext } from "./context.ts";
import { trimInput } from "./parse-input.ts";
import { withQuery } from "./pricing/price-choice.ts";
import { renderPricing } from "./pricing.tsx";
import { renderProblem } from "./problem-page.tsx";
import { refusalText } from "./refusal-text.ts";
import { toLocalPath } from "./to-local-path.ts";

const checkoutForm = z.object({
  planId: z.string(),
  currency: z.string().optional(),
  interval: z.enum(INTERVALS).optional(),
  promotionCode: z
    .string()
    .transform((code) => trimInput(code) || undefined)
    .optional(),
  /** The path to return to after buying, where it is not the default. */
  next: z.string().optional(),
});

/** Returns the return URLs of Stripe's page that lead back to a path of ours. */
function buildReturnUrls(c: PageContext, next: string) {
  const { PUBLIC_URL } = c.var.ctx.config;
  const path = toLocalPath(next);
  return {
    successUrl: `${PUBLIC_URL}/success?next=${encodeURIComponent(path)}`,
    cancelUrl: `${PUBLIC_URL}${path}`,
  };
}

/**
 * `POST /buy`: redirects to Stripe's page for the chosen plan. A reader who has not signed in does
 * so first, and comes back to the prices.
 */
export async function startCheckout(c: PageContext) {
  const pricing = withQuery(c, "/pricing");
  if (c.var.viewer === null) return c.redirect(`/signup?next=${encodeURIComponent(pricing)}`, 303);
  const form = checkoutForm.safeParse(await c.req.parseBody());
  if (!form.success) return renderProblem(c, 400, c.var.words.errors.title);
  const { next, ...params } = form.data;
  const returnUrls = next === undefined ? {} : buildReturnUrls(c, next);
  try {
    const { url } = await unwrap(
      c.var.api.api.checkout.$post({ json: { ...params, ...returnUrls, ...checkoutLocale(c) } }),
    );
    return c.redirect(url, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    const text = refusalText(c, error);
    if (error.body.param === "promotionCode")
      return await renderPricing(c, { typed: params.promotionCode, error: text }, error.status);
    return renderProblem(c, error.status, text, pricing);
  }
}

/**
 * `GET /buy`: the form's path has no page of its own, but a reader may open it, or change the
 * language on the page of a refusal.
 */
export const showPricesInstead = (c: PageContext) => c.redirect(withQuery(c, "/pricing"), 303);
