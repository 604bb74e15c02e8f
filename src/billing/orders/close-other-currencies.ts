import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { callStripe } from "../stripe/stripe.ts";
import { failOrder, listOpenPages } from "./store.ts";

/**
 * Closes a page at Stripe. One that is open although Stripe refused that is tried once more.
 * @returns whether it was closed, and had not been paid or expired before
 */
async function closePage(config: Config, stripeId: string): Promise<Result<boolean>> {
  const expire = () => callStripe(config, (stripe) => stripe.checkout.sessions.expire(stripeId));
  const closed = await expire();
  if (closed.ok) return ok(true);
  if (closed.failure.code !== "stripe_refused") return closed;
  const page = await callStripe(config, (stripe) => stripe.checkout.sessions.retrieve(stripeId));
  if (!page.ok) return page;
  if (page.value.status !== "open") return ok(false);
  const again = await expire();
  return again.ok ? ok(true) : again;
}

/**
 * Closes a user's open pages for subscriptions in other currencies, at Stripe first, before another
 * subscription is begun: Stripe bills a customer in one currency at a time, and an open page for a
 * subscription holds it for up to a day. Sales that are paid once may be in any.
 * @returns why Stripe could not be asked. A page that was paid or has expired is left as it is: its
 *   events end it
 */
export async function closeOtherCurrencies(
  { db, config, nowMs }: Context,
  userId: string,
  currency: string,
): Promise<Result<null>> {
  const others = (await listOpenPages(db, userId)).filter(
    (page) => page.kind === "subscription" && page.currency !== currency,
  );
  for (const { stripeId, orderId } of others) {
    const closed = await closePage(config, stripeId);
    if (!closed.ok) return closed;
    if (!closed.value) continue;
    const reason = `A checkout in ${currency} was begun instead.`;
    await failOrder(db, orderId, { sessionStatus: "canceled", reason }, nowMs);
  }
  return ok(null);
}
