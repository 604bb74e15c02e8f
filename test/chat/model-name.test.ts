import { describe, expect, it } from "vitest";
import { FrameEditor } from "../../src/chat/frame-editor.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { chatBody, readAccountTotals, sendChat, signUpFundedUser } from "../support/funded-user.ts";

const USAGE = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };

/** Stands in a vendor that calls its model so, and cuts its stream into pieces of a few bytes. */
function standInVendor(model: string, cut: number): void {
  const text = 'I am "model":"none" \u{1f600}';
  const choice = { index: 0, finish_reason: "stop" };
  fakeNetwork.standIn("model.test", async (request) => {
    const { stream } = await request.json<{ stream?: boolean }>();
    if (stream !== true)
      return Response.json({
        id: "c1",
        model,
        choices: [{ ...choice, message: { content: text } }],
        usage: USAGE,
      });
    const frames = [
      { id: "c1", model, choices: [{ ...choice, finish_reason: null, delta: { content: text } }] },
      { id: "c1", model, choices: [{ ...choice, delta: {} }] },
      { id: "c1", model, choices: [], usage: USAGE },
    ].map((frame) => `data: ${JSON.stringify(frame)}\n\n`);
    const bytes = new TextEncoder().encode(`: ping\n\n${frames.join("")}data: [DONE]\n\n`);
    const pieces = Array.from({ length: Math.ceil(bytes.length / cut) }, (_, index) =>
      bytes.slice(index * cut, (index + 1) * cut),
    );
    const body = new ReadableStream({
      type: "bytes",
      pull(controller) {
        const piece = pieces.shift();
        if (piece !== undefined) return controller.enqueue(piece);
        controller.close();
        controller.byobRequest?.respond(0);
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
}

it.each([
  ["vendor/large-2026-08-06", 7],
  ["vendor/large-2026-08-06", 10_000],
  ["large", 50],
])(
  "a reply's model is the one that was asked for, where its vendor says %s",
  async (model, cut) => {
    const who = await signUpFundedUser(1);
    standInVendor(model, cut);
    const whole = await (await sendChat(who)).json<{ model: string }>();
    expect(whole.model).toBe("large");
    for (const more of [
      {},
      { stream_options: { include_usage: true } },
      { usage: { include: true } },
    ]) {
      standInVendor(model, cut);
      const text = await (await sendChat(who, chatBody({ stream: true, ...more }))).text();
      const frames = text
        .split("\n\n")
        .filter((frame) => frame.startsWith("data: {"))
        .map((frame): { model: string; choices: { delta?: { content?: string } }[] } =>
          JSON.parse(frame.slice(6)),
        );
      expect(new Set(frames.map((frame) => frame.model))).toEqual(new Set(["large"]));
      expect(frames[0]?.choices[0]?.delta?.content).toBe('I am "model":"none" \u{1f600}');
      expect(text).toContain("[DONE]");
    }
    const cost = 5 * 30 + 2 * 150;
    expect((await readAccountTotals(who)).charged).toEqual([cost, cost, cost, cost]);
  },
);

describe("a name in a frame", () => {
  const edited = (text: string, model: string): string => {
    const editor = new FrameEditor({ model, usage: "as_it_came" });
    const pieces = [...editor.feed(new TextEncoder().encode(`${text}\n\n`)), ...editor.flush()];
    return pieces
      .map((piece) => new TextDecoder().decode(piece.bytes))
      .join("")
      .trimEnd();
  };

  it("is put in as it is, whatever is in it", () => {
    expect(edited('data: {"model" : "a\\"b","x":1}', '$& "\\')).toBe(
      `data: {"model" : ${JSON.stringify('$& "\\')},"x":1}`,
    );
  });

  it.each([
    'data: {"model": "large"}',
    'data: {"model":null,"text":"\\"model\\":\\"x\\""}',
    ": ping",
  ])("is left in %s", (text) => {
    expect(edited(text, "large")).toBe(text);
  });
});
