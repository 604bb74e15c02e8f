import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { completeChat } from "../../src/chat/complete-chat.ts";
import { parseChatRequest } from "../../src/chat/request.ts";
import { settleHold } from "../../src/chat/settle-hold.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { Deadline } from "../../src/upstream/index.ts";
import { servedOutcome } from "../support/account.ts";
import { testContext } from "../support/context.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import {
  chatBody,
  type FundedUser,
  readAccountTotals,
  signUpFundedUser,
} from "../support/funded-user.ts";
import { standInModelServer } from "../support/model-server.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/**
 * Stands in for an upstream that sends a reply in pieces, one every `everyMs`, with its length
 * before them where it is given.
 */
function stubPacedUpstream(
  pieces: readonly string[],
  everyMs: number,
  { length }: { length?: number } = {},
): void {
  fakeNetwork.standIn("model.test", (request) => {
    const { readable, writable } =
      length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
    const writer = writable.getWriter();
    let next = 0;
    const timer = setInterval(() => {
      const piece = pieces[next++];
      if (piece !== undefined) writer.write(bytes(piece)).catch(() => clearInterval(timer));
      else {
        clearInterval(timer);
        writer.close().catch(() => undefined);
      }
    }, everyMs);
    // As the network does.
    request.signal.addEventListener("abort", () => {
      writer.abort(new Error("given up")).catch(() => undefined);
    });
    return new Response(readable, { headers: { "content-type": "application/json" } });
  });
}

/** Chats under other settings. `settled` waits for the work after the answer. */
async function chat(who: FundedUser, json: Record<string, unknown>, settings: Partial<Config>) {
  const ask = parseChatRequest(bytes(JSON.stringify(chatBody({ model: "exact", ...json }))));
  if (!ask.ok) throw new Error(ask.failure.message);
  const after: Promise<unknown>[] = [];
  const answer = await completeChat(
    {
      ...testContext({ config: { ...readConfig(env), ...settings } }),
      caller: { userId: who.userId, role: "user", via: { kind: "session", sessionId: "ses_1" } },
      requestId: "req_1",
      idempotency: null,
      waitUntil: (work) => after.push(work),
    },
    ask.value,
  );
  return { answer, settled: async () => await Promise.all(after) };
}

const readers = [
  ["a client that did not ask for usage", {}],
  ["a client that asked for usage", { stream_options: { include_usage: true } }],
] as const;

describe("an upstream's time", () => {
  it.each(readers)(
    "ends before the hold does, so that its reply is charged: %s",
    async (_name, more) => {
      const model = standInModelServer();
      await model.next({ outputTokens: 1000, delayMs: 5, usage: null });
      const who = await signUpFundedUser(1000);
      const { answer, settled } = await chat(
        who,
        { stream: true, max_tokens: 900, ...more },
        { HOLD_TTL_SECONDS: 32 },
      );
      if (answer.kind !== "stream") throw new Error("expected a stream");
      await new Response(answer.stream).text().catch(() => undefined);
      await settled();
      const { captures, heldMicrocredits } = await readAccountTotals(who);
      expect(captures).toMatchObject([{ entry: { ending: "upstream_failed", estimated: true } }]);
      expect(heldMicrocredits).toBe(0);
    },
  );

  it("is over when the upstream is silent, though the client reads no more", async () => {
    const model = standInModelServer();
    await model.next({ outputTokens: 1000, delayMs: 5 });
    const who = await signUpFundedUser(1000);
    const { answer, settled } = await chat(
      who,
      { stream: true, max_tokens: 900 },
      { UPSTREAM_TIMEOUT_SECONDS: 1 },
    );
    if (answer.kind !== "stream") throw new Error("expected a stream");
    const reader = answer.stream.getReader();
    await reader.read();
    await reader.read();
    await settled();
    expect((await readAccountTotals(who)).captures).toHaveLength(1);
    await expect(reader.read()).rejects.toThrow();
  });

  it.each(readers)("goes on while the upstream sends: %s", async (_name, more) => {
    const model = standInModelServer();
    await model.next({ outputTokens: 8, delayMs: 250 });
    const who = await signUpFundedUser(1000);
    const { answer, settled } = await chat(
      who,
      { stream: true, ...more },
      { UPSTREAM_TIMEOUT_SECONDS: 1.5 },
    );
    if (answer.kind !== "stream") throw new Error("expected a stream");
    expect(await new Response(answer.stream).text()).toContain("[DONE]");
    await settled();
    expect(await readAccountTotals(who)).toMatchObject({ charged: [8e6] });
  });

  it("goes on while the upstream sends a whole reply piece by piece", async () => {
    const reply = JSON.stringify({ choices: [{ message: { content: "word" } }] });
    stubPacedUpstream([...Array.from(reply.slice(0, 7)), reply.slice(7)], 250);
    const who = await signUpFundedUser(1000);
    expect((await chat(who, {}, { UPSTREAM_TIMEOUT_SECONDS: 1.5 })).answer.kind).toBe("whole");
    const { length } = reply;
    stubPacedUpstream([...Array.from(reply.slice(0, 7)), reply.slice(7)], 250, { length });
    expect((await chat(who, {}, { UPSTREAM_TIMEOUT_SECONDS: 1.5 })).answer.kind).toBe("whole");
  });
});

describe("a deadline", () => {
  it("passes on silence or when the time is up, and never once it was cleared", () => {
    vi.useFakeTimers({ now: 0, toFake: ["Date", "setTimeout", "clearTimeout"] });
    try {
      const silent = new Deadline(100, 1000);
      vi.advanceTimersByTime(99);
      silent.touch();
      vi.advanceTimersByTime(99);
      expect(silent.signal.aborted).toBe(false);
      vi.advanceTimersByTime(1);
      expect(silent.signal.aborted).toBe(true);

      const talking = new Deadline(100, 1000);
      for (let heard = 0; heard < 19; heard++) {
        vi.advanceTimersByTime(50);
        talking.touch();
      }
      vi.advanceTimersByTime(49);
      expect(talking.signal.aborted).toBe(false);
      vi.advanceTimersByTime(1);
      expect(talking.signal.aborted).toBe(true);

      const done = new Deadline(100, 1000);
      done.clear();
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(2000);
      expect(done.signal.aborted).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a settlement", () => {
  it("is retried until the account has it, and then no more", async () => {
    const who = await signUpFundedUser(1);
    let tries = 0;
    const flaky = Object.create(env, {
      CREDIT_ACCOUNT: {
        value: {
          idFromName: (name: string) => env.CREDIT_ACCOUNT.idFromName(name),
          get: (id: DurableObjectId) => {
            tries += 1;
            if (tries <= 2) throw new Error("unreachable");
            return env.CREDIT_ACCOUNT.get(id);
          },
        },
      },
    });
    const prices = { inputPerMillion: 0, cachedInputPerMillion: null, outputPerMillion: 1_000_000 };
    const ask = {
      model: "m",
      prices,
      promptBoundTokens: 10,
      maxTokens: 10,
      choices: 1,
      holdTtlSeconds: 900,
    };
    const hold = await who.account.authorize({
      caller: { kind: "session" },
      chat: ask,
      idempotency: null,
    });
    if (hold.kind !== "hold") throw new Error("expected a hold");
    await settleHold(flaky, who.userId, {
      holdNo: hold.holdNo,
      outcome: servedOutcome(7),
      response: null,
    });
    expect(tries).toBe(3);
    expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [7] });
  });
});
