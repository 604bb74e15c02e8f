import { EventSourceParserStream } from "eventsource-parser/stream";
import { hc } from "hono/client";
import type { AppType } from "../../src/app.ts";

let token = sessionStorage.getItem("token");
const authorization = (): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}` };
const { api } = hc<AppType>("http://localhost:8787", { headers: authorization });

function part<T extends Element>(selector: string, type: new () => T): T {
  const found = document.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`index.html has no ${selector}`);
  return found;
}
const typed = (selector: string): string => part(selector, HTMLInputElement).value;
const say = (text: string): void => part("#problem", HTMLElement).replaceChildren(text);

async function buy(planId: string): Promise<void> {
  const page = await (
    await api.checkout.$post({ json: { planId, successUrl: location.href } })
  ).json();
  if ("error" in page) say(page.error.message);
  else location.assign(page.url);
}

async function showPlans(): Promise<void> {
  const plans = await (await api.plans.active.$get({ query: {} })).json();
  if ("error" in plans) return say(plans.error.message);
  for (const { id, name, credits, prices } of plans.data) {
    const row = part("#plans", HTMLTableElement).insertRow();
    const [price] = prices;
    const cost =
      price === undefined
        ? "free"
        : `${price.amountMinor / 100} ${price.currency} ${price.interval ?? "once"}`;
    for (const text of [name, `${credits} credits`, cost]) row.insertCell().textContent = text;
    if (price === undefined) continue;
    const button = row.insertCell().appendChild(document.createElement("button"));
    button.textContent = `Buy ${name}`;
    button.addEventListener("click", () => void buy(id));
  }
}

async function showUsage(): Promise<void> {
  const usage = await (await api.usage.$get()).json();
  if ("error" in usage) return say(usage.error.message);
  const { used = 0, limit = null } = usage.meters["message"] ?? {};
  Object.assign(part("#usage", HTMLMeterElement), { max: limit ?? used, value: used });
  part("#used", HTMLElement).textContent =
    `${used} of ${limit ?? "any"} messages, ${usage.credits.available} credits`;
}

async function signUp(): Promise<void> {
  const session = await (
    await api.auth.register.$post({
      json: { email: typed("#email"), password: typed("#password") },
    })
  ).json();
  if ("error" in session) return say(session.error.message);
  token = session.accessToken;
  sessionStorage.setItem("token", token);
  await showUsage();
}

async function talk(): Promise<void> {
  const answer = await api.chat.$post({ json: { message: typed("#message"), stream: true } });
  if (!answer.ok || answer.body === null) return say(await answer.text());
  const reply = part("#replies", HTMLElement).appendChild(document.createElement("p"));
  for await (const { data } of answer.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream()))
    if (data !== "[DONE]") reply.append(JSON.parse(data).choices?.[0]?.delta.content ?? "");
  await showUsage();
}

for (const [form, send] of [["#sign-up", signUp] as const, ["#talk", talk] as const])
  part(form, HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
await showPlans();
if (token !== null) await showUsage();
