import type { ChatCompletion } from "openai/resources/chat/completions";
import { z } from "zod";
import { toCredits, toMicrocredits } from "../../src/units.ts";
import { credits, type Plan } from "./api.ts";
import { same, so, step, until } from "./report.ts";
import type { Traveller } from "./sign-up.ts";

interface Tokens {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

const withCost = z.object({ cost: z.number() });

/**
 * What tokens come to, in microcredits: a price of n credits for a million tokens is n microcredits
 * for one.
 */
const fare = ({ model: { pricing } }: Traveller, tokens: Tokens): number =>
  Math.ceil(tokens.prompt_tokens * pricing.input + tokens.completion_tokens * pricing.output);

/** What is there once nothing is held any more, in microcredits. */
const settledBalance = ({ api }: Traveller): Promise<number> =>
  until("settling", async () => {
    const { posted, held } = await api.get("/api/credits", credits);
    return held === 0 ? toMicrocredits(posted) : undefined;
  });

const chatParams = (model: string, content: string) => ({
  model,
  messages: [{ role: "user" as const, content }],
});

const figures = (tokens: Tokens, cost: number, after: number): string =>
  `${tokens.prompt_tokens} tokens in, ${tokens.completion_tokens} out, ${toCredits(cost)} credits, ${toCredits(after)} left`;

/**
 * Chats in every way, and checks after each that exactly its fare is gone. Gives all that was
 * spent, in microcredits.
 */
export async function chat(traveller: Traveller, pack: Plan): Promise<number> {
  const { openai, model } = traveller;
  const bought = toMicrocredits(pack.credits);

  const whole = await step(`A chat with ${model.id} costs exactly its tokens`, async () => {
    const { data, response } = await openai.chat.completions
      .create(chatParams(model.id, "Tell me about the ride."))
      .withResponse();
    so(data.usage !== undefined, "the reply has no usage");
    const cost = fare(traveller, data.usage);
    same("usage.cost", toMicrocredits(withCost.parse(data.usage).cost), cost);
    same("x-farebox-cost", toMicrocredits(Number(response.headers.get("x-farebox-cost"))), cost);
    const after = await settledBalance(traveller);
    same("the balance before less the cost", bought - cost, after);
    same(
      "x-farebox-balance",
      toMicrocredits(Number(response.headers.get("x-farebox-balance"))),
      after,
    );
    return [figures(data.usage, cost, after), { cost, after }];
  });

  const streamed = await step("A stream costs exactly its tokens", async () => {
    const stream = await openai.chat.completions.create({
      ...chatParams(model.id, "Please respond with exactly 60 tokens."),
      stream: true,
      stream_options: { include_usage: true },
    });
    let pieces = 0;
    let usage: Tokens | undefined;
    for await (const chunk of stream) {
      if ((chunk.choices[0]?.delta.content ?? "") !== "") pieces += 1;
      usage = chunk.usage ?? usage;
    }
    so(usage !== undefined, "the stream has no usage");
    so(pieces > 1, `the stream came in ${pieces} piece(s)`);
    const cost = fare(traveller, usage);
    const after = await settledBalance(traveller);
    same("the balance before less the cost", whole.after - cost, after);
    return [`${pieces} pieces, ${figures(usage, cost, after)}`, { cost, after }];
  });

  const repeated = await step(
    "The same request sent twice with one Idempotency-Key is paid once",
    async () => {
      const headers = { "Idempotency-Key": `demo-${crypto.randomUUID()}` };
      const send = async (): Promise<{ data: ChatCompletion; response: Response }> =>
        await openai.chat.completions
          .create(chatParams(model.id, "Once, please."), { headers })
          .withResponse();
      const first = await send();
      const second = await send();
      same("Idempotent-Replayed", second.response.headers.get("idempotent-replayed"), "true");
      same("the second reply", JSON.stringify(second.data), JSON.stringify(first.data));
      so(first.data.usage !== undefined, "the reply has no usage");
      const cost = fare(traveller, first.data.usage);
      const after = await settledBalance(traveller);
      same("the balance before less one cost", streamed.after - cost, after);
      return [figures(first.data.usage, cost, after), { cost, after }];
    },
  );
  return whole.cost + streamed.cost + repeated.cost;
}
