import { EventSourceParserStream } from "eventsource-parser/stream";
import { minorUnitDigits } from "../../src/units.ts";
import { api, signedInEmail, signIn, signOut, signUp } from "./session.ts";

function requireElement<T extends Element>(selector: string, type: new () => T): T {
  const found = document.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`index.html has no ${selector}`);
  return found;
}
const inputValue = (selector: string): string => requireElement(selector, HTMLInputElement).value;
const showProblem = (text: string | null): void =>
  requireElement("#problem", HTMLElement).replaceChildren(text ?? "");

/** Formats an amount of minor units: yen have none, Kuwait's dinars have three decimals. */
function formatMoney(amountMinor: number, currency: string): string {
  const digits = minorUnitDigits(currency);
  return new Intl.NumberFormat(undefined, {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amountMinor / 10 ** digits);
}

async function buy(planId: string): Promise<void> {
  const page = await (
    await api.checkout.$post({ json: { planId, successUrl: location.href } })
  ).json();
  if ("error" in page) showProblem(page.error.message);
  else location.assign(page.url);
}

async function showPlans(): Promise<void> {
  const plans = await (await api.plans.active.$get({ query: {} })).json();
  if ("error" in plans) return showProblem(plans.error.message);
  const table = requireElement("#plans", HTMLTableSectionElement);
  table.replaceChildren();
  for (const { id, name, credits, prices, unlocks } of plans.data) {
    // A plan that unlocks one conversation is bought where that conversation is.
    if (unlocks !== null) continue;
    const row = table.insertRow();
    const [price] = prices;
    const cost =
      price === undefined
        ? "Free"
        : formatMoney(price.amountMinor, price.currency) +
          (price.interval === null ? "" : ` per ${price.interval}`);
    for (const text of [name, credits === 0 ? "" : String(credits), cost])
      row.insertCell().textContent = text;
    const cell = row.insertCell();
    if (price === undefined || signedInEmail() === null) continue;
    const button = cell.appendChild(document.createElement("button"));
    button.textContent = `Buy ${name}`;
    button.addEventListener("click", () => void buy(id));
  }
}

async function showUsage(): Promise<void> {
  const usage = await (await api.usage.$get()).json();
  if ("error" in usage) return showProblem(usage.error.message);
  const { used = 0, limit = null } = usage.meters["message"] ?? {};
  Object.assign(requireElement("#usage", HTMLMeterElement), { max: limit ?? used, value: used });
  requireElement("#used", HTMLElement).textContent =
    `${used} of ${limit ?? "unlimited"} messages, ${usage.credits.available} credits`;
}

/** Shows the page for whoever is signed in, or for nobody. */
async function render(): Promise<void> {
  const email = signedInEmail();
  requireElement("#signed-out", HTMLElement).hidden = email !== null;
  requireElement("#signed-in", HTMLElement).hidden = email === null;
  requireElement("#account", HTMLElement).hidden = email === null;
  requireElement("#email-shown", HTMLElement).textContent = email;
  await showPlans();
  if (email !== null) await showUsage();
}

async function submitSession(enter: typeof signIn): Promise<void> {
  const problem = await enter(inputValue("#email"), inputValue("#password"));
  showProblem(problem);
  if (problem === null) await render();
}

/** The conversation that every message of this page belongs to, from its first one on. */
let conversationId: string | undefined;

async function sendMessage(): Promise<void> {
  const message = inputValue("#message");
  const replies = requireElement("#replies", HTMLElement);
  const answer = await api.chat.$post({
    json: { message, stream: true, ...(conversationId === undefined ? {} : { conversationId }) },
  });
  if (!answer.ok || answer.body === null) {
    const refusal: { error: { message: string } } = JSON.parse(await answer.text());
    return showProblem(refusal.error.message);
  }
  conversationId = answer.headers.get("x-farebox-conversation") ?? conversationId;
  requireElement("#talk", HTMLFormElement).reset();
  const sent = replies.appendChild(document.createElement("p"));
  sent.className = "mine";
  sent.textContent = message;
  const reply = replies.appendChild(document.createElement("p"));
  for await (const { data } of answer.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream()))
    if (data !== "[DONE]") reply.append(JSON.parse(data).choices?.[0]?.delta.content ?? "");
  await showUsage();
}

requireElement("#sign-in", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  const isNew = event.submitter instanceof HTMLButtonElement && event.submitter.value === "sign-up";
  const enter = isNew ? signUp : signIn;
  void submitSession(enter);
});
requireElement("#talk", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  showProblem(null);
  void sendMessage();
});
requireElement("#sign-out", HTMLButtonElement).addEventListener("click", () => {
  conversationId = undefined;
  requireElement("#replies", HTMLElement).replaceChildren();
  void signOut().then(render);
});
await render();
