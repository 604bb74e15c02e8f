import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createAgent } from "../support/agents.ts";
import { call } from "../support/call.ts";
import { listMessages, sendMessage, takeTurn } from "../support/conversation.ts";
import { signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";

type Who = Pick<TestUser, "token">;
const made = z.object({
  id: z.string(),
  title: z.string().nullable(),
  model: z.string().nullable(),
});

async function make(who: Who, body: Record<string, unknown> = {}) {
  const response = await call("POST", "/api/conversations", { token: who.token, body });
  expect(response.status).toBe(201);
  return made.parse(await response.json());
}
const get = async (who: Who, path: string) =>
  await (await call("GET", path, { token: who.token })).json<Record<string, unknown>>();

/** Removes the fenced texts of a Markdown document (CommonMark §4.5). */
const withoutFences = (markdown: string) => markdown.replaceAll(/^(`{3,})text\n[^]*?^\1$/gm, "");

describe("conversations", () => {
  it("are listed newest first, page by page", async () => {
    const who = await signUp();
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1) ids.push((await make(who, { title: `No. ${n}` })).id);
    const seen: string[] = [];
    let cursor = "";
    for (;;) {
      const page = await get(who, `/api/conversations?limit=3${cursor}`);
      seen.push(
        ...z
          .array(made)
          .parse(page["data"])
          .map(({ id }) => id),
      );
      if (page["hasMore"] !== true) break;
      cursor = `&cursor=${String(page["nextCursor"])}`;
    }
    expect(seen).toEqual(ids.toReversed());
  });

  it("are renamed, and deleted with their messages", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId } = await takeTurn(who, { message: "Hello." });
    const path = `/api/conversations/${conversationId}`;
    const renamed = await call("PATCH", path, {
      token: who.token,
      body: { title: "  Greetings  " },
    });
    expect(await renamed.json()).toMatchObject({ id: conversationId, title: "Greetings" });
    expect((await call("DELETE", path, { token: who.token })).status).toBe(204);
    for (const [method, rest, body] of [
      ["GET", "", undefined],
      ["GET", "/messages", undefined],
      ["GET", "/export", undefined],
      ["PATCH", "", { title: "x" }],
      ["DELETE", "", undefined],
      ["POST", "/messages", { message: "Hello?" }],
    ] as const)
      expect(
        (
          await call(method, path + rest, {
            token: who.token,
            ...(body === undefined ? {} : { body }),
          })
        ).status,
      ).toBe(404);
  });

  it("show their messages page by page, in either order", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId } = await takeTurn(who, { message: "One." });
    await takeTurn(who, { conversationId, message: "Two." });
    const all = (await listMessages(who, conversationId)).map(({ id }) => id);
    for (const order of ["asc", "desc"]) {
      const seen: string[] = [];
      let cursor = "";
      for (;;) {
        const page = await get(
          who,
          `/api/conversations/${conversationId}/messages?limit=3&order=${order}${cursor}`,
        );
        seen.push(
          ...z
            .array(z.object({ id: z.string() }))
            .parse(page["data"])
            .map(({ id }) => id),
        );
        if (page["hasMore"] !== true) break;
        cursor = `&cursor=${String(page["nextCursor"])}`;
      }
      expect(seen).toEqual(order === "asc" ? all : all.toReversed());
    }
  });

  it("are exported whole, as JSON and as Markdown that no message can break out of", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(10);
    const { id } = await make(who, { model: "large", systemPrompt: "Be brief." });
    for (let n = 0; n < 52; n += 1) {
      model.next({ outputTokens: 2 });
      await takeTurn(who, { conversationId: id, message: `Message ${n}.\n# no heading` });
    }
    const json = await call("GET", `/api/conversations/${id}/export?format=json`, {
      token: who.token,
    });
    expect(json.headers.get("content-disposition")).toBe(`attachment; filename="${id}.json"`);
    const whole = await json.json<{ conversation: object; messages: { content: string }[] }>();
    expect(whole.conversation).toMatchObject({ id, systemPrompt: "Be brief." });
    expect(whole.messages).toHaveLength(104);
    expect(whole.messages[102]?.content).toBe("Message 51.\n# no heading");
    const markdown = await call("GET", `/api/conversations/${id}/export?format=markdown`, {
      token: who.token,
    });
    expect(markdown.headers.get("content-type")).toContain("text/markdown");
    const text = await markdown.text();
    // Outside the fences are only the headings.
    expect(text.match(/^# no heading$/gm)).toHaveLength(52);
    expect(withoutFences(text)).not.toMatch(/^# no heading$/m);
  });

  it.each([
    ["a picture", "![](https://elsewhere.test/seen.png)"],
    ["HTML", '<img src="https://elsewhere.test/seen.png"><script>alert(1)</script>'],
    ["a fence of its own", "```\n![](https://elsewhere.test/a.png)\n```"],
    ["a longer fence", "````````text\n<b>b</b>\n````````\n![](https://elsewhere.test/a.png)"],
    ["other line ends", "a\r```\r![](https://elsewhere.test/a.png)"],
    ["a fence of tildes", "~~~\n![](https://elsewhere.test/a.png)"],
  ])("are exported as Markdown in which %s is text", async (_what, message) => {
    standInModel();
    const who = await signUpFundedUser(10);
    const { id } = await make(who, { model: "large", systemPrompt: message });
    await takeTurn(who, { conversationId: id, message });
    const exported = await call("GET", `/api/conversations/${id}/export?format=markdown`, {
      token: who.token,
    });
    const text = await exported.text();
    expect(text).toContain(message);
    expect(withoutFences(text)).not.toMatch(/(?<!\\)<|!\[/);
  });

  it("of another user are not found, by any id on any route (I10)", async () => {
    standInModel();
    const [owner, other] = [await signUpFundedUser(1), await signUpFundedUser(1)];
    const { conversationId } = await takeTurn(owner, { message: "A secret." });
    const path = `/api/conversations/${conversationId}`;
    for (const [method, rest, body] of [
      ["GET", "", undefined],
      ["GET", "/messages", undefined],
      ["GET", "/export?format=markdown", undefined],
      ["PATCH", "", { title: "Mine" }],
      ["DELETE", "", undefined],
      ["POST", "/messages", { message: "What was said?" }],
    ] as const) {
      const answer = await call(method, path + rest, {
        token: other.token,
        ...(body === undefined ? {} : { body }),
      });
      expect([rest, answer.status]).toEqual([rest, 404]);
      expect(await answer.text()).not.toContain("secret");
    }
    expect((await sendMessage(other, { conversationId, message: "What was said?" })).status).toBe(
      404,
    );
    expect(await listMessages(owner, conversationId)).toHaveLength(2);
  });

  it("are erased with their user", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId } = await takeTurn(who, { message: "Hello." });
    const erased = await call("DELETE", "/api/users/me", {
      token: who.token,
      body: { currentPassword: who.password },
    });
    expect(erased.status).toBe(204);
    const history = env.CHAT_HISTORY.get(env.CHAT_HISTORY.idFromName(who.userId));
    expect(await history.conversation(conversationId)).toMatchObject({ ok: false });
    const terms = {
      title: null,
      agentId: null,
      model: "large",
      systemPrompt: null,
      greeting: null,
    };
    expect(await history.create(terms)).toMatchObject({
      ok: false,
      failure: { code: "invalid_token" },
    });
  });
});

