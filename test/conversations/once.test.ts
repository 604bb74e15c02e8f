import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { call } from "../support/call.ts";
import { standInModel } from "../support/model.ts";
import { standInModelServer } from "../support/model-server.ts";
import { fareBox, rider } from "../support/rider.ts";
import { messagesOf, readReply, say, talkTo } from "../support/talker.ts";
import { vendor, vendorAnswers, vendorStreams } from "../support/vendor.ts";

const historyOf = (who: { userId: string }) =>
  env.CHAT_HISTORY.get(env.CHAT_HISTORY.idFromName(who.userId));
/** Reads a stream until what was read is enough. */
async function readUntil(response: Response, isEnough: (read: string) => boolean): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) throw new Error("no body");
  const decoder = new TextDecoder();
  let read = "";
  while (!(read.endsWith("\n\n") && isEnough(read))) {
    const { value, done } = await reader.read();
    if (done) break;
    read += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return read;
}
const keyed = (key: string) => ({ "idempotency-key": key });

describe("an Idempotency-Key", () => {
  it("never talks twice: the first reply again, one conversation, one call, one charge (I8)", async () => {
    const model = standInModel();
    const who = await rider(1);
    const first = await talkTo(who, { message: "Hello." }, keyed("a"));
    const again = await say(who, { message: "Hello." }, keyed("a"));
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await again.json()).toMatchObject(first);
    expect(model.calls).toHaveLength(1);
    expect((await fareBox(who)).charged).toHaveLength(1);
    expect(await messagesOf(who, first.conversationId)).toHaveLength(2);
  });

  it("gives a stream again as a stream", async () => {
    const model = standInModel();
    const who = await rider(1);
    const first = readReply(
      await (await say(who, { message: "Hello.", stream: true }, keyed("b"))).text(),
    );
    const again = readReply(
      await (await say(who, { message: "Hello.", stream: true }, keyed("b"))).text(),
    );
    expect(again).toEqual(first);
    expect(model.calls).toHaveLength(1);
  });

  it("is refused with another request, and while the first still runs", async () => {
    const model = standInModelServer();
    const who = await rider(1);
    await model.gate();
    const first = talkTo(who, { message: "Hello." }, keyed("c"));
    await vi.waitFor(async () => expect(await model.calls()).toHaveLength(1));
    const running = await say(who, { message: "Hello." }, keyed("c"));
    expect(running.status).toBe(409);
    expect(await running.json()).toMatchObject({ error: { code: "idempotency_key_in_use" } });
    const other = await say(who, { message: "Goodbye." }, keyed("c"));
    expect(other.status).toBe(400);
    expect(await other.json()).toMatchObject({ error: { code: "idempotency_key_reused" } });
    await model.open();
    await first;
    expect(await model.calls()).toHaveLength(1);
  });

  it("of twenty at once lets one talk", async () => {
    const model = standInModel();
    const who = await rider(1);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => say(who, { message: "Hello." }, keyed("d"))),
    );
    for (const answer of answers) expect([200, 409]).toContain(answer.status);
    expect(model.calls).toHaveLength(1);
    expect((await fareBox(who)).charged).toHaveLength(1);
  });

  it("may be tried again after a failure", async () => {
    const model = standInModel();
    const who = await rider(1);
    model.next({ status: 503 });
    expect((await say(who, { message: "Hello." }, keyed("e"))).status).toBe(502);
    expect((await say(who, { message: "Hello." }, keyed("e"))).status).toBe(200);
  });

  it("does not talk again after what it said was deleted", async () => {
    const model = standInModel();
    const who = await rider(1);
    const { conversationId } = await talkTo(who, { message: "Hello." }, keyed("f"));
    await call("DELETE", `/api/conversations/${conversationId}`, { token: who.token });
    expect((await say(who, { message: "Hello." }, keyed("f"))).status).toBe(404);
    expect(model.calls).toHaveLength(1);
  });

  it("that is no key is refused", async () => {
    const who = await rider(1);
    expect((await say(who, { message: "Hello." }, keyed("not a key"))).status).toBe(400);
  });
});

