import { InternalServerError, RateLimitError } from "openai";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { estimateTokenCount } from "../../src/chat/estimate-tokens.ts";
import { toCredits, toMicrocredits } from "../../src/units.ts";
import { FAULTY_MAX_TOKENS, FAULTY_TOKEN_MICROCREDITS } from "./support/models.ts";
import { type Books, newBuyer, type Person, waitForSettledBooks } from "./support/person.ts";
import { parseContent, parseEvents } from "./support/sse.ts";

const { url } = inject("stack");

const TOKENS = 20;
/** Returns the cost of output tokens, in credits. */
const costInCredits = (tokens: number): number => toCredits(tokens * FAULTY_TOKEN_MICROCREDITS);
const PROMPT = `Please respond with exactly ${TOKENS} tokens.`;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Whether the connection ended before the reply did. */
  readonly broken: boolean;
}

/**
 * The three forms of a reply: not streamed, streamed, and streamed with the usage chunk, which is
 * relayed in another way.
 */
const WHOLE = {};
const STREAM = { stream: true };
const STREAM_WITH_USAGE = { stream: true, stream_options: { include_usage: true } };

async function chat(user: Person, fault: string, options: object): Promise<Answer> {
  const reply = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${user.key}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: `faulty/${fault}`,
      messages: [{ role: "user", content: PROMPT }],
      ...options,
    }),
  });
  const { status, headers } = reply;
  const decoder = new TextDecoder();
  let body = "";
  try {
    for await (const bytes of reply.body ?? []) body += decoder.decode(bytes, { stream: true });
    return { status, headers, body, broken: false };
  } catch {
    return { status, headers, body, broken: true };
  }
}

const errorBody = z.object({ error: z.object({ code: z.string() }) });
const codeIn = ({ body }: Answer): string => errorBody.parse(JSON.parse(body)).error.code;
/** Returns the code of the error with which a stream ends. */
const streamErrorIn = ({ body }: Answer): string =>
  errorBody.parse(JSON.parse(parseEvents(body).at(-1) ?? "")).error.code;
const completion = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]),
  usage: z.object({ completion_tokens: z.number(), cost: z.number() }),
});
const replyIn = ({ body }: Answer) => completion.parse(JSON.parse(body));

/** The results of one user's chats with faulty models, all at once, and their books afterwards. */
interface ChatResults {
  readonly user: Person;
  /** The responses, by fault. */
  readonly whole: ReadonlyMap<string, Answer>;
  readonly streams: readonly ReadonlyMap<string, Answer>[];
  readonly books: Books;
}

async function runBothChats(
  whole: readonly string[],
  streamed: readonly string[],
): Promise<ChatResults> {
  const user = await newBuyer(url);
  const chatWithEach = async (faults: readonly string[], options: object) =>
    new Map(
      await Promise.all(
        faults.map(async (fault) => [fault, await chat(user, fault, options)] as const),
      ),
    );
  const [answers, ...streams] = await Promise.all([
    chatWithEach(whole, WHOLE),
    chatWithEach(streamed, STREAM),
    chatWithEach(streamed, STREAM_WITH_USAGE),
  ]);
  return { user, whole: answers, streams, books: await waitForSettledBooks(user) };
}

function answerTo(fault: string, answers: ReadonlyMap<string, Answer>): Answer {
  const answer = answers.get(fault);
  if (answer === undefined) throw new Error(`no chat with faulty/${fault}`);
  return answer;
}

/** Returns the charges for chats with a faulty model, lowest first. */
const charges = ({ books }: ChatResults, fault: string) =>
  books.chats
    .filter((entry) => entry.chat.model === `faulty/${fault}`)
    .map(({ amount, chat }) => ({
      paidTokens: toMicrocredits(-amount) / FAULTY_TOKEN_MICROCREDITS,
      outputTokens: chat.outputTokens,
      estimated: chat.estimated,
      ending: chat.ending,
    }))
    .toSorted((a, b) => a.paidTokens - b.paidTokens);

