import { describe, expect, it } from "vitest";
import { type Relayed, type RelayOptions, relay } from "../../src/chat/relay.ts";

const frame = (json: object) => `data: ${JSON.stringify(json)}\n\n`;
const says = (content: string) => frame({ choices: [{ index: 0, delta: { content } }] });
const USAGE = frame({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } });
const DONE = "data: [DONE]\n\n";
const bytes = (text: string) => new TextEncoder().encode(text);

/** A stream that the test feeds, relayed; and how often and how it ended. */
function relayed(options: Partial<RelayOptions> = {}) {
  const endings: Relayed[] = [];
  const leaving = new AbortController();
  const givingUp = new AbortController();
  let stopped = false;
  let feed: ReadableStreamDefaultController<Uint8Array> | undefined;
  const upstream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      feed = controller;
    },
    cancel: () => {
      stopped = true;
    },
  });
  const stream = relay(upstream, {
    usageChunk: "hide",
    costOf: () => null,
    keep: true,
    heard: () => {},
    clientGone: leaving.signal,
    givenUp: givingUp.signal,
    ended: (ending) => endings.push(ending),
    ...options,
  });
  const reader = stream.getReader();
  return {
    endings,
    leave: () => leaving.abort(),
    giveUp: () => givingUp.abort(new Error("silent")),
    upstreamStopped: () => stopped,
    say: (text: string) => feed?.enqueue(bytes(text)),
    close: () => feed?.close(),
    die: () => feed?.error(new Error("torn")),
    read: async () => new TextDecoder().decode((await reader.read()).value),
    readAll: async () => {
      let text = "";
      for (let next = await reader.read(); !next.done; next = await reader.read()) text += new TextDecoder().decode(next.value);
      return text;
    },
    cancel: () => reader.cancel(),
  };
}

describe("a relay ends exactly once", () => {
  it("complete, with the usage that came and all that was sent", async () => {
    const ride = relayed();
    ride.say(says("Hel") + says("lo") + USAGE + DONE);
    ride.close();
    expect(await ride.readAll()).toBe(says("Hel") + says("lo") + DONE);
    expect(ride.endings).toEqual([
      {
        ending: "complete",
        text: "Hello",
        sent: says("Hel") + says("lo") + DONE,
        usage: { prompt_tokens: 3, completion_tokens: 2 },
      },
    ]);
  });

  it("with the client gone, for what was sent until then; the upstream is stopped, and what it still says counts for nothing", async () => {
    const ride = relayed();
    ride.say(says("Hel"));
    expect(await ride.read()).toBe(says("Hel"));
    ride.leave();
    ride.leave();
    await expect.poll(ride.upstreamStopped).toBe(true);
    expect(ride.endings).toEqual([{ ending: "client_gone", text: "Hel", sent: says("Hel"), usage: undefined }]);
  });

  it("with the client gone where the runtime tells it by canceling", async () => {
    const ride = relayed();
    ride.say(says("Hel"));
    await ride.read();
    await ride.cancel();
    await expect.poll(() => ride.endings).toMatchObject([{ ending: "client_gone", text: "Hel" }]);
  });

  it("with the client gone before anything: nothing was said", async () => {
    const ride = relayed();
    ride.leave();
    expect(ride.endings).toEqual([{ ending: "client_gone", text: "", sent: "", usage: undefined }]);
  });

  it("with the upstream failed, and the client hears of it", async () => {
    const ride = relayed();
    ride.say(says("Hel"));
    await ride.read();
    ride.die();
    await expect(ride.readAll()).rejects.toThrow();
    expect(ride.endings).toMatchObject([{ ending: "upstream_failed", text: "Hel" }]);
  });

  it("with the time over, though the client stays and reads no more: a ride is not free for who holds the pipe up", async () => {
    const ride = relayed();
    for (let n = 0; n < 20; n++) ride.say(says("Hel"));
    expect(await ride.read()).toBe(says("Hel"));
    ride.giveUp();
    expect(ride.endings).toMatchObject([{ ending: "upstream_failed" }]);
    expect(ride.endings[0]?.text).toMatch(/^Hel/);
    await expect.poll(ride.upstreamStopped).toBe(true);
    await expect(ride.readAll()).rejects.toThrow("silent");
    expect(ride.endings).toHaveLength(1);
  });

  it("with what goes wrong on our side, and the client hears of it", async () => {
    const ride = relayed({
      usageChunk: "price",
      costOf: () => {
        throw new Error("cannot count");
      },
    });
    ride.say(says("Hel"));
    expect(await ride.read()).toBe(says("Hel"));
    ride.say(USAGE);
    await expect(ride.readAll()).rejects.toThrow("cannot count");
    expect(ride.endings).toMatchObject([{ ending: "upstream_failed", text: "Hel" }]);
  });

  it("with what goes wrong on our side in what came last, when the upstream had no more to say", async () => {
    const ride = relayed({
      usageChunk: "price",
      costOf: () => {
        throw new Error("cannot count");
      },
    });
    ride.say(says("Hel") + USAGE.trimEnd());
    expect(await ride.read()).toBe(says("Hel"));
    ride.close();
    await expect(ride.readAll()).rejects.toThrow("cannot count");
    expect(ride.endings).toMatchObject([{ ending: "upstream_failed", text: "Hel" }]);
  });
});