describe("two messages at once in one conversation", () => {
  it("each get their own reply, right after them, and neither sees the other's question", async () => {
    const model = standInModel();
    const who = await rider(100);
    const { conversationId } = await talkTo(who, { message: "Begin." });
    const texts = Array.from({ length: 8 }, (_, n) => `At once ${n}.`);
    const turns = await Promise.all(
      texts.map((message) => talkTo(who, { conversationId, message })),
    );
    const messages = await messagesOf(who, conversationId);
    expect(messages).toHaveLength(18);
    for (const { userMessage, message } of turns) {
      const at = messages.findIndex(({ id }) => id === userMessage.id);
      expect(messages[at + 1]).toEqual(message);
    }
    for (const { rawBody } of model.calls.slice(1)) {
      const roles = JSON.parse(rawBody).messages.map((message: { role: string }) => message.role);
      expect(roles.join(" ")).toMatch(/^(user assistant )*user$/);
    }
    expect((await fareBox(who)).charged).toHaveLength(9);
  });
});

describe("a reply that does not come whole", () => {
  it("is stored once as far as it was relayed and charged when the client leaves", async () => {
    const model = standInModelServer();
    const who = await rider(10);
    await model.gate();
    const response = await say(who, { message: "respond with exactly 60 tokens", stream: true });
    const conversationId = response.headers.get("x-farebox-conversation") ?? "";
    await model.open(10);
    await readUntil(response, (text) => readReply(text).text !== "");
    await response.body?.cancel();
    await model.open();
    await vi.waitFor(async () => {
      const messages = await messagesOf(who, conversationId);
      expect(messages).toHaveLength(2);
      expect(messages[0]).toMatchObject({ role: "user", status: "complete" });
      expect(messages[1]).toMatchObject({ role: "assistant", status: "partial" });
      expect(messages[1]?.content).not.toBe("");
      const box = await fareBox(who);
      expect(box.heldMicrocredits).toBe(0);
      expect(box.charged).toEqual([Math.round((messages[1]?.cost ?? 0) * 1_000_000)]);
    });
  });

  it.each(["end", "error", "die"] as const)(
    "is kept as partial, with an error, when the upstream breaks off: %s",
    async (how) => {
      const model = standInModelServer();
      const who = await rider(10);
      await model.next({ breakOff: { afterTokens: 3, how } });
      await model.gate();
      const response = await say(who, { message: "Tell me a story.", stream: true });
      await model.open(2);
      const read = await readUntil(response, (text) => readReply(text).text !== "");
      await model.open();
      const reply = readReply(read + (await readUntil(response, () => false)));
      expect(reply).toMatchObject({
        done: false,
        error: "upstream_error",
        message: { status: "partial", content: reply.text },
      });
      const messages = await messagesOf(who, reply.conversationId);
      expect(messages).toMatchObject([
        { status: "complete" },
        { status: "partial", content: reply.text },
      ]);
      expect((await fareBox(who)).charged).toEqual([Math.round((reply.cost ?? 0) * 1_000_000)]);
    },
  );

  it.each<[string, string[]]>([
    ["an error", [vendor.frame({ error: { message: "overloaded", code: 502 } })]],
    ["an error that is a text", [vendor.frame({ error: "overloaded" })]],
    ["a finish that is an error", [vendor.finishes("error", { error: { code: 502 } })]],
    [
      "an error after its finish",
      [vendor.finishes("stop"), vendor.frame({ error: { message: "too late" } })],
    ],
  ])(
    "is partial, however whole its stream ends, when the vendor tells of %s in it",
    async (_what, told) => {
      vendorStreams(vendor.says("Half of "), vendor.says("an answer"), ...told, vendor.done);
      const who = await rider(10);
      const stream = await (await say(who, { message: "Hello.", stream: true })).text();
      const reply = readReply(stream);
      expect(reply).toMatchObject({
        done: false,
        error: "upstream_error",
        text: "Half of an answer",
      });
      expect(stream).not.toContain('"finish_reason":"');
      expect(reply.message).toMatchObject({ status: "partial", content: "Half of an answer" });
      expect((await fareBox(who)).charged).toEqual([Math.round((reply.cost ?? 0) * 1_000_000)]);
    },
  );

  it.each<[string, object, object]>([
    ["its choice", { finish_reason: "error" }, {}],
    ["the whole", { finish_reason: "stop" }, { error: { message: "The provider died." } }],
  ])(
    "is partial when it is not streamed and %s says that it broke off",
    async (_which, choice, more) => {
      const message = { role: "assistant", content: "Half of" };
      const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };
      vendorAnswers({ choices: [{ index: 0, message, ...choice }], usage, ...more });
      const who = await rider(10);
      const turn = await talkTo(who, { message: "Hello." });
      expect(turn.message).toMatchObject({ status: "partial", content: "Half of" });
      expect((await fareBox(who)).charged).toEqual([10 * 30 + 2 * 150]);
    },
  );

  it("is given again as it ended: with the error, and neither finished nor done", async () => {
    vendorStreams(vendor.says("Half of an answer"));
    const who = await rider(10);
    const first = await (await say(who, { message: "Hello.", stream: true }, keyed("h"))).text();
    const answer = await say(who, { message: "Hello.", stream: true }, keyed("h"));
    expect(answer.headers.get("idempotent-replayed")).toBe("true");
    expect(await answer.text()).toBe(first);
    expect((await fareBox(who)).charged).toHaveLength(1);
  });

  it("is told as failed, and costs nothing, when the stream ends before a word", async () => {
    const model = standInModelServer();
    const who = await rider(10);
    await model.next({ breakOff: { afterTokens: 0, how: "die" } });
    const reply = readReply(await (await say(who, { message: "Hello?", stream: true })).text());
    expect(reply).toMatchObject({ done: false, error: "upstream_error", message: undefined });
    expect(await messagesOf(who, reply.conversationId)).toMatchObject([
      { status: "failed", error: "upstream_error" },
    ]);
    expect((await fareBox(who)).charged).toEqual([]);
  });

  it("is taken for failed when the Worker died over it, and its key is free again", async () => {
    const model = standInModel();
    const who = await rider(1);
    const { conversationId } = await talkTo(who, { message: "Hello." }, keyed("g"));
    await runInDurableObject(historyOf(who), (_instance, state) => {
      state.storage.sql.exec(
        "UPDATE messages SET status = 'pending', answer_by_ms = 1 WHERE role = 'user'",
      );
      state.storage.sql.exec("DELETE FROM messages WHERE role = 'assistant'");
    });
    expect(await messagesOf(who, conversationId)).toMatchObject([
      { status: "failed", error: "interrupted" },
    ]);
    expect((await say(who, { message: "Hello." }, keyed("g"))).status).toBe(200);
    expect(model.calls).toHaveLength(2);
  });
});

