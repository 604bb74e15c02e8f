import { describe, expect, it } from "vitest";
import { linesToEvents } from "../../src/chat/lines-to-events.ts";

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
  ["words between objects", '{"a":1}\nHi {"b":2}\n{"c":3}\n'],
  ["words that a field begins with", '{"a":1}\nevents\n{"c":3}\n'],
  ["an object between comments", '{"a":1}\n: hello\n'],
])("lines are not whole frames where there is %s", (_what, text) => {
  expect(linesToEvents(text)).toBeNull();
});
