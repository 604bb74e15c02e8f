import { describe, expect, it } from "vitest";
import { FrameEditor, type FrameEdits } from "../../src/chat/frame-editor.ts";
import {
  examineLines,
  framesToEvents,
  linesToEvents,
  objectsToEvents,
} from "../../src/chat/lines-to-events.ts";

describe("lines of JSON become events", () => {
  it.each([
    ["one line", '{"a":1}\n', 'data: {"a":1}\n\n'],
    ["a last line without an end", '{"a":1}\n{"b":2}', 'data: {"a":1}\n\ndata: {"b":2}\n\n'],
    ["other ends of lines", '{"a":1}\r\n{"b":2}\r', 'data: {"a":1}\n\ndata: {"b":2}\n\n'],
    ["blank lines between", '{"a":1}\n\n\n{"b":2}\n', 'data: {"a":1}\n\ndata: {"b":2}\n\n'],
    ["space around", '  {"a":1} \n', 'data: {"a":1}\n\n'],
    ["the end mark", '{"a":1}\n[DONE]\n', 'data: {"a":1}\n\ndata: [DONE]\n\n'],
    [
      "data without blank lines",
      'data: {"a":1}\ndata: [DONE]\n',
      'data: {"a":1}\n\ndata: [DONE]\n\n',
    ],
    ["data without a space", 'data:{"a":1}\r\n', 'data:{"a":1}\r\n\r\n'],
    ["a comment", ': hello\n{"a":1}\n', ': hello\ndata: {"a":1}\n\n'],
    ["the spacing of its vendor", '{"a": 1}\n', 'data: {"a": 1}\n\n'],
    ["space before data", '  data: {"a":1}\n', 'data: {"a":1}\n\n'],
    ["a text that says data:", '{"a":"data:1"}\n', 'data: {"a":"data:1"}\n\n'],
    ["two objects on a line", '{"a":1}{"b":2}\n', 'data: {"a":1}\n\ndata: {"b":2}\n\n'],
    ["two objects as data", 'data: {"a":1}{"b":2}\n', 'data: {"a":1}\n\ndata: {"b":2}\n\n'],
    ["a list", '[\n{"a":1}\n , \n{"b":2}\n] , [\n]', 'data: {"a":1}\n\ndata: {"b":2}\n\n'],
    [
      "other fields of events",
      'event: message\nid: 7\nretry: 10\ndata: {"a":1}\n',
      'event: message\nid: 7\nretry: 10\ndata: {"a":1}\n\n',
    ],
  ])("with %s", (_what, text, events) => {
    expect(linesToEvents(text)).toBe(events);
  });
});

it.each([
  ["no line", ""],
  ["blank lines alone", "\n\n"],
  ["half of an object", '{"a":'],
  ["half of an object at the end", '{"a":1}\n{"a":'],
  ["an object that is none", "{a}\n"],
  ["an object over two lines", '{"a":\n1}\n'],
  ["a list", "[1]\n"],
  ["a number", "1\n"],
  ["words", "Hi\n"],
  ["words after the sign of a list", '[Hi\n{"a":1}\n'],
  ["an object beside half of one", '{"a":1}{b}\n'],
  ["data that is no object", 'data: Hi\n{"a":1}\n'],
  ["words between objects", '{"a":1}\nHi {"b":2}\n{"c":3}\n'],
  ["words that a field begins with", '{"a":1}\nevents\n{"c":3}\n'],
  ["an object between comments", '{"a":1}\n: hello\n'],
])("lines are not whole frames where there is %s", (_what, text) => {
  expect(linesToEvents(text)).toBeNull();
});

it.each([
  ["whole", '{"a":1}\n'],
  ["whole", ': hello\nevent: x\ndata: {"a":1}\n'],
  ["whole", '{"a":1}\n]\n'],
  ["open", '{"a":1}\n: hello\n'],
  ["open", ": hello\n"],
  ["open", "\n"],
  ["open", ""],
  ["other", "Hi\n"],
  ["other", '{"a":1}\nHi\n'],
  ["other", 'Hi\n{"a":1}\n'],
] as const)("lines are %s: %j", (made, text) => {
  expect(examineLines(text)).toBe(made);
});

describe("plain JSON becomes events", () => {
  it("where objects are over several lines, or several on one", () => {
    expect(objectsToEvents('{"a":\n1}{"b": 2}')).toBe('data: {"a":1}\n\ndata: {"b": 2}\n\n');
    expect(objectsToEvents('{"a":1}{b}')).toBeNull();
    expect(objectsToEvents("[")).toBeNull();
  });

  it("between events, which stay as they are", () => {
    const event = 'data: {"a":1}\n\n';
    expect(framesToEvents(event)).toBeNull();
    expect(framesToEvents(`${event}{"b":\n2}\n\n${event}`)).toBe(
      `${event}data: {"b":2}\n\n${event}`,
    );
  });
});

/** Feeds an editor with a text in small pieces, and returns what it makes of it. */
function editInPieces(text: string, pieceBytes: number): string {
  const edits: FrameEdits = { model: "m", usage: "hidden" };
  const editor = new FrameEditor(edits);
  const bytes = new TextEncoder().encode(text);
  let shown = "";
  for (let at = 0; at < bytes.length; at += pieceBytes)
    for (const piece of editor.feed(bytes.slice(at, at + pieceBytes))) shown += piece.text;
  for (const piece of editor.flush()) shown += piece.text;
  return shown;
}

describe("in pieces of any size", () => {
  it.each([1, 2, 7, 1000])("lines become events: %d bytes", (size) => {
    const lines = ': hello\n{"a":1}\n\nevent: x\ndata: {"b":2}\ndata: [DONE]\n';
    expect(editInPieces(lines, size).trimEnd()).toBe(
      ': hello\ndata: {"a":1}\n\nevent: x\ndata: {"b":2}\n\ndata: [DONE]',
    );
  });

  // Each line is examined once: else 4 MB take longer than a Worker may.
  it.each([
    ["data over many lines", "data: {\n", 'data: "x":1}\n\n', "data: "],
    ["an object over many lines", "{\n", '"x":1}\n', ""],
  ])("a frame of megabytes passes: %s", (_what, first, last, before) => {
    const line = `${before}  "some field": "a text that is rather ordinary, and not short",\n`;
    const frame = first + line.repeat(60_000) + last;
    const shown = editInPieces(frame, 1000);
    if (before === "") expect(shown).toMatch(/^data: \{"some field":".*","x":1\}\n\n$/);
    else expect(shown).toBe(frame);
  });
});
