import { describe, expect, it } from "vitest";
import type { RelayEnding } from "../../src/account/index.ts";
import type { PriceUsage } from "../../src/chat/frame-editor.ts";
import { relayEdited } from "../../src/chat/relay-edited.ts";
import { Transcript } from "../../src/chat/transcript.ts";

const MODEL = "large";

const frame = (json: object) => `data: ${JSON.stringify({ model: MODEL, ...json })}\n\n`;
const textFrame = (content: string) => frame({ choices: [{ index: 0, delta: { content } }] });
const USAGE = frame({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } });
const DONE = "data: [DONE]\n\n";

const BROKE_OFF = `\n\n${frame({ error: { code: "upstream_error" } })}`;

/**
 * Relays a stream that the test feeds: without `price` natively from its first frame, with it frame
 * by frame, and with null so that usage is hidden.
 */
function relayed(
  price?: ((transcript: Transcript) => PriceUsage) | null,
  readOnMs = 30_000,
  keep = true,
) {
  const transcript = new Transcript(keep);
  const timeout = new AbortController();
  let feed: ReadableByteStreamController | undefined;
  let stopped = false;
  const upstream = new ReadableStream({
    type: "bytes",
    start: (controller) => {
      feed = controller;
    },
    cancel: () => {
      stopped = true;
    },
  });
  const activity = Promise.withResolvers<void>();
  const context = {
    transcript,
    brokeOff: BROKE_OFF,
    onActivity: activity.resolve,
    readOnMs,
    signal: timeout.signal,
  };
  const usage = price === undefined ? "as_it_came" : (price?.(transcript) ?? "hidden");
  const relay = relayEdited(upstream, context, { model: MODEL, usage });
  const reader = relay.stream.getReader();
  const decoder = new TextDecoder();
  const endings: RelayEnding[] = [];
  relay.ended.then(
    (ending) => endings.push(ending),
    () => endings.push("upstream_failed"),
  );
  return {
    transcript,
    endings,
    ended: relay.ended,
    /** Resolves at the first read. */
    activity: activity.promise,
    timeOut: () => timeout.abort(new Error("silent")),
    send: (text: string | Uint8Array) =>
      feed?.enqueue(typeof text === "string" ? new TextEncoder().encode(text) : text),
    close: () => feed?.close(),
    fail: () => feed?.error(new Error("torn")),
    stopped: () => stopped,
    /** Reads until the text ends like this. */
    readUntil: async (end: string) => {
      let text = "";
      while (!text.endsWith(end))
        text += decoder.decode((await reader.read()).value, { stream: true });
      return text;
    },
    readAll: async () => {
      let text = "";
      for (let next = await reader.read(); !next.done; next = await reader.read())
        text += decoder.decode(next.value, { stream: true });
      return text;
    },
    leave: () => reader.cancel(),
  };
}

const WAYS: [string, null | undefined][] = [
  ["natively", undefined],
  ["frame by frame", null],
];

const relayText = async (
  text: string,
  price: ((transcript: Transcript) => PriceUsage) | null = null,
) => {
  const stream = relayed(price);
  const all = stream.readAll();
  for (const piece of text.match(/[\s\S]{1,7}/g) ?? []) stream.send(piece);
  stream.close();
  return { got: await all, transcript: stream.transcript, ending: await stream.ended };
};

const measureText = (text: string, keep = false) => {
  const transcript = new Transcript(keep);
  for (const piece of text.match(/[\s\S]{1,100000}/g) ?? []) transcript.add(piece);
  return transcript;
};

