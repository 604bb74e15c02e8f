import { z } from "zod";
import { ApiRefusal, said } from "./api.ts";
import type { PageContext } from "./context.ts";
import { localPath } from "./local-path.ts";
import { problemPage } from "./problem.tsx";

const chosen = z.object({
  planId: z.string(),
  currency: z.string().optional(),
  interval: z.enum(["day", "week", "month", "year"]).optional(),
  promotionCode: z
    .string()
    .trim()
    .transform((code) => (code === "" ? undefined : code))
    .optional(),
  /** The page that buying leads back to, where it is not the usual one. */
  next: z.string().optional(),
});

/** Where Stripe's page leads to, for who is to go on at a page of ours. */
function returnTo(c: PageContext, next: string) {
  const { PUBLIC_URL } = c.var.config;
  const path = localPath(next);
  return {
    successUrl: `${PUBLIC_URL}/success?next=${encodeURIComponent(path)}`,
    cancelUrl: `${PUBLIC_URL}${path}`,
  };
}

/**
 * `POST /buy`: to Stripe's page for what was chosen. Who has not signed in does so first, and comes
 * back to the prices.
 */
export async function buy(c: PageContext) {
  if (c.var.viewer === null) return c.redirect("/signup?next=%2Fpricing", 303);
  const form = chosen.safeParse(await c.req.parseBody());
  if (!form.success) return problemPage(c, 400, c.var.words.errors.title);
  const { next, ...params } = form.data;
  const returnUrls = next === undefined ? {} : returnTo(c, next);
  try {
    const { url } = await said(c.var.api.api.checkout.$post({ json: { ...params, ...returnUrls } }));
    return c.redirect(url, 303);
  } catch (error) {
    if (error instanceof ApiRefusal) return problemPage(c, error.status, error.message, "/pricing");
    throw error;
  }
}
