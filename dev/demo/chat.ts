import type { ChatCompletion } from "openai/resources/chat/completions";
import { z } from "zod";
import { toCredits, toMicrocredits } from "../../src/units.ts";
import { credits, type Model, type Plan } from "./api.ts";
import { assertThat, expectEqual, step, waitFor } from "./checks.ts";
import type { DemoUser } from "./sign-up.ts";

interface Tokens {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

const withCost = z.object({ cost: z.number() });

/**
 * Returns the cost of tokens, in microcredits. A price of n credits per million tokens is n
 * microcredits per token.
 */
const expectedCost = ({ pricing }: Model, usage: Tokens): number =>
  Math.ceil(usage.prompt_tokens * pricing.input + usage.completion_tokens * pricing.output);

/** Waits until nothing is held and returns the balance, in microcredits. */
const waitForBalance = ({ api }: DemoUser): Promise<number> =>
  waitFor("settling", async () => {
    const { posted, held } = await api.get("/api/credits", credits);
    return held === 0 ? toMicrocredits(posted) : undefined;
  });

const chatParams = (model: string, content: string) => ({
  model,
  messages: [{ role: "user" as const, content }],
});

const formatFigures = (tokens: Tokens, cost: number, after: number): string =>
  `${tokens.prompt_tokens} tokens in, ${tokens.completion_tokens} out, ` +
  `${toCredits(cost)} credits, ${toCredits(after)} left`;

/**
 * Chats in every way and checks after each that exactly its cost was charged. Returns all that was
 * spent, in microcredits.
 */
export async function runChats(user: DemoUser, model: Model, pack: Plan): Promise<number> {
  const { openai } = user;
  const boughtMicrocredits = toMicrocredits(pack.credits);

  const whole = await step(`A chat with ${model.id} costs exactly its tokens`, async () => {
    const { data, response } = await openai.chat.completions
      .create(chatParams(model.id, "Tell me about the ride."))
      .withResponse();
    assertThat(data.usage !== undefined, "the reply has no usage");
    const cost = expectedCost(model, data.usage);
    expectEqual("usage.cost", toMicrocredits(withCost.parse(data.usage).cost), cost);
    expectEqual(
      "x-farebox-cost",
      toMicrocredits(Number(response.headers.get("x-farebox-cost"))),
      cost,
    );
    const after = await waitForBalance(user);
    expectEqual("the balance before less the cost", boughtMicrocredits - cost, after);
    expectEqual(
      "x-farebox-balance",
      toMicrocredits(Number(response.headers.get("x-farebox-balance"))),
      after,
    );
    return [formatFigures(data.usage, cost, after), { cost, after }];
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
    assertThat(usage !== undefined, "the stream has no usage");
    assertThat(pieces > 1, `the stream came in ${pieces} piece(s)`);
    const cost = expectedCost(model, usage);
    const after = await waitForBalance(user);
    expectEqual("the balance before less the cost", whole.after - cost, after);
    return [`${pieces} pieces, ${formatFigures(usage, cost, after)}`, { cost, after }];
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
      expectEqual(
        "Idempotent-Replayed",
        second.response.headers.get("idempotent-replayed"),
        "true",
      );
      expectEqual("the second reply", JSON.stringify(second.data), JSON.stringify(first.data));
      assertThat(first.data.usage !== undefined, "the reply has no usage");
      const cost = expectedCost(model, first.data.usage);
      const after = await waitForBalance(user);
      expectEqual("the balance before less one cost", streamed.after - cost, after);
      return [formatFigures(first.data.usage, cost, after), { cost, after }];
    },
  );
  return whole.cost + streamed.cost + repeated.cost;
}
