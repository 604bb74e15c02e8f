import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Behaviour } from "../../dev/model/behaviour.ts";
import { DIALECTS, exactIn, largeIn, signUpForDialects } from "../support/dialects.ts";
import { type FundedUser, readAccountTotals, sendChat } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { standInModelServer } from "../support/model-server.ts";
import { expectCharged, readEvents } from "../support/surface.ts";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

const PROMPT = "Please respond with exactly 20 tokens.";
/** The prompt has 9 tokens. */
const COST = 9 * 30 + 20 * 150;

/** What the upstream is sent for the prompt. */
const SENT = {
  messages: {
    headers: { "x-api-key": "upstream-key", "anthropic-version": "2023-06-01" },
    body: {
      model: "large",
      max_tokens: 2000,
      messages: [{ role: "user", content: [{ type: "text", text: PROMPT }] }],
    },
  },
  responses: {
    headers: { authorization: "Bearer upstream-key" },
    body: {
      model: "large",
      max_output_tokens: 2000,
      store: false,
      include: ["reasoning.encrypted_content"],
      input: [{ role: "user", content: PROMPT }],
    },
  },
} as const;

const weather = {
  type: "function",
  function: { name: "weather", parameters: { type: "object", properties: {} } },
};

/** A choice of a reply, or of a chunk of one, as far as the tests read it. */
interface Said {
  readonly content?: string | null;
  readonly reasoning_content?: string;
  readonly reasoning_details?: readonly Record<string, unknown>[];
  readonly tool_calls?: readonly {
    readonly id?: string;
    readonly function: { readonly name?: string; readonly arguments?: string };
  }[];
  readonly finish?: string | null;
}

/** Reads what was said of a whole reply or a stream, piece by piece. */
async function readSaid(response: Response, stream: boolean): Promise<Said[]> {
  const replies = stream ? await readEvents(response) : [await response.json()];
  return replies
    .flatMap((reply) => Object(reply).choices ?? [])
    .map(({ message, delta, finish_reason: finish }) => ({ ...message, ...delta, finish }));
}

const join = (texts: readonly (string | null | undefined)[]): string =>
  texts.map((text) => text ?? "").join("");