const REFUSES = [
  "400",
  "401",
  "404",
  "429",
  "500",
  "503",
  "drop",
  "stall",
  "garbage",
  "html",
  "empty",
];
const BREAKS_OFF = [
  "silence",
  "stall-midway",
  "die-midway",
  "end-midway",
  "error-midway",
  "garbage-midway",
];

describe("an upstream that fails", () => {
  let results: ChatResults;
  beforeAll(async () => {
    results = await runBothChats([...REFUSES, ...BREAKS_OFF], [...REFUSES, "silence"]);
  });

  it.each([
    ["400", 400, "invalid_request"],
    ["401", 502, "upstream_error"],
    ["404", 502, "upstream_error"],
    ["429", 429, "rate_limit_exceeded"],
    ["500", 502, "upstream_error"],
    ["503", 502, "upstream_error"],
    ["drop", 502, "upstream_error"],
    ["stall", 504, "upstream_timeout"],
    ["garbage", 502, "upstream_error"],
    ["html", 502, "upstream_error"],
    ["empty", 502, "upstream_error"],
  ] as const)("with %s is answered %d %s, streamed or not", (fault, status, code) => {
    for (const answers of [results.whole, ...results.streams]) {
      const answer = answerTo(fault, answers);
      expect([answer.status, codeIn(answer), answer.broken]).toEqual([status, code, false]);
      expect(answer.headers.get("retry-after")).toBe(fault === "429" ? "7" : null);
    }
  });

  it.each([
    ["silence", 504, "upstream_timeout"],
    ["stall-midway", 504, "upstream_timeout"],
    ["die-midway", 502, "upstream_error"],
    ["end-midway", 502, "upstream_error"],
    ["error-midway", 502, "upstream_error"],
    ["garbage-midway", 502, "upstream_error"],
  ] as const)(
    "in the middle of a reply, with %s, is answered %d %s when it is not streamed",
    (fault, status, code) => {
      const answer = answerTo(fault, results.whole);
      expect([answer.status, codeIn(answer), answer.broken]).toEqual([status, code, false]);
    },
  );

  it("after the headers of a stream ends the client's stream with an error", () => {
    for (const streamed of results.streams) {
      const answer = answerTo("silence", streamed);
      expect([answer.status, streamErrorIn(answer)]).toEqual([200, "upstream_error"]);
    }
  });

  it("costs the user nothing more than the prompts, which are free with these models", () => {
    expect(results.books.entries.map(({ kind }) => kind)).toEqual(["grant"]);
  });

  it("raises the SDK's errors as OpenAI would: RateLimitError, InternalServerError", async () => {
    for (const [fault, kind] of [
      ["429", RateLimitError],
      ["503", InternalServerError],
    ] as const) {
      const request = results.user.openai.chat.completions.create({
        model: `faulty/${fault}`,
        messages: [{ role: "user", content: PROMPT }],
      });
      await expect(request).rejects.toBeInstanceOf(kind);
    }
  });
});

const UNTRUE = ["no-usage", "zero-usage", "negative-usage", "fraction-usage", "string-usage"];
const ODD = [
  "late-usage",
  "every-usage",
  "groq-usage",
  "bytes",
  "pieces",
  "batched",
  "crlf",
  "comments",
  "no-done",
];

