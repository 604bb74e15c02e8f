import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import worker from "../../src/index.ts";
import { readError } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { chatBody, sendChat, signUpFundedUser } from "../support/funded-user.ts";

const MIB = 1_048_576;
const SETTINGS: object = { MAX_BODY_MIB: "2" };
const picture = (bytes: number) => ({
  type: "image_url",
  image_url: { url: `data:image/jpeg;base64,${"A/b+".repeat(bytes / 4)}` },
});
const withPictures = (...bytes: number[]) =>
  chatBody({
    messages: [
      {
        role: "user",
        content: [{ type: "text", text: "Was ist das? \u{1f600}" }, ...bytes.map(picture)],
      },
    ],
    max_tokens: 10,
  });

/** Stands in a vendor that answers when it is let, and returns what it is sent. */
function standInVendor(gate: Promise<void> = Promise.resolve()): string[] {
  const sent: string[] = [];
  fakeNetwork.standIn("model.test", async (request) => {
    sent.push(await request.text());
    await gate;
    const choices = [{ message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }];
    return Response.json({ choices, usage: { prompt_tokens: 1200, completion_tokens: 1 } });
  });
  return sent;
}

describe("a chat with large pictures", () => {
  it("reaches the vendor as it came, and is held and charged as pictures", async () => {
    const sent = standInVendor();
    const who = await signUpFundedUser(1);
    const chat = withPictures(3 * MIB, 2 * MIB);
    expect((await sendChat(who, chat)).status).toBe(200);
    const { max_tokens, ...rest } = chat;
    expect(JSON.parse(sent[0] ?? "")).toEqual({ ...rest, max_completion_tokens: max_tokens });
  });

  it("may be repeated by its Idempotency-Key, and is another with another picture", async () => {
    const sent = standInVendor();
    const who = await signUpFundedUser(3);
    const key = { "idempotency-key": "photo" };
    const first = await (await sendChat(who, withPictures(2 * MIB), key)).text();
    expect(await (await sendChat(who, withPictures(2 * MIB), key)).text()).toBe(first);
    expect(await readError(await sendChat(who, withPictures(2 * MIB + 4), key))).toMatchObject({
      code: "idempotency_key_reused",
    });
    expect(sent).toHaveLength(1);
  });

  it("is taken without a declared length too", async () => {
    const sent = standInVendor();
    const who = await signUpFundedUser(1);
    const send = (mib: number) => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const writer = writable.getWriter();
      const bytes = new TextEncoder().encode(JSON.stringify(withPictures(mib * MIB)));
      writer
        .write(bytes)
        .then(() => writer.close())
        .catch(() => undefined);
      return exports.default.fetch(
        new Request("http://farebox.test/v1/chat/completions", {
          method: "POST",
          headers: { authorization: `Bearer ${who.key}`, "content-type": "application/json" },
          body: readable,
        }),
      );
    };
    expect((await send(3)).status).toBe(200);
    expect(sent[0]?.length).toBeGreaterThan(3 * MIB);
    expect(await readError(await send(33))).toMatchObject({ status: 413 });
  });

  it("is 413 above the setting, and where its text alone is", async () => {
    const who = await signUpFundedUser(1);
    const text = chatBody({ messages: [{ role: "user", content: "x ".repeat(5 * MIB) }] });
    expect(await readError(await sendChat(who, text))).toMatchObject({
      status: 413,
      code: "body_too_large",
    });
    const response = await worker.fetch(
      new Request("http://farebox.test/v1/chat/completions", {
        method: "POST",
        headers: { "content-type": "application/json", "content-length": String(2 * MIB + 1) },
        body: "{}",
      }),
      { ...env, ...SETTINGS },
      createExecutionContext(),
    );
    expect(await response.json()).toMatchObject({
      error: { code: "body_too_large", message: "The body is larger than 2 MiB." },
    });
  });

  it("waits where others fill the memory, and is taken once these are answered", async () => {
    const gate = Promise.withResolvers<void>();
    standInVendor(gate.promise);
    const who = await signUpFundedUser(5);
    const running = [sendChat(who, withPictures(20 * MIB)), sendChat(who, withPictures(16 * MIB))];
    const refused = await sendChat(who, withPictures(6 * MIB));
    expect(refused.headers.get("retry-after")).toBe("2");
    expect(await readError(refused)).toMatchObject({ status: 503, code: "server_busy" });
    const small = sendChat(who);
    gate.resolve();
    for (const each of [...running, small]) expect((await each).status).toBe(200);
    expect((await sendChat(who, withPictures(6 * MIB))).status).toBe(200);
  });
});