describe("an invalid message", () => {
  it.each<[string, Record<string, unknown>, string]>([
    ["nothing", { message: "" }, "message"],
    ["blanks", { message: " \n\t " }, "message"],
    ["a NUL character", { message: "a\0b" }, "message"],
    ["half a character", { message: "a\ud83d" }, "message"],
    ["no text", { message: 7 }, "message"],
    ["more than 200 000 characters", { message: "x".repeat(200_001) }, "message"],
    ["a field that is not known", { message: "Hello.", credits: 5 }, "credits"],
    ["a made-up conversation", { message: "Hello.", conversationId: "cnv_x" }, "conversationId"],
  ])("is refused by name: %s", async (_name, body, param) => {
    const who = await signUpFundedUser(1);
    const response = await call("POST", "/api/chat", { token: who.token, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: "invalid_request", param } });
  });

  it.each(["agents", "characters"])(
    "is one to an agent that names a model, by /api/%s",
    async (mount) => {
      standInModel();
      const who = await signUpFundedUser(1);
      const { id } = await createAgent(who);
      const send = (body: object) =>
        call("POST", `/api/${mount}/${id}/messages`, { token: who.token, body });
      const refused = await send({ message: "Hello.", model: "large" });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({
        error: { code: "invalid_request", param: "model" },
      });
      expect((await send({ message: "Hello." })).status).toBe(200);
    },
  );

  it.each<[string, Record<string, unknown>, string]>([
    ["a title of 100 000 characters", { title: "x".repeat(100_000) }, "title"],
    ["a title with a NUL character", { title: "a\0b" }, "title"],
    ["a title that reorders text", { title: "a\u202eb" }, "title"],
    ["a role", { title: "a", role: "admin" }, "role"],
  ])("is refused like an invalid field of a conversation: %s", async (_name, body, param) => {
    const who = await signUpFundedUser(0);
    const response = await call("POST", "/api/conversations", { token: who.token, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param } });
  });

  it("is refused like an unknown model or agent, and an invalid cursor", async () => {
    const who = await signUpFundedUser(0);
    const noModel = await call("POST", "/api/conversations", {
      token: who.token,
      body: { model: "none" },
    });
    expect(noModel.status).toBe(404);
    expect(await noModel.json()).toMatchObject({
      error: { code: "model_not_found", param: "model" },
    });
    const noAgent = await sendMessage(who, { message: "Hello.", agentId: `agt_${"0".repeat(32)}` });
    expect(noAgent.status).toBe(404);
    expect((await call("GET", "/api/conversations?cursor=x", { token: who.token })).status).toBe(
      400,
    );
    expect((await call("GET", "/api/conversations?limit=0", { token: who.token })).status).toBe(
      400,
    );
  });

  it("is none with HTML, right-to-left text or emoji, which are kept as they are", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const message = "<script>alert(1)</script> שלום 👩‍👩‍👧 \u200f!";
    const { conversationId } = await takeTurn(who, { message });
    expect((await listMessages(who, conversationId))[0]?.content).toBe(message);
  });
});