describe.each(WAYS)("a stream relayed %s ends exactly once", (_name, price) => {
  it("complete, with the usage that came", async () => {
    const stream = relayed(price);
    const all = stream.readAll();
    stream.send(textFrame("Hel"));
    stream.send(textFrame("lo") + USAGE + DONE);
    stream.close();
    const [text] = await Promise.all([all, stream.ended]);
    expect(text.replace(USAGE, "")).toBe(textFrame("Hel") + textFrame("lo") + DONE);
    expect(stream.endings).toEqual(["complete"]);
    expect(stream.transcript).toMatchObject({
      text: "Hello",
      usage: { prompt_tokens: 3, completion_tokens: 2 },
      whole: text,
    });
  });

  it("for what came when the client left, and the upstream is stopped in time", async () => {
    const stream = relayed(price, 50);
    const first = stream.readUntil(textFrame("Hel"));
    stream.send(textFrame("Hel"));
    await first;
    await stream.leave();
    // Noticed at a later write.
    const speakOn = () => {
      if (!stream.stopped()) stream.send(textFrame("lo"));
      return stream.stopped();
    };
    await expect.poll(speakOn).toBe(true);
    expect(await stream.ended).toBe("client_gone");
    expect(stream.endings).toEqual(["client_gone"]);
    expect(stream.transcript.text).toMatch(/^Hel(lo)*$/);
  });

  it("with the count that comes after its client left, in whatever it was", async () => {
    for (const sent of ["", textFrame(""), textFrame("Hel")]) {
      const stream = relayed(price);
      stream.send(sent === "" ? ": begun\n\n" : sent);
      await stream.activity;
      await stream.leave();
      for (let frames = 0; frames < 5; frames++) {
        stream.send(textFrame("lo"));
        await scheduler.wait(1);
      }
      stream.send(USAGE + DONE);
      stream.close();
      expect(await stream.ended).toBe("client_gone");
      expect(stream.transcript).toMatchObject({
        text: expect.stringMatching(/lololololo$/),
        usage: { prompt_tokens: 3, completion_tokens: 2 },
      });
    }
  });

  it("in time proportional to a frame's bytes, in however small pieces it comes", async () => {
    const stream = relayed(price);
    const all = stream.readAll();
    const long = textFrame("x".repeat(3_900_000));
    for (const piece of long.match(/[\s\S]{1,1024}/g) ?? []) stream.send(piece);
    stream.send(DONE);
    stream.close();
    expect((await all).length).toBe(long.length + DONE.length);
    expect(await stream.ended).toBe("complete");
    expect(stream.transcript.text.length).toBe(3_900_000);
  });

  it("with the upstream failed, and tells the client", async () => {
    const stream = relayed(price);
    const first = stream.readUntil(textFrame("Hel"));
    stream.send(textFrame("Hel"));
    await first;
    // A stream of JavaScript's own, unlike a fetch's, drops its unread part when it fails.
    await stream.activity;
    stream.fail();
    expect(await stream.readAll()).toBe(BROKE_OFF);
    expect(await stream.ended).toBe("upstream_failed");
    expect(stream.transcript.text).toBe("Hel");
  });

  it("as failed where the vendor stops without a finish reason, and tells the client", async () => {
    const stream = relayed(price);
    const all = stream.readAll();
    stream.send(textFrame("Hel"));
    stream.close();
    expect(await all).toBe(textFrame("Hel") + BROKE_OFF);
    expect(await stream.ended).toBe("upstream_failed");
    expect(stream.transcript.text).toBe("Hel");
  });

  it.each([{}, "", null])("complete, also with an empty error: %j", async (error) => {
    const stream = relayed(price);
    const all = stream.readAll();
    const sent = frame({ choices: [{ delta: { content: "Hel" } }], error }) + DONE;
    stream.send(sent);
    stream.close();
    expect(await all).toBe(sent);
    expect(await stream.ended).toBe("complete");
  });

  it.each([
    ["an error beside the choices", { choices: [], error: { code: 502, message: "Gone" } }],
    ["an error as a text", { error: "Gone" }],
    ["an error in a choice", { choices: [{ delta: {}, error: { message: "Gone" } }] }],
    ["the finish reason `error`", { choices: [{ delta: {}, finish_reason: "error" }] }],
    ["an error beside usage", { choices: [], error: { code: 502 }, usage: { total_tokens: 3 } }],
  ])("as failed after %s, of which the client is told once", async (_name, error) => {
    const stream = relayed(price);
    const all = stream.readAll();
    const { usage: _usage, ...shown } = { usage: null, ...error };
    stream.send(textFrame("Hel") + frame(error) + DONE);
    stream.close();
    const sent = price === undefined ? error : shown;
    expect(await all).toBe(textFrame("Hel") + frame(sent) + DONE);
    expect(await stream.ended).toBe("upstream_failed");
  });

  it("without a text, when the upstream fails before its first byte", async () => {
    const stream = relayed(price);
    stream.fail();
    expect(await stream.readAll()).toBe(BROKE_OFF);
    expect(await stream.ended).toBe("upstream_failed");
    expect(stream.transcript).toMatchObject({ text: "", usage: undefined, whole: "" });
  });

  it("in single bytes, with characters of every length, to the byte", async () => {
    const stream = relayed(price);
    const all = stream.readAll();
    const bytes = new TextEncoder().encode(textFrame("aé漢😀") + DONE);
    for (const byte of bytes) stream.send(Uint8Array.of(byte));
    stream.close();
    expect(await all).toBe(textFrame("aé漢😀") + DONE);
    expect(await stream.ended).toBe("complete");
    expect(stream.transcript.text).toBe("aé漢😀");
  });
});

