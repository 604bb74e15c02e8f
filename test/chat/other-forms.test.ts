import { describe, expect, it, vi } from "vitest";
import { FrameEditor } from "../../src/chat/frame-editor.ts";
import { takeTurn } from "../support/conversation.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import {
  chatBody,
  type FundedUser,
  readAccountTotals,
  sendChat,
  signUpFundedUser,
} from "../support/funded-user.ts";
import { stubUpstreamJson } from "../support/upstream.ts";

const usage = { prompt_tokens: 50, completion_tokens: 10, total_tokens: 60 };
const COST = 50 * 30 + 10 * 150;
const says = (content: string) => ({ choices: [{ index: 0, delta: { content } }] });
const finish = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };

const stub = (body: string, type: string) =>
  fakeNetwork.standIn(
    "model.test",
    () => new Response(body, { headers: { "content-type": type } }),
  );

const settled = async (user: FundedUser) =>
  await vi.waitFor(
    async () => {
      const totals = await readAccountTotals(user);
      expect(totals.heldMicrocredits).toBe(0);
      return totals;
    },
    { timeout: 60_000 },
  );

const event = (json: object) => `data: ${JSON.stringify(json)}\n\n`;
const line = (json: object) => `${JSON.stringify(json)}\n`;
const DONE = "data: [DONE]\n\n";

describe("a stream that comes in place of a whole reply", () => {
  it.each<[string, string]>([
    ["in the middle", event(says("Half an"))],
    ["before its finish reason", event(says("All")) + event({ choices: [], usage })],
    ["as lines", line(says("Half")) + line(says(" an"))],
  ])("and stops %s is refused, and costs nothing", async (_where, body) => {
    stub(body, "text/event-stream");
    const user = await signUpFundedUser(10);
    expect((await sendChat(user)).status).toBe(502);
    expect((await settled(user)).charged).toEqual([]);
  });

  it("is charged by its count, also before zeros, and in events of several lines", async () => {
    const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    const frames = [says("Hi"), finish, { choices: [], usage }, { choices: [], usage: zeros }];
    const lines = frames.map((json) =>
      JSON.stringify(json, null, 1).replaceAll(/^/gm, "data: ").concat("\n\n"),
    );
    stub(lines.join("") + DONE, "text/event-stream");
    const user = await signUpFundedUser(10);
    expect(await (await sendChat(user)).json()).toMatchObject({
      choices: [{ message: { content: "Hi" } }],
      usage: { ...usage, cost: COST / 1e6 },
    });
    expect((await settled(user)).charged).toEqual([COST]);
  });
});

/** Framings that are no event stream's, and are read all the same. */
const FRAMINGS: readonly [name: string, frame: (frames: readonly object[]) => string][] = [
  ["one after the other", (frames) => frames.map((json) => JSON.stringify(json)).join("")],
  ["as a list", (frames) => JSON.stringify(frames)],
  ["as a list over lines", (frames) => `[${frames.map(line).join(",\r\n")}]`],
  ["as a sequence (RFC 7464)", (frames) => frames.map((json) => `\u001e${line(json)}`).join("")],
  [
    "as data without line ends",
    (frames) => frames.map((json) => `data: ${JSON.stringify(json)}`).join(""),
  ],
  ["with a padded end", (frames) => `${frames.map(event).join("")}data:   [DONE]\n\n`],
];
const FRAMES = [says('Hi {"there"}'), finish, { choices: [], usage }];
const SAID = 'Hi {"there"}';

const readChunks = (stream: string) =>
  stream
    .split("\n")
    .filter((each) => each.startsWith("data: {"))
    .map((each) => JSON.parse(each.slice(6)))
    .flatMap(({ choices }) => choices)
    .map(({ delta }) => delta.content ?? "")
    .join("");

describe.each(FRAMINGS)("frames %s", (_name, frame) => {
  it.each(["text/event-stream", "application/json"])("are a stream as %s", async (type) => {
    stub(frame(FRAMES), type);
    const user = await signUpFundedUser(10);
    const stream = await (await sendChat(user, chatBody({ stream: true }))).text();
    expect(readChunks(stream)).toBe(SAID);
    expect((await settled(user)).charged).toEqual([COST]);
  });

  it("are put together in place of a whole reply", async () => {
    stub(frame(FRAMES), "text/event-stream");
    const user = await signUpFundedUser(10);
    expect(await (await sendChat(user)).json()).toMatchObject({
      choices: [{ message: { content: SAID } }],
    });
    expect((await settled(user)).charged).toEqual([COST]);
  });
});

it.each([" data: ", "Data: "])("frames after %j are passed on, and charged", async (mark) => {
  stub(FRAMES.map((json) => `${mark}${line(json)}\n`).join(""), "text/event-stream");
  const user = await signUpFundedUser(10);
  expect(await (await sendChat(user, chatBody({ stream: true }))).text()).toContain("Hi {");
  expect((await settled(user)).charged).toEqual([COST]);
});

