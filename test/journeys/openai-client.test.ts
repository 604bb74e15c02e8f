import OpenAI, { APIError, AuthenticationError, BadRequestError, NotFoundError } from "openai";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { createOpenAI, newPerson, type Person } from "./support/person.ts";

const { url } = inject("stack");
const hello = (model: string) => ({
  model,
  messages: [{ role: "user" as const, content: "Where does this train go?" }],
});
const exactly = (tokens: number) => ({
  model: "small",
  messages: [{ role: "user" as const, content: `Please respond with exactly ${tokens} tokens.` }],
});

/** Returns the error that a request of the SDK throws. */
async function catchError(request: Promise<unknown>): Promise<unknown> {
  try {
    await request;
  } catch (error) {
    return error;
  }
  throw new Error("the request succeeded");
}

let person: Person;
let openai: OpenAI;
beforeAll(async () => {
  person = await newPerson(url);
  openai = person.openai;
});

describe("the openai package, given a base URL and a key and nothing else", () => {
  it("lists the models with their prices, and finds one", async () => {
    const ids: string[] = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    expect(ids).toEqual(expect.arrayContaining(["small", "medium", "large"]));
    expect(await openai.models.retrieve("large")).toMatchObject({
      id: "large",
      object: "model",
      context_length: 200_000,
      pricing: { input: 30, output: 150 },
    });
  });

  it.each(["/v1/", "/v1//", "//v1"])(
    "chats, whole and streamed, at a base URL that ends in %s",
    async (base) => {
      const client = new OpenAI({ baseURL: `${url}${base}`, apiKey: person.key, maxRetries: 0 });
      const whole = await client.chat.completions.create(exactly(3));
      expect(whole.usage).toMatchObject({ completion_tokens: 3 });
      const stream = await client.chat.completions.create({ ...exactly(3), stream: true });
      let pieces = 0;
      for await (const { choices } of stream)
        pieces += (choices[0]?.delta.content ?? "") === "" ? 0 : 1;
      expect(pieces).toBe(3);
      expect((await client.models.list()).data.length).toBeGreaterThan(0);
    },
  );

  it.each(["api-key", "x-api-key"])("chats by a key in the header %s", async (name) => {
    const chat = (key: string) =>
      new OpenAI({
        baseURL: `${url}/v1`,
        apiKey: "unused",
        maxRetries: 0,
        defaultHeaders: { authorization: null, [name]: key },
      }).chat.completions.create(exactly(3));
    expect((await chat(person.key)).usage).toMatchObject({ completion_tokens: 3 });
    expect(await catchError(chat("sk_of-another-place"))).toBeInstanceOf(AuthenticationError);
  });

  it("chats, and gets the cost", async () => {
    const { data, response } = await openai.chat.completions.create(exactly(12)).withResponse();
    expect(data.choices[0]).toMatchObject({
      finish_reason: "stop",
      message: { role: "assistant" },
    });
    expect(data.choices[0]?.message.content).toMatch(/^The fare is taken/);
    expect(data.usage).toMatchObject({ completion_tokens: 12, cost: 0 });
    expect(response.headers.get("x-farebox-cost")).toBe("0");
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
  });

  it("streams piece by piece, and gets the usage chunk last when it asks for it", async () => {
    const stream = await openai.chat.completions.create({
      ...exactly(20),
      stream: true,
      stream_options: { include_usage: true },
    });
    const arrivals: number[] = [];
    const usages: unknown[] = [];
    let text = "";
    for await (const chunk of stream) {
      const piece = chunk.choices[0]?.delta.content ?? "";
      if (piece !== "") arrivals.push(performance.now());
      text += piece;
      if (chunk.usage) usages.push({ choices: chunk.choices, ...chunk.usage });
    }
    expect(text).toMatch(/^The fare is taken before the ride\./);
    expect(arrivals).toHaveLength(20);
    // A reply that is collected before it is sent would arrive at once. The model takes 25 ms per
    // token. On a busy machine the first come late, and the last still by themselves.
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(50);
    expect(usages).toEqual([expect.objectContaining({ choices: [], completion_tokens: 20 })]);
  });

  it("streams without a usage chunk when it does not ask for one", async () => {
    const stream = await openai.chat.completions.create({ ...exactly(5), stream: true });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices.length)).toEqual(chunks.map(() => 1));
    expect(chunks.filter(({ usage }) => usage)).toEqual([]);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
  });

  it("raises AuthenticationError for an unknown key and for a text that is no key", async () => {
    for (const key of [`sk_${"0".repeat(64)}`, "sk-proj-of-another-place"]) {
      const error = await catchError(
        createOpenAI(url, key).chat.completions.create(hello("small")),
      );
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({ status: 401, code: "invalid_api_key" });
    }
  });

  it("raises AuthenticationError for a key from the moment it is revoked", async () => {
    const other = await newPerson(url);
    await other.openai.chat.completions.create(exactly(1));
    const { keys } = await other.api.get(
      "/api/api-keys",
      z.object({ keys: z.tuple([z.object({ id: z.string() })]) }),
    );
    const revoked = await fetch(`${url}/api/api-keys/${keys[0].id}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${other.accessToken}` },
    });
    expect(revoked.status).toBe(200);
    expect(await catchError(other.openai.chat.completions.create(exactly(1)))).toBeInstanceOf(
      AuthenticationError,
    );
  });

  it("raises NotFoundError for an unknown model, BadRequestError for a wrong cap", async () => {
    const unknown = await catchError(openai.chat.completions.create(hello("gpt-99")));
    expect(unknown).toBeInstanceOf(NotFoundError);
    expect(unknown).toMatchObject({ code: "model_not_found" });
    const badCap = await catchError(
      openai.chat.completions.create({ ...hello("small"), max_tokens: -1 }),
    );
    expect(badCap).toBeInstanceOf(BadRequestError);
    expect(badCap).toMatchObject({ code: "invalid_request", param: "max_tokens" });
  });

  it("raises a 402 APIError, with a link, when neither plan nor credits pay", async () => {
    for (const stream of [false, true]) {
      const error = await catchError(openai.chat.completions.create({ ...hello("large"), stream }));
      expect(error).toBeInstanceOf(APIError);
      expect(error).toMatchObject({
        status: 402,
        code: "insufficient_quota",
        error: { available: 0, upgradeUrl: expect.stringMatching(/\/pricing$/) },
      });
    }
  });
});

it("I9: 50 messages a day serve 50 of 56 chats at once; the rest get the reset time", async () => {
  const other = await newPerson(url);
  const outcomes = await Promise.all(
    Array.from({ length: 56 }, () =>
      other.openai.chat.completions.create({ ...exactly(1), max_tokens: 1 }).then(
        () => "served",
        (error: unknown) => error,
      ),
    ),
  );
  const refused = outcomes.filter((outcome) => outcome !== "served");
  const tomorrow = new Date(
    Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth(), new Date().getUTCDate() + 1),
  );
  expect(refused).toEqual(
    refused.map(() =>
      expect.objectContaining({
        status: 402,
        code: "insufficient_quota",
        error: expect.objectContaining({
          meter: "message",
          limit: 50,
          used: 50,
          resetsAt: tomorrow.toISOString(),
        }),
      }),
    ),
  );
  expect(refused).toHaveLength(6);
});