describe.each(DIALECTS)("a chat at an upstream that speaks %s", (dialect) => {
  const ask = (user: FundedUser, more: object = {}) =>
    sendChat(user, {
      model: largeIn(dialect),
      messages: [{ role: "user", content: PROMPT }],
      max_tokens: 2000,
      ...more,
    });

  it("is a completion, charged to the microcredit", async () => {
    const model = standInModel();
    const user = await signUpForDialects();
    expect(await (await ask(user)).json()).toMatchObject({
      object: "chat.completion",
      model: largeIn(dialect),
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: expect.stringMatching(/^The fare is/) },
          finish_reason: "stop",
        },
      ],
      usage: { prompt_tokens: 9, completion_tokens: 20, total_tokens: 29, cost: COST / 1e6 },
    });
    await expectCharged(user, COST);
    const { headers, rawBody } = await model.called();
    expect(Object.fromEntries(headers)).toMatchObject(SENT[dialect].headers);
    expect(JSON.parse(rawBody)).toEqual(SENT[dialect].body);
  });

  it("is a stream of chunks, each as it comes, charged to the microcredit", async () => {
    const model = standInModelServer();
    await model.gate();
    const user = await signUpForDialects();
    const response = await ask(user, { stream: true, usage: { include: true } });
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    let text = "";
    // What comes before the text, and its first tokens.
    await model.open(6);
    while (!text.includes(" fare")) text += decoder.decode((await reader?.read())?.value);
    expect((await model.calls())[0]?.framesSent).toBeLessThan(8);
    expect(text).not.toContain("usage");
    await model.open();
    for (let read = await reader?.read(); read?.done === false; read = await reader?.read())
      text += decoder.decode(read.value);
    const chunks = await readEvents(new Response(text));
    expect(chunks[0]).toMatchObject({
      object: "chat.completion.chunk",
      model: largeIn(dialect),
      choices: [{ delta: { role: "assistant" } }],
    });
    expect(chunks.at(-2)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 9, completion_tokens: 20, cost: COST / 1e6 },
    });
    expect(chunks.at(-1)).toMatchObject({ data: "[DONE]" });
    await expectCharged(user, COST);
  });

  it.each([true, false])("calls tools, and gets their results (stream: %s)", async (stream) => {
    const model = standInModel();
    const user = await signUpForDialects();
    const messages = [{ role: "user", content: 'call the tool weather with {"place":"Cairo"}' }];
    const said = await readSaid(await ask(user, { messages, tools: [weather], stream }), stream);
    const pieces = said.flatMap(({ tool_calls }) => tool_calls ?? []);
    const id = pieces[0]?.id;
    const args = join(pieces.map((piece) => piece.function.arguments));
    expect([pieces[0]?.function.name, args]).toEqual(["weather", '{"place":"Cairo"}']);
    expect(said.findLast(({ finish }) => typeof finish === "string")?.finish).toBe("tool_calls");
    const call = { id, type: "function", function: { name: "weather", arguments: args } };
    const second = await ask(user, {
      messages: [
        ...messages,
        { role: "assistant", content: null, tool_calls: [call] },
        { role: "tool", tool_call_id: id, content: "Sun." },
      ],
      tools: [weather],
    });
    expect(second.status).toBe(200);
    expect((await model.called(2)).request?.messages.at(-1)).toMatchObject({ role: "tool" });
  });

  it.each([true, false])(
    "thinks, and gets its sealed thoughts back (stream: %s)",
    async (stream) => {
      const model = standInModel();
      const user = await signUpForDialects();
      const thinks = { reasoning: { effort: "high", summary: "auto" } };
      const said = await readSaid(await ask(user, { ...thinks, stream }), stream);
      const reasoning = join(said.map(({ reasoning_content }) => reasoning_content));
      expect(reasoning).toContain("so I count and answer.");
      const details = said.flatMap(({ reasoning_details }) => reasoning_details ?? []);
      const seal = dialect === "messages" ? "signature" : "data";
      expect(details.at(-1)).toHaveProperty(seal);
      const content = join(said.map((each) => each.content));
      const talk = (reasoning_details: readonly object[]) => [
        { role: "user", content: PROMPT },
        { role: "assistant", content, reasoning_content: reasoning, reasoning_details },
        { role: "user", content: PROMPT },
      ];
      expect((await ask(user, { messages: talk(details), ...thinks })).status).toBe(200);
      expect((await model.called(2)).rawBody).toContain(String(details.at(-1)?.[seal]));
      // The model knows what it sealed.
      const forged = [{ ...details.at(-1), text: "Another thought.", [seal]: "AAAA" }];
      expect((await ask(user, { messages: talk(forged), ...thinks })).status).toBe(400);
    },
  );

  it.each([true, false])(
    "is charged each kind of token at its price (stream: %s)",
    async (stream) => {
      const model = standInModel();
      model.next({
        usageFields: {
          // Beside the prompt, or within it.
          input_tokens: dialect === "messages" ? 9 : 21,
          total_tokens: 41,
          cache_read_input_tokens: 5,
          cache_creation_input_tokens: 7,
          cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 },
          input_tokens_details: { cached_tokens: 5, cache_write_tokens: 7 },
          output_tokens_details: { thinking_tokens: 6, reasoning_tokens: 6 },
        },
      });
      const user = await signUpForDialects();
      await (await ask(user, { stream })).text();
      const written = dialect === "messages" ? 3 * 40 + 4 * 60 : 7 * 40;
      await expectCharged(user, 9 * 30 + 5 * 3 + written + 6 * 300 + 14 * 150);
    },
  );

  it("ends at its cap", async () => {
    standInModel();
    const user = await signUpForDialects();
    const [said] = await readSaid(await ask(user, { max_tokens: 16 }), false);
    expect(said?.finish).toBe("length");
    await expectCharged(user, 9 * 30 + 16 * 150);
  });
});

const behave = async (user: FundedUser, behaviour: Behaviour, model: string, stream: boolean) => {
  const vendor = standInModelServer();
  await vendor.next(behaviour);
  return await sendChat(user, {
    model,
    messages: [{ role: "user", content: PROMPT }],
    max_tokens: 100,
    stream,
  });
};

const REFUSALS: readonly (readonly [string, Behaviour, number])[] = [
  ["refuses the request", { status: 400 }, 400],
  ["does not know the operator", { status: 401 }, 502],
  ["does not know the model", { status: 404 }, 502],
  ["has too many requests", { status: 429, retryAfterSeconds: 7 }, 429],
  ["fails", { status: 500 }, 502],
  ["is overloaded", { status: 529 }, 502],
  ["drops the connection", { instead: "drop" }, 502],
  ["sends half a JSON text", { instead: "garbage" }, 502],
  ["sends a page", { instead: "html" }, 502],
  ["sends nothing", { instead: "empty" }, 502],
];

