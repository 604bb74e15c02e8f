import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { call } from "../support/call.ts";
import {
  listMessages,
  parseStreamedReply,
  sendMessage,
  takeTurn,
} from "../support/conversation.ts";
import { readAccountTotals, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { standInModelServer } from "../support/model-server.ts";
import { stubUpstreamJson, stubUpstreamStream, upstreamFrames } from "../support/upstream.ts";

const historyOf = (who: { userId: string }) =>
  env.CHAT_HISTORY.get(env.CHAT_HISTORY.idFromName(who.userId));
/** Reads a stream until enough of it was read. */
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
  it("replays the first reply: one conversation, one call, one charge (I8)", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const first = await takeTurn(who, { message: "Hello." }, keyed("a"));
    const again = await sendMessage(who, { message: "Hello." }, keyed("a"));
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await again.json()).toMatchObject(first);
    expect(model.calls).toHaveLength(1);
    expect((await readAccountTotals(who)).charged).toHaveLength(1);
    expect(await listMessages(who, first.conversationId)).toHaveLength(2);
  });

  it("replays a stream as a stream", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const first = parseStreamedReply(
      await (await sendMessage(who, { message: "Hello.", stream: true }, keyed("b"))).text(),
    );
    const again = parseStreamedReply(
      await (await sendMessage(who, { message: "Hello.", stream: true }, keyed("b"))).text(),
    );
    expect(again).toEqual(first);
    expect(model.calls).toHaveLength(1);
  });

  it("is refused with another request, and while the first one runs", async () => {
    const model = standInModelServer();
    const who = await signUpFundedUser(1);
    await model.gate();
    const first = takeTurn(who, { message: "Hello." }, keyed("c"));
    await vi.waitFor(async () => expect(await model.calls()).toHaveLength(1));
    const running = await sendMessage(who, { message: "Hello." }, keyed("c"));
    expect(running.status).toBe(409);
    expect(await running.json()).toMatchObject({ error: { code: "idempotency_key_in_use" } });
    const other = await sendMessage(who, { message: "Goodbye." }, keyed("c"));
    expect(other.status).toBe(400);
    expect(await other.json()).toMatchObject({ error: { code: "idempotency_key_reused" } });
    await model.open();
    await first;
    expect(await model.calls()).toHaveLength(1);
  });

  it("of twenty at once makes one turn", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => sendMessage(who, { message: "Hello." }, keyed("d"))),
    );
    for (const answer of answers) expect([200, 409]).toContain(answer.status);
    expect(model.calls).toHaveLength(1);
    expect((await readAccountTotals(who)).charged).toHaveLength(1);
  });

  it("may be tried again after a failure", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    model.next({ status: 503 });
    expect((await sendMessage(who, { message: "Hello." }, keyed("e"))).status).toBe(502);
    expect((await sendMessage(who, { message: "Hello." }, keyed("e"))).status).toBe(200);
  });

  it("makes no turn after its message was deleted", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId } = await takeTurn(who, { message: "Hello." }, keyed("f"));
    await call("DELETE", `/api/conversations/${conversationId}`, { token: who.token });
    expect((await sendMessage(who, { message: "Hello." }, keyed("f"))).status).toBe(404);
    expect(model.calls).toHaveLength(1);
  });

  it("is refused where it is not valid", async () => {
    const who = await signUpFundedUser(1);
    expect((await sendMessage(who, { message: "Hello." }, keyed("not a key"))).status).toBe(400);
  });
});

describe("two messages at once in one conversation", () => {
  it("each get their own reply right after them, and neither sees the other", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(100);
    const { conversationId } = await takeTurn(who, { message: "Begin." });
    const texts = Array.from({ length: 8 }, (_, n) => `At once ${n}.`);
    const turns = await Promise.all(
      texts.map((message) => takeTurn(who, { conversationId, message })),
    );
    const messages = await listMessages(who, conversationId);
    expect(messages).toHaveLength(18);
    for (const { userMessage, message } of turns) {
      const at = messages.findIndex(({ id }) => id === userMessage.id);
      expect(messages[at + 1]).toEqual(message);
    }
    for (const { rawBody } of model.calls.slice(1)) {
      const roles = JSON.parse(rawBody).messages.map((message: { role: string }) => message.role);
      expect(roles.join(" ")).toMatch(/^(user assistant )*user$/);
    }
    expect((await readAccountTotals(who)).charged).toHaveLength(9);
  });
});

