import { createParser } from "eventsource-parser";
import { describe, expect, it } from "vitest";
import { FrameEditor } from "../../src/chat/frame-editor.ts";

/** Edits a stream for a client that did not ask for usage, and parses the data of its events. */
function editAndParse(stream: string): unknown[] {
  const editor = new FrameEditor({ model: "mine", usage: "hidden" });
  const pieces = [...editor.feed(new TextEncoder().encode(stream)), ...editor.flush()];
  const data: unknown[] = [];
  const parser = createParser({ onEvent: (event) => data.push(JSON.parse(event.data)) });
  for (const { text } of pieces) parser.feed(text);
  return data;
}

const FRAMES: readonly [string, object][] = [
  ["last", { id: "r1", model: "theirs", choices: [], usage: null }],
  ["first", { usage: null, id: "r1", model: "theirs", choices: [] }],
  ["between", { id: "r1", usage: null, model: "theirs", choices: [] }],
  ["alone", { usage: null }],
];

describe.each(FRAMES)(
  "usage that is null and comes %s is left out, and nothing else,",
  (_, json) => {
    const { usage: _usage, ...rest } = { usage: null, ...json };
    const shown = "model" in rest ? { ...rest, model: "mine" } : rest;

    it.each([
      ["on one line", undefined],
      ["over several lines", 1],
      ["over lines with much space", 8],
    ])("%s", (_layout, indent) => {
      const lines = JSON.stringify(json, null, indent).split("\n");
      const event = `${lines.map((line) => `data: ${line}`).join("\n")}\n\n`;
      expect(editAndParse(event)).toEqual([shown]);
      expect(editAndParse(event.replaceAll("\n", "\r\n"))).toEqual([shown]);
    });

    it("with each sign on a line of its own", () => {
      const signs = JSON.stringify(json).split(/(?<=[{}[\],:])|(?=[}\],:])/);
      const event = `${signs.map((sign) => `data:${sign}`).join("\n")}\n\n`;
      expect(editAndParse(event)).toEqual([shown]);
    });
  },
);
