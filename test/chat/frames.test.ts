import { describe, expect, it } from "vitest";
import { FrameEditor } from "../../src/chat/frame-editor.ts";
import { endOfFrames, readFrames, splitAtLastFrame, splitFrames } from "../../src/chat/frames.ts";

const readTexts = (text: string) => readFrames(text).map((frame) => frame.text);
const bytes = (text: string) => new TextEncoder().encode(text);

describe("the end of the last whole frame", () => {
  it.each([
    ["a\n\nb", 3],
    ["a\r\n\r\nb", 5],
    ["a\r\rb", 3],
    ["a\n\nb\n\n", 6],
    ["a\r\n\r\nb\r\n\r\n", 10],
    // CRLF cut in its middle: the CR may be half of a line end.
    ["a\r\n\r", 0],
    ["a\r\n", 0],
    ["a\n", 0],
    ["a", 0],
    ["", 0],
  ])("in %j is at %i", (text, end) => {
    expect(endOfFrames(bytes(text))).toBe(end);
  });
});

it("a frame of more than four megabytes without an end is passed on in pieces, unread", () => {
  const chunk = new FrameEditor({ model: "large", usage: "hidden" });
  expect([...chunk.feed(new Uint8Array(4_194_304))]).toEqual([]);
  expect([...chunk.feed(new Uint8Array(1))].map((piece) => piece.bytes.length)).toEqual([
    4_194_305,
  ]);
  expect([...chunk.flush()]).toEqual([]);
});

describe("frames", () => {
  it("are separated by blank lines with any line ending; the rest is one more frame", () => {
    expect(splitFrames("a\n\nb\r\n\r\nc\r\rd\ne")).toEqual(["a\n\n", "b\r\n\r\n", "c\r\r", "d\ne"]);
    expect(splitAtLastFrame("a\n\nb\r\n\r\nc\r\rd\ne")).toEqual(["a\n\nb\r\n\r\nc\r\r", "d\ne"]);
    expect(splitAtLastFrame("a")).toEqual(["", "a"]);
  });

  it("are read also without an end, over several lines, and beside a comment", () => {
    expect(readTexts('data: {"choices":[{"delta":{"content":"a"}}]}')).toEqual(["a"]);
    expect(readTexts('data: {"choices":\ndata: [{"delta":{"content":"a"}}]}\n\n')).toEqual(["a"]);
    expect(
      readTexts(': alive\ndata: {"choices":[{"delta":{"content":"a"}}]}\n\n: alive\n\n'),
    ).toEqual(["a"]);
    expect(
      readTexts(
        'data: {"choices":[{"message":{"content":"a"}},{"text":"b"},7]}\n\ndata: [DONE]\n\n',
      ),
    ).toEqual(["ab", ""]);
  });
});

describe("a framing that is not quite SSE's", () => {
  const chunk = (content: string) => JSON.stringify({ choices: [{ delta: { content } }] });

  it.each([
    ["one newline between frames", `data: ${chunk("a")}\ndata: ${chunk("b")}\ndata: [DONE]\n`],
    ["lines of JSON", `${chunk("a")}\n${chunk("b")}\n`],
    ["lines of JSON, with CRLF", `${chunk("a")}\r\n${chunk("b")}\r\n\r\n`],
    ["no space after the colon", `data:${chunk("a")}\n\ndata:${chunk("b")}\n\n`],
    [
      "an event's name",
      `event: chunk\ndata: ${chunk("a")}\n\nevent: chunk\ndata: ${chunk("b")}\n\n`,
    ],
  ])("is read: %s", (_name, stream) => {
    expect(readTexts(stream).join("")).toBe("ab");
  });

  it.each(["Hello there, in no format.", "data: Hello there\n\n", "<p>Hello there</p>"])(
    "is all text where nothing can be read: %j",
    (stream) => {
      expect(readTexts(stream).join("")).toContain("Hello there");
    },
  );

  it("is not what a stream that broke off sent of a frame", () => {
    const whole = `data: ${chunk("a")}\n\n`;
    const part = `data: ${chunk("and more")}`.slice(0, -3);
    expect(readTexts(whole + part)).toEqual(["a"]);
    expect(readTexts(part)).toEqual([]);
  });

  it("is nothing where there are only comments and names", () => {
    expect(readTexts(": alive\n\nevent: ping\nid: 7\nretry: 3\n\n").join("")).toBe("");
  });

  it("is edited frame by frame", () => {
    const usage = { prompt_tokens: 3, completion_tokens: 2 };
    const last = JSON.stringify({ choices: [], usage });
    const own = { cost: 7, generation_id: "hld_1" };
    const bytesOf = bytes(`data: ${chunk("a")}\ndata: ${last}\ndata: [DONE]\n\n`);
    const editor = new FrameEditor({ model: "large", usage: () => own });
    const text = [...editor.feed(bytesOf)].map((piece) => piece.text).join("");
    const priced = JSON.stringify({ choices: [], usage: { ...usage, ...own } });
    expect(text).toBe(`data: ${chunk("a")}\ndata: ${priced}\ndata: [DONE]\n\n`);
  });
});
