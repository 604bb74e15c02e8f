import { html } from "hono/html";
import { formatMoney } from "./currencies.ts";
import { layout } from "./layout.ts";
import type { Delivery, Snapshot } from "./store.ts";
import type { Session, StoredEvent, Subscription } from "./wire.ts";

/** The state that the page shows. */
export interface DashboardState {
  readonly now: number;
  readonly switches: Readonly<Pick<Snapshot, "offsetSeconds" | "rules" | "faults" | "billing">>;
  readonly sessions: readonly Session[];
  readonly subscriptions: readonly Subscription[];
  readonly events: readonly StoredEvent[];
  readonly deliveries: readonly Delivery[];
}

/** The most rows that a table shows; `/_local/state` has all of them. */
const MAX_ROWS = 50;
const formatTime = (seconds: number) =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;

type Cell = ReturnType<typeof html> | string;

function table(caption: string, heads: readonly string[], rows: readonly (readonly Cell[])[]) {
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        ${heads.map((head) => html`<th scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${row.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

const button = (
  action: string,
  label: string,
  fields: Readonly<Record<string, string>> = {},
) => html`<form
  method="post"
  action="/_local/${action}"
>
  ${Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  )}
  <button type="submit">${label}</button>
</form>`;

function sessionRow(session: Session): Cell[] {
  const isWaiting = session.status === "complete" && session.payment_status === "unpaid";
  const debitButton = (outcome: string, label: string) =>
    button(`sessions/${session.id}/settle`, label, { outcome });
  return [
    session.url === null ? session.id : html`<a href="/c/pay/${session.id}">${session.id}</a>`,
    formatMoney(session.amount_total ?? 0, session.currency ?? "usd"),
    `${session.status} · ${session.payment_status}`,
    session.status === "open"
      ? button(`sessions/${session.id}/expire`, "Expire")
      : isWaiting
        ? html`${debitButton("succeeded", "Money arrives")} ${debitButton("failed", "Debit fails")}`
        : "",
  ];
}

function subscriptionRow(
  { id, customer, status, cancel_at: endsAt, items }: Subscription,
  failing: readonly string[],
): Cell[] {
  const isFailing = failing.includes(customer);
  const periodEnd = items.data[0]?.current_period_end ?? 0;
  const end = endsAt === null ? `renews ${formatTime(periodEnd)}` : `ends ${formatTime(endsAt)}`;
  return [
    id,
    customer,
    `${status}, ${end}`,
    button(
      `customers/${customer}/fail-payments`,
      isFailing ? "Payments work again" : "Payments fail",
      {
        failing: String(!isFailing),
      },
    ),
  ];
}

const eventRow = (event: StoredEvent): Cell[] => [
  formatTime(event.created),
  event.type,
  event.id,
  button(`events/${event.id}/resend`, "Send again"),
];

function deliveryRow(delivery: Delivery): Cell[] {
  const last = delivery.attempts.at(-1);
  const result = last === undefined ? "not tried" : (last.problem ?? `answered ${last.status}`);
  const next = delivery.state === "pending" ? `, due ${formatTime(delivery.dueAtSeconds)}` : "";
  return [
    delivery.type,
    delivery.event,
    `${delivery.state}${next}`,
    `${delivery.attempts.length} tried: ${result}`,
  ];
}

const selectField = (label: string, name: string, values: readonly string[]) => html`<label
  >${label}
  <select name="${name}">
    ${values.map((value) => html`<option value="${value}">${value.replaceAll("_", " ")}</option>`)}
  </select></label
>`;

const textField = (label: string, name: string, value: string) =>
  html`<label>${label} <input name="${name}" value="${value}" /></label>`;

const switches = ({ rules, faults, billing }: DashboardState["switches"]) => html`
  <form method="post" action="/_local/next-events">
    <fieldset>
      <legend>The next events</legend>
      ${selectField("are sent", "behaviour", ["twice", "late", "out_of_order", "never"])}
      ${textField("of the type (any if empty)", "type", "")}
      ${textField("about the id (any if empty)", "about", "")}
      ${textField("how many", "times", "1")}
      <button type="submit">Set</button>
    </fieldset>
  </form>
  <form method="post" action="/_local/next-requests">
    <fieldset>
      <legend>The next requests to the API</legend>
      ${selectField("are answered", "answer", ["500", "429", "409", "402", "400", "hang", "lost"])}
      ${textField("where the path begins so", "path", "/v1/")}
      ${textField("how many", "times", "1")}
      <button type="submit">Set</button>
    </fieldset>
  </form>
  <form method="post" action="/_local/advance">
    <fieldset>
      <legend>This Stripe's clock</legend>
      ${textField("forward by seconds", "seconds", "86400")}
      <button type="submit">Advance</button>
    </fieldset>
  </form>
  <form method="post" action="/_local/after-retries">
    <fieldset>
      <legend>Renewals</legend>
      ${selectField(
        `after the last retry (now ${billing.afterRetries.replace("_", " ")})`,
        "status",
        ["canceled", "unpaid", "past_due"],
      )}
      <button type="submit">Set</button>
    </fieldset>
  </form>
  ${button("release", "Release what is held")} ${button("flush", "Send everything now")}
  ${button("clear", "Clear the switches")}
  ${table(
    "Switches that are set",
    ["What", "On", "Times"],
    [
      ...rules.map((rule): Cell[] => [
        `sent ${rule.behaviour.replaceAll("_", " ")}`,
        `${rule.type ?? "any event"}${rule.about === undefined ? "" : ` about ${rule.about}`}`,
        String(rule.times),
      ]),
      ...faults.map((fault): Cell[] => [
        `answered ${fault.answer}`,
        fault.path ?? "any request",
        String(fault.times),
      ]),
    ],
  )}
`;

/** The page at `/`, with the state and the switches. */
export const dashboardPage = (state: DashboardState) =>
  layout(
    "What there is",
    html`<h1>Local Stripe</h1>
      <p class="note">
        The time here is ${formatTime(state.now)}. The newest ${MAX_ROWS} of each are shown.
      </p>
      ${table(
        "Checkout sessions",
        ["Session", "Total", "State", ""],
        state.sessions.slice(0, MAX_ROWS).map(sessionRow),
      )}
      ${table(
        "Subscriptions",
        ["Subscription", "Customer", "State", ""],
        state.subscriptions
          .slice(0, MAX_ROWS)
          .map((row) => subscriptionRow(row, state.switches.billing.failing)),
      )}
      ${table(
        "Deliveries",
        ["Type", "Event", "State", "Attempts"],
        state.deliveries.slice(0, MAX_ROWS).map(deliveryRow),
      )}
      ${table(
        "Events",
        ["When", "Type", "Event", ""],
        state.events.slice(0, MAX_ROWS).map(eventRow),
      )}
      <h2>Switches</h2>
      ${switches(state.switches)}`,
  );
