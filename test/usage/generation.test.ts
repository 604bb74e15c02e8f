import { describe, expect, it } from "vitest";
import { chatCommand, servedOutcome } from "../support/account.ts";
import { call } from "../support/call.ts";
import { chatBody, type FundedUser, sendChat, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { stubUpstreamJson } from "../support/upstream.ts";

const read = (who: Pick<FundedUser, "key">, id: string) =>
  call("GET", `/v1/generation?id=${encodeURIComponent(id)}`, { token: who.key });
const idOf = (response: Response) => response.headers.get("x-farebox-generation-id") ?? "";

describe("one chat by the id of its reply", () => {
  it.each([false, true])("has its tokens, cost and ending (stream: %s)", async (stream) => {
    standInModel();
    const who = await signUpFundedUser(5);
    const reply = await sendChat(
      who,
      chatBody({ stream, ...(stream ? { usage: { include: true } } : {}) }),
    );
    const body = await reply.text();
    const id = idOf(reply);
    expect(body).toContain(`"generation_id":"${id}"`);
    const response = await read(who, id);
    expect(response.status).toBe(200);
    const { data } = await response.json<{ data: Record<string, number> }>();
    const { tokens_prompt: prompt = 0, tokens_completion: completion = 0 } = data;
    expect(completion).toBeGreaterThan(0);
    expect(data).toMatchObject({
      id,
      model: "large",
      task: "chat",
      total_cost: (prompt * 30 + completion * 150) / 1e6,
      payer: "credits",
      cancelled: false,
      ending: "complete",
      streamed: stream,
      first_byte_latency: expect.any(Number),
      generation_time: expect.any(Number),
      provider_name: "local",
    });
    const own = await call("GET", `/api/usage/chats/${id}`, { token: who.key });
    expect(await own.json()).toMatchObject({
      id: `hld_${id.split("-")[1]}`,
      cost: data["total_cost"],
      streamed: stream,
      firstByteMs: data["first_byte_latency"],
      upstream: "local",
    });
  });

  it("that failed cost nothing, and nobody paid", async () => {
    stubUpstreamJson({}, 500);
    const who = await signUpFundedUser(5);
    expect((await sendChat(who, chatBody())).status).toBe(502);
    const { data } = await (await read(who, "hld_2")).json<{ data: object }>();
    expect(data).toMatchObject({ total_cost: 0, payer: null, ending: "upstream_failed" });
  });

  it("is not there for anybody else, under another number, or while it is under way", async () => {
    standInModel();
    const who = await signUpFundedUser(5);
    const other = await signUpFundedUser(5);
    const reply = await sendChat(who, chatBody());
    await reply.text();
    expect((await read(other, idOf(reply))).status).toBe(404);
    for (const [by, id] of [
      [other, idOf(reply)],
      [who, "none"],
      [who, "hld_999999"],
    ] as const)
      expect((await call("GET", `/api/usage/chats/${id}`, { token: by.key })).status).toBe(404);
    // The grant of the credits has a number too.
    expect((await read(who, "hld_1")).status).toBe(404);
    expect((await read(who, "hld_999999")).status).toBe(404);

    const held = await who.account.authorize(chatCommand(1));
    if (held.kind !== "hold") throw new Error("expected a hold");
    expect((await read(who, `hld_${held.holdNo}`)).status).toBe(404);
    await who.account.settle({
      holdNo: held.holdNo,
      outcome: servedOutcome(1),
      response: null,
    });
    expect((await read(who, `hld_${held.holdNo}`)).status).toBe(200);
  });

  it.each(["", "hld_", "hld_x", "gen-1", "hld_1234567890123456", "hld_1'--", "gen_1-2"])(
    "is refused by its field where the id is %j",
    async (id) => {
      const who = await signUpFundedUser(0);
      const response = await read(who, id);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { param: "id" } });
    },
  );
});