it.each([
  ["on a line", (json: object) => JSON.stringify(json)],
  ["over lines", (json: object) => JSON.stringify(json, null, 2)],
  ["as an event", event],
])("a whole completion that says it is a stream is a chunk: %s", async (_name, write) => {
  const message = { role: "assistant", content: SAID };
  const choices = [{ index: 0, message, finish_reason: "stop" }];
  stub(write({ object: "chat.completion", choices, usage }), "text/event-stream");
  const user = await signUpFundedUser(10);
  const stream = await (await sendChat(user, chatBody({ stream: true }))).text();
  expect(readChunks(stream)).toBe(SAID);
  expect(stream).toContain('"chat.completion.chunk"');
  expect((await settled(user)).charged).toEqual([COST]);
});

describe("a whole reply that comes in place of a stream", () => {
  it("has no [DONE] where an error ended it", async () => {
    const message = { role: "assistant", content: "Half an" };
    for (const more of [{ error: { message: "Gone" } }, {}]) {
      stubUpstreamJson({
        choices: [{ index: 0, message, finish_reason: "error" }],
        usage,
        ...more,
      });
      const text = await (
        await sendChat(await signUpFundedUser(10), chatBody({ stream: true }))
      ).text();
      expect(text).toContain("Half an");
      expect(text).not.toContain("[DONE]");
    }
  });

  it("shows no usage to a client that did not ask, wherever the vendor has it", async () => {
    const reply = { choices: [{ index: 0, message: { content: "Hi" }, finish_reason: "stop" }] };
    for (const more of [
      { usage },
      { x_groq: { usage } },
      { choices: [{ ...reply.choices[0], usage }] },
      { "amazon-bedrock-invocationMetrics": { inputTokenCount: 50, outputTokenCount: 10 } },
    ]) {
      stubUpstreamJson({ ...reply, ...more });
      const user = await signUpFundedUser(10);
      const text = await (await sendChat(user, chatBody({ stream: true }))).text();
      expect(text).toContain("Hi");
      expect(text).not.toMatch(/_tokens|TokenCount/);
      expect((await settled(user)).charged).toEqual([COST]);
    }
  });
});

describe("frames without blank lines, and lines of JSON,", () => {
  const frames = [says("Hel"), says("lo"), finish, { choices: [], usage }];
  const FORMS: [string, string, string][] = [
    ["lines", "application/x-ndjson", frames.map(line).join("")],
    ["lines called events", "text/event-stream", frames.map(line).join("")],
    [
      "lines with blank lines between",
      "text/event-stream",
      frames.map((json) => `${line(json)}\n`).join(""),
    ],
    [
      "data without blank lines",
      "text/event-stream",
      frames.map((json) => `data: ${JSON.stringify(json)}\n`).join(""),
    ],
  ];

  it.each(FORMS)("become events: %s", async (_name, type, body) => {
    const asked = [{}, { usage: { include: true } }, { stream_options: { include_usage: true } }];
    for (const more of asked) {
      stub(body, type);
      const user = await signUpFundedUser(10);
      const text = await (await sendChat(user, chatBody({ stream: true, ...more }))).text();
      expect(text).toContain(event(says("Hel")) + event(says("lo")) + event(finish));
      expect(text.includes("_tokens")).toBe(Object.keys(more).length > 0);
      expect((await settled(user)).charged).toEqual([COST]);
    }
  });

  it.each(FORMS)("are the text of a turn: %s", async (_name, type, body) => {
    stub(body, type);
    const user = await signUpFundedUser(10);
    const { message, cost } = await takeTurn(user, { message: "Hello" });
    expect([message.content, cost]).toEqual(["Hello", COST / 1e6]);
  });

  it.each([
    ["LF", "\n"],
    ["CRLF", "\r\n"],
  ])("leave events with %s as they are, wherever these are cut", (_name, end) => {
    const decoder = new TextDecoder();
    const stream = [says("Hel"), says("lo"), finish]
      .map((json) => `: ping${end}${end}data: ${JSON.stringify(json)}${end}${end}`)
      .join("");
    const bytes = new TextEncoder().encode(stream);
    for (const size of [1, 2, 3, 7, 50]) {
      const editor = new FrameEditor({ model: "large", usage: "hidden" });
      let text = "";
      const pass = (pieces: Iterable<{ bytes: Uint8Array }>): void => {
        for (const piece of pieces) text += decoder.decode(piece.bytes, { stream: true });
      };
      for (let at = 0; at < bytes.length; at += size) pass(editor.feed(bytes.slice(at, at + size)));
      pass(editor.flush());
      expect(text).toBe(stream);
    }
  });

  it("are passed on when they come, and not at the end", () => {
    const editor = new FrameEditor({ model: "large", usage: "hidden" });
    const pieces = [...editor.feed(new TextEncoder().encode(line(says("Hel")) + '{"choi'))];
    expect(pieces.map(({ text }) => text)).toEqual([event(says("Hel"))]);
  });
});

describe("a turn that another vendor's surface answers has its text", () => {
  it.each<[string, object]>([
    ["Anthropic", { type: "message", content: [{ type: "text", text: "two words" }] }],
    [
      "Gemini",
      {
        candidates: [{ content: { parts: [{ text: "two words" }], role: "model" } }],
        modelVersion: "gemini",
      },
    ],
    ["Ollama", { message: { role: "assistant", content: "two words" }, done: true }],
  ])("of %s", async (_vendor, reply) => {
    stubUpstreamJson(reply);
    const { message } = await takeTurn(await signUpFundedUser(10), { message: "Hello" });
    expect(message.content).toBe("two words");
  });
});