describe.each(DIALECTS)("an upstream in the dialect %s", (dialect) => {
  it.each(REFUSALS)("that %s costs nothing", async (_name, behaviour, status) => {
    for (const stream of [false, true]) {
      const user = await signUpForDialects();
      const response = await behave(user, behaviour, largeIn(dialect), stream);
      expect([stream, response.status]).toEqual([stream, status]);
      await response.text();
      await expectCharged(user);
    }
  });

  it.each(["die", "end", "error"] as const)(
    "whose stream breaks off (%s) is charged for what came, and says so",
    async (how) => {
      const user = await signUpForDialects();
      const breakOff = { afterTokens: 3, how };
      // A socket that breaks at once takes what was not read with it.
      const behaviour = { breakOff, delayMs: 10 };
      const response = await behave(user, behaviour, largeIn(dialect), true);
      const text = await response.text();
      expect(text).toContain('"content":" is"');
      expect(text).toContain('"error":{');
      expect(text).not.toContain("[DONE]");
      const { charged, captures } = await settled(user);
      expect(charged).toHaveLength(1);
      expect(captures[0]?.entry).toMatchObject({ estimated: true, ending: "upstream_failed" });
      // Three tokens, counted by an estimate, and the prompt.
      expect(charged[0]).toBeGreaterThan(9 * 30);
      expect(charged[0]).toBeLessThan(COST);
    },
  );

  it.each(["die", "end"] as const)(
    "whose whole reply breaks off (%s) costs nothing",
    async (how) => {
      const user = await signUpForDialects();
      const breakOff = { afterTokens: 3, how };
      const response = await behave(user, { breakOff }, largeIn(dialect), false);
      expect(response.status).toBe(502);
      await expectCharged(user);
    },
  );

  it.each<[string, Behaviour]>([
    ["bytes", { pieceBytes: [1] }],
    ["odd pieces with CRLF", { pieceBytes: [3, 7, 1], lineEnd: "\r\n" }],
    ["comments", { comments: true }],
    ["a frame that is not JSON", { breakOff: { afterTokens: 3, how: "garbage" } }],
    ["JSON in place of a stream", { otherForm: true }],
  ])("whose stream comes as %s is charged exactly", async (_name, behaviour) => {
    const user = await signUpForDialects();
    const response = await behave(user, behaviour, largeIn(dialect), true);
    const text = await response.text();
    expect(text).toContain("[DONE]");
    expect(text).not.toContain('"error"');
    await expectCharged(user, COST);
  });

  it("that streams in place of a whole reply is charged exactly", async () => {
    const user = await signUpForDialects();
    const response = await behave(user, { otherForm: true }, largeIn(dialect), false);
    const [said] = await readSaid(response, false);
    expect(said?.content).toMatch(/^The fare is/);
    await expectCharged(user, COST);
  });

  it.each<[string, object | null]>([
    ["none", null],
    ["zeros", { input_tokens: 0, output_tokens: 0 }],
    ["negative numbers", { input_tokens: -9, output_tokens: -20 }],
    ["words", { input_tokens: "many", output_tokens: "more" }],
    ["absurd numbers", { input_tokens: 1e12, output_tokens: 1e12 }],
  ])("whose count is %s is charged once, within the hold", async (_name, usage) => {
    for (const stream of [false, true]) {
      const user = await signUpForDialects(1000);
      const response = await behave(
        user,
        { usage: Object(usage) === usage ? { ...usage } : null },
        exactIn(dialect),
        stream,
      );
      expect(response.status).toBe(200);
      await response.text();
      const { charged, captures } = await settled(user);
      expect(charged).toHaveLength(1);
      expect(captures[0]?.entry).toMatchObject({ estimated: true, ending: "complete" });
      expect(charged[0]).toBeGreaterThanOrEqual(20e6);
      expect(charged[0]).toBeLessThanOrEqual(100e6);
    }
  });
});

/** Waits until nothing is held. */
const settled = async (user: FundedUser) =>
  await vi.waitFor(
    async () => {
      const totals = await readAccountTotals(user);
      expect(totals.heldMicrocredits).toBe(0);
      return totals;
    },
    { timeout: 20_000 },
  );