describe("a stream relayed natively", () => {
  it("is metered for everything that a client read before it left, however fast", async () => {
    const stream = relayed(undefined, 50);
    const first = stream.readUntil(textFrame("Hel"));
    stream.send(textFrame("Hel"));
    await first;
    const fast = stream.readUntil(textFrame("end"));
    for (let n = 0; n < 200; n++) stream.send(textFrame("lo"));
    stream.send(textFrame("end"));
    await fast;
    await stream.leave();
    // Noticed by this write, before the copy is due to be read.
    stream.send(textFrame("!"));
    expect(await stream.ended).toBe("client_gone");
    expect(stream.transcript.text).toMatch(/^Hel(lo){200}end!*$/);
  });
});

describe("a stream relayed frame by frame", () => {
  it("ends when its time is over, even if the client stays and reads no more", async () => {
    const stream = relayed(null);
    const first = stream.readUntil(textFrame("Hel"));
    stream.send(textFrame("Hel"));
    await first;
    await expect.poll(() => stream.transcript.text).toBe("Hel");
    stream.send(textFrame("lo"));
    stream.timeOut();
    expect(await stream.ended).toBe("client_gone");
    expect(stream.transcript.text).toMatch(/^Hel/);
    await expect(stream.readAll()).rejects.toThrow();
  });

  it("ends as failed when we fail: the client is told, the upstream is stopped", async () => {
    const stream = relayed(() => () => {
      throw new Error("cannot count");
    });
    const first = stream.readUntil(textFrame("Hel"));
    stream.send(textFrame("Hel"));
    await first;
    const rest = stream.readAll();
    stream.send(USAGE);
    expect(await rest).toBe(BROKE_OFF);
    expect(await stream.ended).toBe("upstream_failed");
    expect(stream.transcript.text).toBe("Hel");
    await expect.poll(stream.stopped).toBe(true);
  });

  it("never cuts a frame: a partial one waits for its end or the stream's", async () => {
    const stream = relayed(null);
    const all = stream.readAll();
    stream.send("data: {");
    stream.send('"choices":[]}\n');
    stream.send("\ndata: [DO");
    stream.close();
    expect(await all).toBe(`data: {"choices":[]}\n\ndata: [DO${BROKE_OFF}`);
  });

  it("passes on a frame that mentions usage only in its text", async () => {
    const tricky = textFrame('"usage": {"prompt_tokens": 9}, "choices": []');
    expect(await relayText(tricky + USAGE + DONE)).toMatchObject({
      got: tricky + DONE,
      transcript: { usage: { prompt_tokens: 3 } },
    });
  });

  it("passes on what is not JSON, and counts it as text", async () => {
    const garbage = 'data: {"usage": {nonsense\n\n: comment\n\ndata: 42\n\n';
    expect(await relayText(garbage)).toMatchObject({
      got: garbage + BROKE_OFF,
      ending: "upstream_failed",
      transcript: { text: '{"usage": {nonsense', usage: undefined },
    });
  });

  it("changes no text beside usage: line separators, numbers of any length", async () => {
    const tricky = `{"choices":[{"delta":{"content":"a\u2028data:b"}}],"n":9223372036854775807`;
    const { got } = await relayText(
      `data: ${tricky},"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n${DONE}`,
      () => () => ({ cost: 1, generation_id: "hld_1" }),
    );
    expect(got).toBe(
      `data: ${tricky},"usage":{"prompt_tokens":3,"completion_tokens":2,` +
        `"cost":1,"generation_id":"hld_1"}}\n\n${DONE}`,
    );
  });

  it("hides usage that nobody asked for, also null, and no other field", async () => {
    const error = { error: { code: 502, message: "Gone" } };
    const usage = { prompt_tokens: 3, completion_tokens: 2 };
    const { got } = await relayText(
      `data: {"usage":null,"choices":[]}\n\ndata: {"choices":[],"usage": null}\n\n` +
        frame({ choices: [], citations: ["a"], usage }) +
        frame({ choices: [], ...error, usage }) +
        frame({ id: "r", choices: [], usage }),
    );
    expect(got).toBe(
      `data: {"choices":[]}\n\ndata: {"choices":[]}\n\n` +
        frame({ choices: [], citations: ["a"] }) +
        frame({ choices: [], ...error }),
    );
  });

  it("puts the cost so far into the usage chunk, and changes nothing else", async () => {
    const { got } = await relayText(textFrame("Hello") + USAGE + DONE, (transcript) => () => ({
      cost: transcript.text.length,
      generation_id: "hld_1",
    }));
    expect(got).toBe(
      textFrame("Hello") +
        USAGE.replace('_tokens":2', '_tokens":2,"cost":5,"generation_id":"hld_1"') +
        DONE,
    );
  });
});

