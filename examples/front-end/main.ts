import { EventSourceParserStream } from "eventsource-parser/stream";
import { hc } from "hono/client";
import type { AppType } from "../../src/wire.ts";

let token = sessionStorage.getItem("token");
const authorization = (): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}` };
const { api } = hc<AppType>("http://localhost:8787", { headers: authorization });

function requireElement<T extends Element>(selector: string, type: new () => T): T {
  const found = document.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`index.html has no ${selector}`);
  return found;
}
const inputValue = (selector: string): string => requireElement(selector, HTMLInputElement).value;
const showProblem = (text: string): void =>
  requireElement("#problem", HTMLElement).replaceChildren(text);

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
  for (const { id, name, credits, prices } of plans.data) {
    const row = requireElement("#plans", HTMLTableElement).insertRow();
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
  if ("error" in usage) return showProblem(usage.error.message);
  const { used = 0, limit = null } = usage.meters["message"] ?? {};
  Object.assign(requireElement("#usage", HTMLMeterElement), { max: limit ?? used, value: used });
  requireElement("#used", HTMLElement).textContent =
    `${used} of ${limit ?? "any"} messages, ${usage.credits.available} credits`;
}

async function confirm(verificationId: string) {
  const code = prompt("The code of the mail that we sent you:") ?? "";
  return await (await api.auth.register.confirm.$post({ json: { verificationId, code } })).json();
}

async function signUp(): Promise<void> {
  const begun = await (
    await api.auth.register.$post({
      json: { email: inputValue("#email"), password: inputValue("#password") },
    })
  ).json();
  if ("error" in begun) return showProblem(begun.error.message);
  // Where the address has to be proved first, a mail has the code.
  const session = "verificationId" in begun ? await confirm(begun.verificationId) : begun;
  if ("error" in session) return showProblem(session.error.message);
  token = session.accessToken;
  sessionStorage.setItem("token", token);
  await showUsage();
}

async function sendMessage(): Promise<void> {
  const answer = await api.chat.$post({ json: { message: inputValue("#message"), stream: true } });
  if (!answer.ok || answer.body === null) return showProblem(await answer.text());
  const reply = requireElement("#replies", HTMLElement).appendChild(document.createElement("p"));
  for await (const { data } of answer.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream()))
    if (data !== "[DONE]") reply.append(JSON.parse(data).choices?.[0]?.delta.content ?? "");
  await showUsage();
}

for (const [form, send] of [["#sign-up", signUp] as const, ["#talk", sendMessage] as const])
  requireElement(form, HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
await showPlans();
if (token !== null) await showUsage();
