import { describe, expect, it } from "vitest";
import { joinCompletion } from "../../src/chat/joined-completion.ts";
import { Transcript } from "../../src/chat/transcript.ts";
import { UsageTally } from "../../src/chat/usage-tally.ts";
import { isObject, readVendorCount } from "../../src/chat/vendor-usage.ts";

const BOUNDS = { maxInput: 5000, maxOutput: 1000 };
const TEXT = { choices: [{ index: 0, delta: { content: "Hi" } }] };
const withUsage = (usage: object) => ({ choices: [], usage });
const COUNT = { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010 };
const PROMPT_ONLY = { prompt_tokens: 1000, completion_tokens: 0, total_tokens: 1000 };

type Side = number | undefined;

/** Streams, and what is counted in each. */
const STREAMS: readonly [name: string, frames: object[], input: Side, output: Side][] = [
  ["both sides at the end", [TEXT, withUsage(COUNT)], 1000, 10],
  ["the prompt before the text", [withUsage(PROMPT_ONLY), TEXT], 1000, undefined],
  ["a count from midway", [TEXT, withUsage(COUNT), TEXT], 1000, undefined],
  ["a count beside the text", [{ ...TEXT, usage: COUNT }], 1000, 10],
  [
    "each side in a frame of its own",
    [withUsage(PROMPT_ONLY), TEXT, withUsage({ completion_tokens: 10 })],
    1000,
    10,
  ],
  [
    "the prompt as zero in the last frame",
    [withUsage(PROMPT_ONLY), TEXT, withUsage({ prompt_tokens: 0, completion_tokens: 10 })],
    1000,
    10,
  ],
  ["the reply as zero after the count", [TEXT, withUsage(COUNT), withUsage(PROMPT_ONLY)], 1000, 10],
  [
    "nothing after the count",
    [TEXT, withUsage(COUNT), withUsage({}), withUsage(PROMPT_ONLY)],
    1000,
    10,
  ],
  [
    "zeros alone",
    [TEXT, withUsage({ prompt_tokens: 0, completion_tokens: 0 })],
    undefined,
    undefined,
  ],
  [
    "Anthropic's events",
    [
      { type: "message_start", message: { usage: { input_tokens: 1000, output_tokens: 1 } } },
      { type: "content_block_delta", delta: { type: "text_delta", text: "Hi" } },
      { type: "message_delta", delta: {}, usage: { output_tokens: 10 } },
      { type: "message_stop" },
    ],
    1000,
    10,
  ],
];

const transcribe = (frames: readonly object[], isHidden: boolean): Transcript => {
  const transcript = new Transcript(false);
  for (const frame of frames) {
    const usage = "usage" in frame && isHidden ? frame.usage : undefined;
    const shown = usage === undefined ? frame : { ...frame, usage: undefined };
    transcript.add(`data: ${JSON.stringify(shown)}\n\n`);
    if (typeof usage === "object" && usage !== null) transcript.addHiddenUsage({ ...usage });
  }
  return transcript;
};

const sides = (usage: unknown): (number | undefined)[] => {
  const count = readVendorCount(isObject(usage) ? usage : {}, BOUNDS);
  return [count.input || undefined, count.output || undefined];
};

describe.each([false, true])(
  "the last count of each side is the count of a stream, hidden: %s",
  (isHidden) => {
    it.each(STREAMS)("that has %s", (_name, frames, input, output) => {
      expect(sides(transcribe(frames, isHidden).usage)).toEqual([input, output]);
      // Without any of it in the last frames, all of the stream is read.
      const pings = Array.from({ length: 100 }, () => ({
        choices: [],
        id: "a ping of some length",
      }));
      expect(sides(transcribe([...frames, ...pings], isHidden).usage)).toEqual([input, output]);
    });
  },
);

it.each(STREAMS.filter(([, frames]) => frames.includes(TEXT)))(
  "the same is the count of a stream put together that has %s",
  (_name, frames, input, output) => {
    const stream = frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join("");
    expect(sides(joinCompletion(`${stream}data: [DONE]\n\n`)?.["usage"])).toEqual([input, output]);
  },
);

describe("a tally", () => {
  const zeros = { prompt_tokens: 0, completion_tokens: 0 };

  it("has nothing before a count, and the first one though it is of zeros", () => {
    const tally = new UsageTally();
    expect(tally.usage).toBeUndefined();
    tally.add("Hi", undefined);
    expect(tally.usage).toBeUndefined();
    tally.add("", zeros);
    expect(tally.usage).toBe(zeros);
  });

  it("passes one count of both sides on as it came, and the last of several", () => {
    const tally = new UsageTally();
    tally.add("", zeros);
    tally.add("", COUNT);
    expect(tally.usage).toBe(COUNT);
    const later = { ...COUNT, completion_tokens: 11 };
    tally.add("", later);
    expect(tally.usage).toBe(later);
  });

  it("tells what one more part would make of it, and stays as it is", () => {
    const tally = new UsageTally();
    tally.add("", PROMPT_ONLY);
    expect(tally.with("Hi", { completion_tokens: 10 })).toEqual({
      prompt_tokens: 1000,
      completion_tokens: 10,
    });
    expect(tally.with("Hi", undefined)).toEqual({ prompt_tokens: 1000 });
    expect(tally.usage).toBe(PROMPT_ONLY);
  });
});
