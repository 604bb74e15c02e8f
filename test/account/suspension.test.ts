import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { accountObject } from "../support/account.ts";
import { call, readError } from "../support/call.ts";
import { standInModel } from "../support/model.ts";
import { signUp } from "../support/sign-up.ts";
import { SUSPENDED } from "../support/suspend.ts";

const CHAT = { model: "small", messages: [{ role: "user", content: "Hello." }] };
const chat = (token: string) => call("POST", "/v1/chat/completions", { token, body: CHAT });

describe("an account", () => {
  it("refuses chats while it is suspended, also after its object died", async () => {
    standInModel();
    const user = await signUp();
    const account = creditAccount(env, user.userId);
    expect(await account.setSuspension({ changeNo: 1, isSuspended: true })).toMatchObject({
      value: { applied: true },
    });
    expect(await readError(await chat(user.token))).toMatchObject(SUSPENDED);
    await evictDurableObject(accountObject(user.userId));
    expect(await readError(await chat(user.token))).toMatchObject(SUSPENDED);
    await account.setSuspension({ changeNo: 2, isSuspended: false });
    expect((await chat(user.token)).status).toBe(200);
  });

  it("takes each suspension once, and none that comes after a later resumption", async () => {
    standInModel();
    const user = await signUp();
    const account = creditAccount(env, user.userId);
    await account.setSuspension({ changeNo: 4, isSuspended: false });
    for (const late of [
      { changeNo: 3, isSuspended: true },
      { changeNo: 4, isSuspended: true },
    ])
      expect(await account.setSuspension(late)).toMatchObject({ value: { applied: false } });
    expect((await chat(user.token)).status).toBe(200);
  });

  it("that is not open is not suspended, and has nothing stored", async () => {
    const account = creditAccount(env, `usr_${crypto.randomUUID()}`);
    expect(await account.setSuspension({ changeNo: 1, isSuspended: true })).toMatchObject({
      ok: false,
    });
  });
});