describe("a reply that is not whole", () => {
  it("is stored once, as far as it was relayed and charged, when the client leaves", async () => {
    const model = standInModelServer();
    const who = await signUpFundedUser(10);
    await model.gate();
    const response = await sendMessage(who, {
      message: "respond with exactly 60 tokens",
      stream: true,
    });
    const conversationId = response.headers.get("x-farebox-conversation") ?? "";
    await model.open(10);
    await readUntil(response, (text) => parseStreamedReply(text).text !== "");
    await response.body?.cancel();
    await model.open();
    await vi.waitFor(async () => {
      const messages = await listMessages(who, conversationId);
      expect(messages).toHaveLength(2);
      expect(messages[0]).toMatchObject({ role: "user", status: "complete" });
      expect(messages[1]).toMatchObject({
        role: "assistant",
        status: "partial",
        error: "client_gone",
      });
      expect(messages[1]?.content).not.toBe("");
      const box = await readAccountTotals(who);
      expect(box.heldMicrocredits).toBe(0);
      expect(box.charged).toEqual([Math.round((messages[1]?.cost ?? 0) * 1_000_000)]);
    });
  });

  it.each(["end", "error", "die"] as const)(
    "is kept as partial, with an error, when the upstream breaks off: %s",
    async (how) => {
      const model = standInModelServer();
      const who = await signUpFundedUser(10);
      await model.next({ breakOff: { afterTokens: 3, how } });
      await model.gate();
      const response = await sendMessage(who, { message: "Tell me a story.", stream: true });
      await model.open(2);
      const read = await readUntil(response, (text) => parseStreamedReply(text).text !== "");
      await model.open();
      const reply = parseStreamedReply(read + (await readUntil(response, () => false)));
      expect(reply).toMatchObject({
        done: false,
        error: "upstream_error",
        message: { status: "partial", content: reply.text },
      });
      const messages = await listMessages(who, reply.conversationId);
      expect(messages).toMatchObject([
        { status: "complete" },
        { status: "partial", error: "upstream_error", content: reply.text },
      ]);
      expect((await readAccountTotals(who)).charged).toEqual([
        Math.round((reply.cost ?? 0) * 1_000_000),
      ]);
    },
  );

  it.each<[string, string[]]>([
    ["an error", [upstreamFrames.frame({ error: { message: "overloaded", code: 502 } })]],
    ["an error that is a text", [upstreamFrames.frame({ error: "overloaded" })]],
    ["a finish that is an error", [upstreamFrames.finishes("error", { error: { code: 502 } })]],
    [
      "an error after its finish",
      [upstreamFrames.finishes("stop"), upstreamFrames.frame({ error: { message: "too late" } })],
    ],
  ])(
    "is partial, however its stream ends, when the vendor reports %s in it",
    async (_what, chunks) => {
      stubUpstreamStream(
        upstreamFrames.says("Half of "),
        upstreamFrames.says("an answer"),
        ...chunks,
        upstreamFrames.done,
      );
      const who = await signUpFundedUser(10);
      const stream = await (await sendMessage(who, { message: "Hello.", stream: true })).text();
      const reply = parseStreamedReply(stream);
      expect(reply).toMatchObject({
        done: false,
        error: "upstream_error",
        text: "Half of an answer",
      });
      expect(stream).not.toContain('"finish_reason":"');
      expect(reply.message).toMatchObject({ status: "partial", content: "Half of an answer" });
      expect((await readAccountTotals(who)).charged).toEqual([
        Math.round((reply.cost ?? 0) * 1_000_000),
      ]);
    },
  );

  it.each<[string, object, object]>([
    ["its choice", { finish_reason: "error" }, {}],
    ["the whole", { finish_reason: "stop" }, { error: { message: "The provider died." } }],
  ])(
    "is partial when it is not streamed and %s shows that it broke off",
    async (_which, choice, more) => {
      const message = { role: "assistant", content: "Half of" };
      const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };
      stubUpstreamJson({ choices: [{ index: 0, message, ...choice }], usage, ...more });
      const who = await signUpFundedUser(10);
      const turn = await takeTurn(who, { message: "Hello." });
      expect(turn.message).toMatchObject({ status: "partial", content: "Half of" });
      expect((await readAccountTotals(who)).charged).toEqual([10 * 30 + 2 * 150]);
    },
  );

  it("is replayed as it ended: with the error, and neither finished nor done", async () => {
    stubUpstreamStream(upstreamFrames.says("Half of an answer"));
    const who = await signUpFundedUser(10);
    const first = await (
      await sendMessage(who, { message: "Hello.", stream: true }, keyed("h"))
    ).text();
    const answer = await sendMessage(who, { message: "Hello.", stream: true }, keyed("h"));
    expect(answer.headers.get("idempotent-replayed")).toBe("true");
    expect(await answer.text()).toBe(first);
    expect((await readAccountTotals(who)).charged).toHaveLength(1);
  });

  it("is partial, and owes the prompt, when the stream ends before a word", async () => {
    const model = standInModelServer();
    const who = await signUpFundedUser(10);
    await model.next({ breakOff: { afterTokens: 0, how: "die" } });
    const reply = parseStreamedReply(
      await (await sendMessage(who, { message: "Hello?", stream: true })).text(),
    );
    expect(reply).toMatchObject({
      done: false,
      error: "upstream_error",
      message: { content: "", status: "partial", usage: { outputTokens: 0 } },
    });
    expect((await readAccountTotals(who)).charged).toHaveLength(1);
  });

  it("has failed when the Worker died over it, and its key is free again", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId } = await takeTurn(who, { message: "Hello." }, keyed("g"));
    await runInDurableObject(historyOf(who), (_instance, state) => {
      state.storage.sql.exec(
        "UPDATE messages SET status = 'pending', answer_by_ms = 1 WHERE role = 'user'",
      );
      state.storage.sql.exec("DELETE FROM messages WHERE role = 'assistant'");
    });
    expect(await listMessages(who, conversationId)).toMatchObject([
      { status: "failed", error: "interrupted" },
    ]);
    expect((await sendMessage(who, { message: "Hello." }, keyed("g"))).status).toBe(200);
    expect(model.calls).toHaveLength(2);
  });
});

describe("a stored message", () => {
  it("survives the death of its object (I7)", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId } = await takeTurn(who, { message: "Hello." });
    const before = await listMessages(who, conversationId);
    await evictDurableObject(historyOf(who));
    expect(await listMessages(who, conversationId)).toEqual(before);
  });

  it("is kept to the last character, at any length and in any script", async () => {
    standInModel();
    const who = await signUpFundedUser(0);
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
    const end = { kind: "answered", text, status: "complete", error: null, fare } as const;
    const command = { conversationId: made.value.id, place: begun.turn.asked.place, end };
    await history.end(command);
    const again = await history.end({ ...command, end: { ...end, text: "another" } });
    expect(again?.reply.content === text).toBe(true);
  });
});
