import { assertThat, DemoFailure } from "./checks.ts";

const CARD = { name: "Demo", expiry: "12 / 34", cvc: "123", method: "card" };

/**
 * The answer of the local Stripe's page to a payment: the address it redirects to, or the problem
 * it shows.
 */
export type PayResult = { readonly to: string } | { readonly problem: string };

/** Opens a checkout page and submits its form, as a person would. */
export async function payOnPage(
  url: string,
  email: string,
  cardNumber: string,
): Promise<PayResult> {
  const { hostname } = new URL(url);
  assertThat(
    hostname === "localhost" || hostname === "127.0.0.1",
    `the page is at ${hostname}, which is the real Stripe: the demo pays only on the local one. ` +
      "Leave STRIPE_SECRET_KEY out of .dev.vars.",
  );
  const page = await fetch(url);
  const html = await page.text();
  if (!page.ok) throw new DemoFailure(`the page answers ${page.status}`);
  const action = /<form[^>]*\baction="([^"]+)"/.exec(html)?.[1];
  assertThat(action !== undefined, "the page has no form");
  const response = await fetch(new URL(action, url), {
    method: "POST",
    body: new URLSearchParams({ ...CARD, email, number: cardNumber }),
    redirect: "manual",
  });
  const to = response.headers.get("location");
  if (response.status === 303 && to !== null) return { to };
  const problem = /<p[^>]*role="alert"[^>]*>([^<]*)</.exec(await response.text())?.[1]?.trim();
  return { problem: problem || `the page answers ${response.status}` };
}