describe("an upstream that serves", () => {
  let results: ChatResults;
  beforeAll(async () => {
    results = await runBothChats(
      [...UNTRUE, ...ODD, "huge-usage"],
      [...UNTRUE, ...ODD, "huge-usage", ...BREAKS_OFF.filter((fault) => fault !== "silence")],
    );
  });

  it.each(UNTRUE)(
    "with %s is charged by an estimate of the relayed text, within the hold",
    (fault) => {
      const whole = answerTo(fault, results.whole);
      const { choices, usage } = replyIn(whole);
      const tokens = Math.min(FAULTY_MAX_TOKENS, estimateTokenCount(choices[0].message.content));
      for (const streamed of results.streams) {
        const { status, broken, body } = answerTo(fault, streamed);
        expect([status, broken, parseContent(body)]).toEqual([
          200,
          false,
          choices[0].message.content,
        ]);
      }
      expect(tokens).toBeGreaterThan(TOKENS / 2);
      expect(usage).toEqual({ completion_tokens: tokens, cost: costInCredits(tokens) });
      const estimate = {
        paidTokens: tokens,
        outputTokens: tokens,
        estimated: true,
        ending: "complete",
      };
      expect(charges(results, fault)).toEqual([estimate, estimate, estimate]);
    },
  );

  it("with huge-usage is charged at the hold's bound, as an estimate", () => {
    const bound = charges(results, "huge-usage").map((charge) => ({ ...charge, paidTokens: 0 }));
    const expected = {
      paidTokens: 0,
      outputTokens: FAULTY_MAX_TOKENS,
      estimated: true,
      ending: "complete",
    };
    expect(bound).toEqual([expected, expected, expected]);
  });

  it.each(ODD)("with %s is relayed whole and charged by its own count", (fault) => {
    const { choices, usage } = replyIn(answerTo(fault, results.whole));
    for (const streamed of results.streams) {
      const { status, broken, body } = answerTo(fault, streamed);
      expect([status, broken, parseContent(body)]).toEqual([
        200,
        false,
        choices[0].message.content,
      ]);
      expect(parseEvents(body).at(-1) === "[DONE]").toBe(fault !== "no-done");
    }
    expect(usage).toEqual({ completion_tokens: TOKENS, cost: costInCredits(TOKENS) });
    const count = {
      paidTokens: TOKENS,
      outputTokens: TOKENS,
      estimated: false,
      ending: "complete",
    };
    expect(charges(results, fault)).toEqual([count, count, count]);
  });

  it.each([
    ["die-midway", "upstream_failed"],
    ["stall-midway", "upstream_failed"],
    ["end-midway", "upstream_failed"],
    ["error-midway", "upstream_failed"],
  ] as const)(
    "three tokens and then breaks off, with %s, is charged once, for what was relayed",
    (fault, ending) => {
      for (const streamed of results.streams) {
        const { status, body } = answerTo(fault, streamed);
        expect([status, parseContent(body)]).toEqual([200, "The fare is"]);
        expect(body).not.toContain("[DONE]");
        expect(body).toContain('"error":');
      }
      const tokens = estimateTokenCount("The fare is");
      const expected = { paidTokens: tokens, outputTokens: tokens, estimated: true, ending };
      expect(charges(results, fault)).toEqual([expected, expected]);
    },
  );

  it.concurrent.each([STREAM, STREAM_WITH_USAGE])(
    "a frame a second, never silent for long, is relayed to its end",
    async (options) => {
      const user = await newBuyer(url);
      const answer = await chat(user, "slow", { ...options, max_tokens: 6 });
      expect([answer.status, parseEvents(answer.body).at(-1)]).toEqual([200, "[DONE]"]);
      expect(parseContent(answer.body)).toMatch(/^The fare is/);
      const { chats } = await waitForSettledBooks(user);
      expect(chats.map(({ chat }) => chat)).toEqual([
        expect.objectContaining({ outputTokens: 6, estimated: false, ending: "complete" }),
      ]);
    },
  );

  it("a stream with one frame that is not JSON is relayed and charged by its own count", () => {
    for (const streamed of results.streams) {
      const answer = answerTo("garbage-midway", streamed);
      expect(answer).toMatchObject({
        status: 200,
        broken: false,
        body: expect.stringContaining("chatcmpl-,,,"),
      });
    }
    expect(charges(results, "garbage-midway").map(({ paidTokens }) => paidTokens)).toEqual([
      TOKENS,
      TOKENS,
    ]);
  });
});
