import { html } from "hono/html";
import { formatMoney } from "../currencies.ts";
import { layout } from "../layout.ts";
import type { LineItem, Session } from "../wire.ts";
import { asksForCard } from "./subscription-mode.ts";

/** The typed values that the page shows again. Card data is not among them: no page repeats it. */
export interface TypedForm {
  readonly email: string;
  readonly name: string;
  readonly method: string;
}

/** A problem with a form, and the field that has it. */
export interface Problem {
  readonly field: string;
  readonly message: string;
}

const money = (session: Session) =>
  formatMoney(session.amount_total ?? 0, session.currency ?? "usd");

function itemRow(item: LineItem) {
  return html`<tr>
    <td>${item.description}</td>
    <td>${item.quantity}</td>
    <td>${formatMoney(item.amount_total, item.currency)}</td>
  </tr>`;
}

const summary = (session: Session, items: readonly LineItem[]) => html`<table>
  <caption>
    What you buy
  </caption>
  <thead>
    <tr>
      <th scope="col">Item</th>
      <th scope="col">Quantity</th>
      <th scope="col">Amount</th>
    </tr>
  </thead>
  <tbody>
    ${items.map(itemRow)}
  </tbody>
  <tfoot>
    <tr>
      <th scope="row" colspan="2">Total</th>
      <td><strong>${money(session)}</strong></td>
    </tr>
  </tfoot>
</table>`;

function field(
  label: string,
  name: string,
  problem: Problem | undefined,
  attributes: { value?: string; hint?: string; autocomplete: string; required?: boolean },
) {
  const isWrong = problem?.field === name;
  return html`<p>
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      value="${attributes.value ?? ""}"
      placeholder="${attributes.hint ?? ""}"
      autocomplete="${attributes.autocomplete}"
      ${attributes.required === true ? "required" : ""}
      ${isWrong ? html`aria-invalid="true" aria-describedby="problem"` : ""}
    />
  </p>`;
}

const cardFields = (problem: Problem | undefined) => html`<fieldset>
  <legend>Card</legend>
  ${field("Card number", "number", problem, {
    hint: "4242 4242 4242 4242",
    autocomplete: "cc-number",
  })}
  ${field("Expiry", "expiry", problem, { hint: "MM / YY", autocomplete: "cc-exp" })}
  ${field("Security code (CVC)", "cvc", problem, { hint: "123", autocomplete: "cc-csc" })}
</fieldset>`;

function methodChoice(session: Session, typed: TypedForm) {
  const offered = session.payment_method_types;
  const radio = (value: string, label: string) => html`<label>
    <input type="radio" name="method" value="${value}" ${typed.method === value ? "checked" : ""} />
    ${label}
  </label>`;
  return html`<fieldset>
    <legend>Pay with</legend>
    ${offered.includes("card") ? radio("card", "Card") : ""}
    ${
      offered.includes("us_bank_account")
        ? radio("us_bank_account", "Bank debit (the money comes later)")
        : ""
    }
  </fieldset>`;
}

const VERBS: Readonly<Record<string, string>> = {
  book: "Book",
  donate: "Donate",
  pay: "Pay",
  auto: "Pay",
};

/** The page on which a session is paid. */
export function payPage(
  session: Session,
  items: readonly LineItem[],
  typed: TypedForm,
  problem?: Problem,
) {
  const isFree = !asksForCard(session);
  const takesCards = session.payment_method_types.includes("card");
  const verb =
    session.mode === "subscription" ? "Subscribe:" : (VERBS[session.submit_type ?? "pay"] ?? "Pay");
  return layout(
    `Checkout: ${money(session)}`,
    html`<h1>Checkout</h1>
      <p class="note">This is the local Stripe. No money moves. Test cards only.</p>
      ${summary(session, items)}
      ${problem === undefined ? "" : html`<p id="problem" role="alert">${problem.message}</p>`}
      <form method="post" action="/c/pay/${session.id}">
        ${field("Email", "email", problem, {
          value: typed.email,
          autocomplete: "email",
          required: true,
        })}
        ${field("Name", "name", problem, { value: typed.name, autocomplete: "name" })}
        ${
          session.allow_promotion_codes === true
            ? field("Promotion code", "promotion_code", problem, { autocomplete: "off" })
            : ""
        }
        ${isFree ? "" : methodChoice(session, typed)}
        ${!isFree && takesCards ? cardFields(problem) : ""}
        <p>
          <button type="submit">${isFree ? "Complete order" : `${verb} ${money(session)}`}</button>
        </p>
      </form>
      ${
        session.cancel_url === null
          ? ""
          : html`<p><a id="back" href="${session.cancel_url}">Back</a></p>`
      }`,
  );
}

/** The extra page of a card that requires authentication. */
export const authenticatePage = (session: Session) =>
  layout(
    "Authenticate",
    html`<h1>Your bank asks: is this you?</h1>
      <p>
        A payment of <strong>${money(session)}</strong>. This stands in for the bank's own 3D Secure
        page.
      </p>
      <form method="post" action="/c/pay/${session.id}/authenticate">
        <button type="submit" name="result" value="complete">Complete</button>
        <button type="submit" name="result" value="fail">Fail</button>
      </form>`,
  );

/** The page of a session that can no longer be paid. */
export const endedPage = (title: string, text: string, link: string | null) =>
  layout(
    title,
    html`<h1>${title}</h1>
      <p>${text}</p>
      ${link === null ? "" : html`<p><a id="back" href="${link}">Back to the shop</a></p>`}`,
  );