describe("what was said", () => {
  it("survives the death of its object (I7)", async () => {
    standInModel();
    const who = await rider(1);
    const { conversationId } = await talkTo(who, { message: "Hello." });
    const before = await messagesOf(who, conversationId);
    await evictDurableObject(historyOf(who));
    expect(await messagesOf(who, conversationId)).toEqual(before);
  });

  it("is kept to the last character, however long and whatever it is written in", async () => {
    standInModel();
    const who = await rider(0);
    const history = historyOf(who);
    const made = await history.create({
      title: null,
      agentId: null,
      model: "large",
      systemPrompt: null,
      greeting: null,
    });
    if (!made.ok) throw new Error(made.failure.message);
    const begun = await history.begin({
      conversation: { id: made.value.id },
      text: "Hello",
      key: null,
      room: { messageTokens: 1000 },
      ttlSeconds: 60,
    });
    if (begun.kind !== "begun") throw new Error(begun.kind);
    const text = `x${"😀漢é\n".repeat(400_000)}`;
    const fare = { model: "large", inputTokens: 1, outputTokens: 1, microcredits: 0 };
    const end = { kind: "answered", text, status: "complete", fare } as const;
    const command = { conversationId: made.value.id, place: begun.turn.asked.place, end };
    await history.end(command);
    const again = await history.end({ ...command, end: { ...end, text: "another" } });
    expect(again?.reply.content === text).toBe(true);
  });
});
