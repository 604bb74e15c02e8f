import { InternalServerError, RateLimitError } from "openai";
import { estimateTokenCount } from "tokenx";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { toCredits, toMicrocredits } from "../../src/units.ts";
import { FAULTY_MAX_TOKENS, FAULTY_TOKEN_MICROCREDITS } from "./support/models.ts";
import { type Books, newBuyer, type Person, waitForSettledBooks } from "./support/person.ts";
import { parseContent, parseEvents } from "./support/sse.ts";

const { url } = inject("stack");

const TOKENS = 20;
/** In credits. */
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
 * A reply that is not streamed; a stream; and one with the usage chunk, which is relayed in another
 * way.
 */
const WHOLE = {};
const STREAM = { stream: true };
const STREAM_WITH_USAGE = { stream: true, stream_options: { include_usage: true } };

async function chat(rider: Person, fault: string, how: object): Promise<Answer> {
  const reply = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${rider.key}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: `faulty/${fault}`,
      messages: [{ role: "user", content: PROMPT }],
      ...how,
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
const completion = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]),
  usage: z.object({ completion_tokens: z.number(), cost: z.number() }),
});
const replyIn = ({ body }: Answer) => completion.parse(JSON.parse(body));

/** One rider's chats with faulty models, all at once, and their books afterwards. */
interface ChatResults {
  readonly rider: Person;
  /** What came, by fault. */
  readonly whole: ReadonlyMap<string, Answer>;
  readonly streams: readonly ReadonlyMap<string, Answer>[];
  readonly books: Books;
}

async function runBothChats(
  whole: readonly string[],
  streamed: readonly string[],
): Promise<ChatResults> {
  const rider = await newBuyer(url);
  const each = async (faults: readonly string[], how: object) =>
    new Map(
      await Promise.all(
        faults.map(async (fault) => [fault, await chat(rider, fault, how)] as const),
      ),
    );
  const [answers, ...streams] = await Promise.all([
    each(whole, WHOLE),
    each(streamed, STREAM),
    each(streamed, STREAM_WITH_USAGE),
  ]);
  return { rider, whole: answers, streams, books: await waitForSettledBooks(rider) };
}

function answerTo(fault: string, answers: ReadonlyMap<string, Answer>): Answer {
  const answer = answers.get(fault);
  if (answer === undefined) throw new Error(`nobody asked faulty/${fault}`);
  return answer;
}

/** How many tokens chats with a faulty model were charged for, and how; the least first. */
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

describe("an upstream that does not serve", () => {
  let rides: ChatResults;
  beforeAll(async () => {
    rides = await runBothChats([...REFUSES, ...BREAKS_OFF], [...REFUSES, "silence"]);
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
    for (const answers of [rides.whole, ...rides.streams]) {
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
    "a reply to its end, with %s, is answered %d %s when it is not streamed",
    (fault, status, code) => {
      const answer = answerTo(fault, rides.whole);
      expect([answer.status, codeIn(answer), answer.broken]).toEqual([status, code, false]);
    },
  );

  it("but the head of a stream leaves the client with a stream that is not done", () => {
    for (const streamed of rides.streams)
      expect(answerTo("silence", streamed)).toMatchObject({ status: 200, body: "" });
  });

  it("is paid nothing for any of these", () => {
    expect(rides.books.entries.map(({ kind }) => kind)).toEqual(["grant"]);
  });

  it("raises in the SDK what OpenAI itself would: RateLimitError, InternalServerError", async () => {
    for (const [fault, kind] of [
      ["429", RateLimitError],
      ["503", InternalServerError],
    ] as const) {
      const asked = rides.rider.openai.chat.completions.create({
        model: `faulty/${fault}`,
        messages: [{ role: "user", content: PROMPT }],
      });
      await expect(asked).rejects.toBeInstanceOf(kind);
    }
  });
});

const UNTRUE = [
  "no-usage",
  "zero-usage",
  "negative-usage",
  "huge-usage",
  "fraction-usage",
  "string-usage",
];
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
  let rides: ChatResults;
  beforeAll(async () => {
    rides = await runBothChats(
      [...UNTRUE, ...ODD],
      [...UNTRUE, ...ODD, ...BREAKS_OFF.filter((fault) => fault !== "silence")],
    );
  });

  it.each(UNTRUE)(
    "and tells %s is paid by an estimate of what was relayed, within the hold",
    (fault) => {
      const whole = answerTo(fault, rides.whole);
      const { choices, usage } = replyIn(whole);
      const tokens = estimateTokenCount(choices[0].message.content);
      for (const streamed of rides.streams) {
        const { status, broken, body } = answerTo(fault, streamed);
        expect([status, broken, estimateTokenCount(parseContent(body))]).toEqual([
          200,
          false,
          tokens,
        ]);
      }
      expect(tokens).toBeGreaterThan(TOKENS / 2);
      expect(tokens).toBeLessThanOrEqual(FAULTY_MAX_TOKENS);
      expect(usage).toEqual({ completion_tokens: tokens, cost: costInCredits(tokens) });
      const estimate = {
        paidTokens: tokens,
        outputTokens: tokens,
        estimated: true,
        ending: "complete",
      };
      expect(charges(rides, fault)).toEqual([estimate, estimate, estimate]);
    },
  );

  it.each(ODD)("with %s is relayed whole and paid by its own count", (fault) => {
    const { choices, usage } = replyIn(answerTo(fault, rides.whole));
    for (const streamed of rides.streams) {
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
    expect(charges(rides, fault)).toEqual([count, count, count]);
  });

  it.each([
    ["die-midway", "upstream_failed"],
    ["stall-midway", "upstream_failed"],
    ["end-midway", "complete"],
    ["error-midway", "complete"],
  ] as const)(
    "three tokens of a stream and then breaks off, with %s, is paid once, for the three",
    (fault, ending) => {
      for (const streamed of rides.streams) {
        const { status, body } = answerTo(fault, streamed);
        expect([status, parseContent(body)]).toEqual([200, "The fare is"]);
        // How a client tells: the local workerd closes a body that failed as tidily as one that was
        // sent.
        expect(body).not.toContain("[DONE]");
      }
      const three = { paidTokens: 3, outputTokens: 3, estimated: true, ending };
      expect(charges(rides, fault)).toEqual([three, three]);
    },
  );

  it.concurrent.each([STREAM, STREAM_WITH_USAGE])(
    "a frame a second, never silent for long, is heard to its end",
    async (how) => {
      const rider = await newBuyer(url);
      const answer = await chat(rider, "slow", { ...how, max_tokens: 2 });
      expect([answer.status, parseContent(answer.body), parseEvents(answer.body).at(-1)]).toEqual([
        200,
        "The fare",
        "[DONE]",
      ]);
      const { chats } = await waitForSettledBooks(rider);
      expect(chats.map(({ chat }) => chat)).toEqual([
        expect.objectContaining({ outputTokens: 2, estimated: false, ending: "complete" }),
      ]);
    },
  );

  it("a stream with one frame that is not JSON is relayed to its end, and paid by its own count", () => {
    for (const streamed of rides.streams) {
      const answer = answerTo("garbage-midway", streamed);
      expect(answer).toMatchObject({
        status: 200,
        broken: false,
        body: expect.stringContaining("chatcmpl-,,,"),
      });
    }
    expect(charges(rides, "garbage-midway").map(({ paidTokens }) => paidTokens)).toEqual([
      TOKENS,
      TOKENS,
    ]);
  });
});