describe("a transcript", () => {
  it("counts tool calls and reasoning as text", () => {
    const call = {
      id: "call_1",
      type: "function",
      function: { name: "add", arguments: '{"a":1}' },
    };
    const delta = { role: "assistant", reasoning_content: "hm ", tool_calls: [call] };
    expect(measureText(frame({ choices: [{ delta }] })).text).toBe('hm add{"a":1}');
  });

  it("has the last usage, and of the prompt alone when text came after it", () => {
    const first = USAGE.replace('_tokens":2', '_tokens":1');
    expect(measureText(textFrame("Hel") + first + textFrame("lo") + USAGE).usage).toMatchObject({
      completion_tokens: 2,
    });
    // A client that leaves before the last count pays for the text.
    expect(
      measureText(textFrame("Hel") + USAGE + textFrame("lo, and very much more")).usage,
    ).toEqual({ prompt_tokens: 3 });
    expect(
      measureText(
        frame({ choices: [{ delta: { content: "Hel" } }], usage: { completion_tokens: 1 } }),
      ).usage,
    ).toEqual({
      completion_tokens: 1,
    });
  });

  it("has the last usage that counts something, whatever comes after it", () => {
    for (const nothing of [{ prompt_tokens: 0, completion_tokens: 0 }, {}, [], null, "none"])
      expect(
        measureText(textFrame("Hel") + USAGE + frame({ choices: [], usage: nothing }) + DONE).usage,
      ).toEqual({ prompt_tokens: 3, completion_tokens: 2 });
  });

  it("keeps an answer of a few megabytes whole, and nothing of a longer or unkeyed one", () => {
    const long = frame({ choices: [{ delta: { content: "Hel" }, logprobs: "x".repeat(300_000) }] });
    expect(measureText(long.repeat(9), true).whole === long.repeat(9)).toBe(true);
    expect(measureText(long.repeat(29), true).whole).toBeNull();
    expect(measureText(long).whole).toBeNull();
    expect(measureText(long.repeat(29), true).text).toBe("Hel".repeat(29));
  });

  it("counts a frame that is nested too deeply as nothing", () => {
    const deep = `data: {"choices":[{"delta":${"[".repeat(200_000)}${"]".repeat(200_000)}}]}\n\n`;
    expect(measureText(deep + textFrame("Hel")).text).toBe("Hel");
  });
});