describe("the usage that counts", () => {
  it("is the last one that was told", async () => {
    const ride = relayed();
    const first = USAGE.replace('_tokens":2', '_tokens":1');
    ride.say(says("Hel") + first + says("lo") + USAGE);
    ride.close();
    await ride.readAll();
    expect(ride.endings).toMatchObject([{ usage: { completion_tokens: 2 } }]);
  });

  it("is none when more was said after it: who leaves before the last count pays for what was said", async () => {
    const ride = relayed();
    ride.say(says("Hel") + USAGE);
    expect(await ride.read()).toBe(says("Hel"));
    ride.say(says("lo, and very much more"));
    await ride.read();
    ride.leave();
    expect(ride.endings).toMatchObject([{ ending: "client_gone", text: "Hello, and very much more", usage: undefined }]);
  });
});

describe("what a relay remembers", () => {
  it("is nothing but the text when the answer is not to be given again", async () => {
    const ride = relayed({ keep: false });
    ride.say(says("Hel") + says("lo"));
    ride.close();
    await ride.readAll();
    expect(ride.endings).toMatchObject([{ sent: null, text: "Hello" }]);
  });

  it("is no answer of many megabytes, and all of its text", async () => {
    const ride = relayed();
    const long = frame({ choices: [{ delta: { content: "Hel" }, logprobs: "x".repeat(300_000) }] });
    for (let n = 0; n < 29; n++) ride.say(long);
    ride.close();
    expect(await ride.readAll()).toHaveLength(29 * long.length);
    expect(ride.endings).toMatchObject([{ sent: null, text: "Hel".repeat(29) }]);
  });

  it("is all of an answer of a few megabytes", async () => {
    const ride = relayed();
    const long = frame({ choices: [{ delta: { content: "Hel" }, logprobs: "x".repeat(300_000) }] });
    for (let n = 0; n < 9; n++) ride.say(long);
    ride.close();
    const all = await ride.readAll();
    expect(ride.endings[0]?.sent === all).toBe(true);
    expect(ride.endings).toMatchObject([{ text: "Hel".repeat(9) }]);
  });
});

describe("a frame nested deeper than can be followed", () => {
  it("is passed on and counts for nothing", async () => {
    const ride = relayed();
    const deep = `data: {"choices":[{"delta":${"[".repeat(200_000)}${"]".repeat(200_000)}}]}\n\n`;
    ride.say(deep + says("Hel"));
    ride.close();
    expect(await ride.readAll()).toBe(deep + says("Hel"));
    expect(ride.endings).toMatchObject([{ ending: "complete", text: "Hel" }]);
  });
});

describe("a relayed frame", () => {
  it("is never cut: what is not whole waits for its end, or for the end of the stream", async () => {
    const ride = relayed();
    ride.say("data: {");
    ride.say('"choices":[]}\n');
    ride.say("\ndata: [DO");
    expect(await ride.read()).toBe('data: {"choices":[]}\n\n');
    ride.close();
    expect(await ride.readAll()).toBe("data: [DO");
  });

  it("that speaks of usage in its text is passed on as it is", async () => {
    const ride = relayed();
    const tricky = says('"usage": {"prompt_tokens": 9}, "choices": []');
    ride.say(tricky + USAGE);
    ride.close();
    expect(await ride.readAll()).toBe(tricky);
    expect(ride.endings).toMatchObject([{ usage: { prompt_tokens: 3 } }]);
  });

  it("that is no JSON, or no end to it, is passed on and counts for nothing", async () => {
    const ride = relayed();
    const garbage = 'data: {"usage": {nonsense\n\n: comment\n\ndata: 42\n\n';
    ride.say(garbage);
    ride.close();
    expect(await ride.readAll()).toBe(garbage);
    expect(ride.endings).toMatchObject([{ ending: "complete", text: "", usage: undefined }]);
  });

  it("counts tool calls and reasoning as said", async () => {
    const ride = relayed();
    ride.say(
      frame({
        choices: [
          {
            delta: {
              role: "assistant",
              reasoning_content: "hm ",
              tool_calls: [{ id: "call_1", type: "function", function: { name: "add", arguments: '{"a":1}' } }],
            },
          },
        ],
      }),
    );
    ride.close();
    await ride.readAll();
    expect(ride.endings).toMatchObject([{ text: 'hm add{"a":1}' }]);
  });

  it("with usage carries the cost where the client asked for it, and nothing else is changed", async () => {
    const ride = relayed({ usageChunk: "price", costOf: (_usage, text) => text.length });
    ride.say(says("Hello") + USAGE + DONE);
    ride.close();
    expect(await ride.readAll()).toBe(says("Hello") + USAGE.replace('_tokens":2', '_tokens":2,"cost":5') + DONE);
  });
});
