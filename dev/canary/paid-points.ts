import { createParser } from "eventsource-parser";
import { z } from "zod";
import { toMicrocredits } from "../../src/units.ts";
import { must, type Report } from "./report.ts";

const ANSWER_WITHIN_MS = 120_000;
const CHARGED_WITHIN_MS = 20_000;

const key = z.object({ data: z.object({ label: z.string() }) });
const models = z.object({
  data: z.array(z.object({ id: z.string(), pricing: z.object({ output: z.number() }) })),
});
const usage = z.looseObject({
  usage: z.object({
    prompt_tokens: z.number(),
    completion_tokens: z.number(),
    cost: z.number(),
  }),
});
const chats = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      model: z.string(),
      inputTokens: z.number(),
      outputTokens: z.number(),
      cost: z.number(),
      payer: z.string().nullable(),
      ending: z.string(),
    }),
  ),
});
type Charge = z.infer<typeof chats>["data"][number];
const ledger = z.object({
  data: z.array(
    z.looseObject({ kind: z.string(), amount: z.number(), holdId: z.string().optional() }),
  ),
});

/** The deployed Worker, with the key of a user who pays for the canary's chats. */
export interface Target {
  readonly url: string;
  readonly key: string;
  /** The model to chat with; null for the cheapest. */
  readonly model: string | null;
}

async function fetchJson<T>(target: Target, path: string, schema: z.ZodType<T>): Promise<T> {
  const reply = await fetch(`${target.url}${path}`, {
    headers: { authorization: `Bearer ${target.key}` },
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const text = await reply.text();
  must(reply.ok, `${path} answers ${reply.status} ${text.slice(0, 200)}`);
  return schema.parse(JSON.parse(text));
}

const newestChat = async (target: Target): Promise<Charge | undefined> =>
  (await fetchJson(target, "/api/usage/chats?limit=1", chats)).data[0];

/** Waits until a chat is in the books that was not there before. */
async function waitForCharge(target: Target, before: Charge | undefined): Promise<Charge> {
  const giveUpAtMs = Date.now() + CHARGED_WITHIN_MS;
  for (;;) {
    const newest = await newestChat(target);
    if (newest !== undefined && newest.id !== before?.id) return newest;
    must(Date.now() < giveUpAtMs, "the chat is not in the books after 20 s");
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function lastUsage(text: string): z.infer<typeof usage>["usage"] {
  const events: string[] = [];
  createParser({ onEvent: ({ data }) => events.push(data) }).feed(text);
  must(events.at(-1) === "[DONE]", "the stream broke off");
  const found = events
    .slice(0, -1)
    .map((data) => usage.safeParse(JSON.parse(data)).data?.usage)
    .findLast((one) => one !== undefined);
  must(found !== undefined, "the stream has no usage");
  return found;
}

/** Runs one chat of one token, and compares its answer with the books. */
async function chatOnce(target: Target, model: string, stream: boolean): Promise<string> {
  const before = await newestChat(target);
  const reply = await fetch(`${target.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${target.key}`, "content-type": "application/json" },
    body: JSON.stringify({
      model,
      messages: [{ role: "user", content: "Hi" }],
      max_tokens: 1,
      stream,
      usage: { include: true },
    }),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const text = await reply.text();
  must(reply.ok, `${reply.status} ${text.slice(0, 300)}`);
  const missing = ["x-request-id", "x-farebox-balance", "x-ratelimit-limit-requests"].filter(
    (name) => !reply.headers.has(name),
  );
  must(missing.length === 0, `the answer has no ${missing.join(", ")}`);
  const answered = stream ? lastUsage(text) : usage.parse(JSON.parse(text)).usage;
  const header = reply.headers.get("x-farebox-cost");
  must(stream || Number(header) === answered.cost, `x-farebox-cost is ${header}`);

  const charge = await waitForCharge(target, before);
  must(charge.model === model, `the newest chat is with ${charge.model}: is the key in use?`);
  must(
    toMicrocredits(charge.cost) === toMicrocredits(answered.cost),
    `the answer says ${answered.cost}, the books ${charge.cost}`,
  );
  must(charge.ending === "complete", `it ended ${charge.ending}`);
  if (charge.payer === "credits" && charge.cost > 0) {
    const { data } = await fetchJson(target, "/api/credits/ledger?limit=10", ledger);
    must(
      data.some(({ amount }) => toMicrocredits(-amount) === toMicrocredits(charge.cost)),
      `no entry of the ledger is ${-charge.cost}`,
    );
  }
  const { prompt_tokens: input, completion_tokens: output } = answered;
  return `${input} tokens in, ${output} out, ${charge.cost} credits, paid by ${charge.payer}`;
}

/** Checks the key, and pays for two chats of one token with it. */
export async function checkPaidPoints(report: Report, target: Target): Promise<void> {
  const isKnown = await report.point(
    "The key is known",
    async () => (await fetchJson(target, "/v1/key", key)).data.label,
  );
  if (!isKnown) return;
  let model = target.model;
  if (model === null) {
    const { data } = await fetchJson(target, "/v1/models", models);
    model = data.toSorted((a, b) => a.pricing.output - b.pricing.output)[0]?.id ?? "";
  }
  const chosen = model;
  await report.point(`A whole answer of ${chosen} is charged as it says`, () =>
    chatOnce(target, chosen, false),
  );
  await report.point(`A stream of ${chosen} is charged as it says`, () =>
    chatOnce(target, chosen, true),
  );
}
