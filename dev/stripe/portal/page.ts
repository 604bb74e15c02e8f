import { html } from "hono/html";
import type { Context } from "../context.ts";
import { formatMoney } from "../currencies.ts";
import { layout } from "../layout.ts";
import { findProduct } from "../resources/products.ts";
import { currentPeriod } from "../subscriptions/build.ts";
import { formatDay } from "../subscriptions/calendar.ts";
import type { Invoice, PortalConfiguration, PortalSession, Price, Subscription } from "../wire.ts";

const formatPrice = (ctx: Context, price: Price): string => {
  const interval =
    price.recurring === null
      ? ""
      : ` every ${price.recurring.interval_count} ${price.recurring.interval}`;
  const amount = formatMoney(price.unit_amount ?? 0, price.currency);
  return `${findProduct(ctx, price.product).name}, ${amount}${interval}`;
};

/** A session and what it may do. */
interface Shown {
  readonly session: PortalSession;
  readonly configuration: PortalConfiguration;
}

const button = (
  session: PortalSession,
  action: string,
  label: string,
  subscription = "",
) => html`<form
  method="post"
  action="/p/session/${session.id}/${action}"
>
  <input type="hidden" name="subscription" value="${subscription}" />
  <button type="submit">${label}</button>
</form>`;

function subscriptionRow(
  ctx: Context,
  { session, configuration }: Shown,
  subscription: Subscription,
) {
  const mayCancel = configuration.features.subscription_cancel.enabled;
  const { cancel_at: endsAt, status } = subscription;
  const { end } = currentPeriod(subscription);
  return html`<tr>
    <td>
      ${subscription.items.data.map(
        (item) => html`${item.quantity ?? 1} × ${formatPrice(ctx, item.price)}<br />`,
      )}
    </td>
    <td>
      ${status}, ${endsAt === null ? `renews on ${formatDay(end)}` : `ends on ${formatDay(endsAt)}`}
    </td>
    <td>
      ${
        endsAt === null
          ? mayCancel
            ? button(session, "cancel", "Cancel subscription", subscription.id)
            : ""
          : button(session, "keep", "Don't cancel subscription", subscription.id)
      }
    </td>
  </tr>`;
}

const invoiceRow = (invoice: Invoice) => html`<tr>
  <td>${formatDay(invoice.created)}</td>
  <td>${formatMoney(invoice.total, invoice.currency)}</td>
  <td>${invoice.status}</td>
  <td><a href="/i/${invoice.id}">${invoice.number}</a></td>
</tr>`;

const cardForm = (
  session: PortalSession,
) => html`<form method="post" action="/p/session/${session.id}/card">
  <fieldset>
    <legend>Payment method</legend>
    <label
      >Card number
      <input name="number" autocomplete="cc-number" placeholder="4242 4242 4242 4242"
    /></label>
    <label>Expiry <input name="expiry" autocomplete="cc-exp" placeholder="MM / YY" /></label>
    <label>Security code (CVC) <input name="cvc" autocomplete="cc-csc" placeholder="123" /></label>
    <button type="submit">Save card</button>
  </fieldset>
</form>`;

const renderProblem = (problem: string | undefined) =>
  problem === undefined ? "" : html`<p id="problem" role="alert">${problem}</p>`;
const returnLink = (session: PortalSession) =>
  session.return_url === null
    ? ""
    : html`<p><a id="back" href="${session.return_url}">Return to the shop</a></p>`;

/** The portal's home page, with the customer's subscriptions, invoices and card. */
export function homePage(
  ctx: Context,
  shown: Shown,
  data: { readonly subscriptions: readonly Subscription[]; readonly invoices: readonly Invoice[] },
  problem?: string,
) {
  const { session, configuration } = shown;
  const { invoice_history: history, payment_method_update: methods } = configuration.features;
  return layout(
    "Billing",
    html`<h1>Your billing</h1>
      <p class="note">This is the local Stripe. No money moves.</p>
      ${renderProblem(problem)}
      <table>
        <caption>
          Subscriptions
        </caption>
        <tbody>
          ${data.subscriptions.map((subscription) => subscriptionRow(ctx, shown, subscription))}
        </tbody>
      </table>
      <table>
        <caption>
          Invoices
        </caption>
        <tbody>
          ${history.enabled ? data.invoices.map(invoiceRow) : ""}
        </tbody>
      </table>
      ${methods.enabled ? cardForm(session) : ""} ${returnLink(session)}`,
  );
}

/** The page of a flow: one question, answered with one button. */
export function flowPage(
  ctx: Context,
  session: PortalSession,
  data: {
    readonly subscription: Subscription | undefined;
    readonly change?: Invoice;
    readonly prices: readonly Price[];
  },
  problem?: string,
) {
  const { subscription, change, prices } = data;
  const [requestedItem] = session.flow?.subscription_update_confirm?.items ?? [];
  const newPrice =
    ctx.store.prices.get(requestedItem?.price ?? "") ?? subscription?.items.data[0]?.price;
  const due =
    change === undefined
      ? ""
      : html`<p>
            Due today: <strong id="due">${formatMoney(change.amount_due, change.currency)}</strong>
          </p>
          <ul>
            ${change.lines.data.map(
              (line) =>
                html`<li>${line.description}: ${formatMoney(line.amount, line.currency)}</li>`,
            )}
          </ul>`;
  const quantity = requestedItem?.quantity ?? subscription?.items.data[0]?.quantity ?? 1;
  const end = formatDay(subscription === undefined ? 0 : currentPeriod(subscription).end);
  const question = {
    subscription_update_confirm: html`<h1>Confirm your update</h1>
      <p>To ${quantity} × ${newPrice === undefined ? "" : formatPrice(ctx, newPrice)}</p>
      ${due} ${button(session, "confirm", "Confirm", subscription?.id)}`,
    subscription_update: html`<h1>Update your plan</h1>
      <form method="post" action="/p/session/${session.id}/update">
        <select name="price" aria-label="Plan">
          ${prices.map(
            (price) => html`<option value="${price.id}">${formatPrice(ctx, price)}</option>`,
          )}
        </select>
        <button type="submit">Update</button>
      </form>`,
    subscription_cancel: html`<h1>Cancel your subscription?</h1>
      <p>It goes on until ${end}.</p>
      ${button(session, "cancel", "Cancel subscription", subscription?.id)}`,
    payment_method_update: html`<h1>Your card</h1>
      ${cardForm(session)}`,
  };
  const type = session.flow?.type ?? "payment_method_update";
  const content = Object.entries(question).find(([name]) => name === type)?.[1] ?? "";
  return layout("Billing", html`${content} ${renderProblem(problem)} ${returnLink(session)}`);
}

/** The page after a flow that does not redirect. */
export const donePage = (session: PortalSession, message: string) =>
  layout(
    "Done",
    html`<h1>Done</h1>
      <p>${message}</p>
      ${returnLink(session)}`,
  );

export const gonePage = layout(
  "This page has expired",
  html`<h1>This page has expired</h1>
    <p>Go back to the shop to open it anew.</p>`,
);
