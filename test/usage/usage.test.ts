import { describe, expect, it } from "vitest";
import { call } from "../support/call.ts";
import { chatBody, sendChat, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { createKey, signUp } from "../support/sign-up.ts";

interface Read {
  readonly posted: number;
  readonly available: number;
  readonly used: number;
  readonly data: readonly { id: string }[];
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
}

const read = async <T = Read>(token: string, path: string) => {
  const response = await call("GET", path, { token });
  return { status: response.status, body: await response.json<T>() };
};

describe("a user's view of the account", () => {
  it("begins with the Free plan's allowance and no credit", async () => {
    const { token } = await signUp();
    expect((await read(token, "/api/usage")).body).toMatchObject({
      messages: 0,
      agents: 0,
      meters: {
        message: {
          used: 0,
          limit: 50,
          period: "day",
          resetsAt: expect.stringMatching(/T00:00:00\.000Z$/),
        },
      },
      credits: { posted: 0, held: 0, frozen: 0, available: 0, expiring: [] },
      includedModels: ["medium", "small"],
    });
    expect((await read(token, "/api/credits")).body).toEqual({
      posted: 0,
      held: 0,
      frozen: 0,
      available: 0,
      granted: 0,
      used: 0,
      expired: 0,
      voided: 0,
    });
    expect((await read(token, "/api/credits/ledger")).body).toEqual({
      object: "list",
      data: [],
      hasMore: false,
      nextCursor: null,
    });
  });

  it("adds up: granted − used = posted, which the ledger's lines sum up to", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    for (let n = 0; n < 3; n++) await (await sendChat(who)).text();
    const credits = (await read(who.token, "/api/credits")).body;
    expect(credits).toMatchObject({ granted: 1, held: 0, posted: credits.available });
    const { body: ledger } = await read(who.token, "/api/credits/ledger");
    expect(ledger.data).toMatchObject([
      {
        kind: "capture",
        balanceAfter: credits.posted,
        chat: { model: "large", ending: "complete", estimated: false },
      },
      { kind: "capture" },
      { kind: "capture" },
      { kind: "grant", amount: 1, balanceAfter: 1, description: "Test" },
    ]);
    const { data } = await (await call("GET", "/v1/credits", { token: who.key })).json<{
      data: { total_credits: number; total_usage: number };
    }>();
    expect(data).toEqual({ total_credits: 1, total_usage: credits.used });
    expect(Math.round((data.total_credits - data.total_usage) * 1e6)).toBe(
      Math.round(credits.posted * 1e6),
    );
  });

  it("shows what was taken back or deducted, the debt, and what is frozen", async () => {
    const who = await signUpFundedUser(2);
    const sold = {
      operationId: "order:x",
      priority: 0,
      effectiveAt: null,
      expiresAt: null,
      reason: "Pack",
      amountMicrocredits: 3e6,
    };
    await who.account.grant({ ...sold, standing: { voidedMicrocredits: 1.5e6, frozen: true } });
    expect((await read(who.token, "/api/credits")).body).toMatchObject({
      posted: 3.5,
      held: 0,
      frozen: 1.5,
      available: 2,
      voided: 1.5,
    });
    expect((await read(who.token, "/api/credits/grants")).body.data[0]).toMatchObject({
      remaining: 1.5,
      voided: 1.5,
      frozen: true,
    });
    await who.account.grant({ ...sold, standing: { voidedMicrocredits: 1e6, frozen: false } });
    await who.account.take({
      operationId: "admin:x",
      amountMicrocredits: 5e6,
      reason: "Given by mistake",
    });
    const credits = (await read(who.token, "/api/credits")).body;
    expect(credits).toMatchObject({
      posted: -1,
      held: 0,
      available: -1,
      granted: 5,
      voided: 6,
      used: 0,
      expired: 0,
    });
    expect((await read(who.token, "/api/credits/ledger")).body.data).toMatchObject([
      { kind: "take", amount: -5, balanceAfter: -1, description: "Given by mistake" },
      {
        kind: "grant_restore",
        amount: 0.5,
        balanceAfter: 4,
        description: "Credits restored",
        grantId: expect.stringMatching(/^grt_/),
      },
      {
        kind: "grant_void",
        amount: -1.5,
        balanceAfter: 3.5,
        description: "Credits reversed",
        grantId: expect.stringMatching(/^grt_/),
      },
      { kind: "grant", amount: 3 },
      { kind: "grant", amount: 2 },
    ]);
  });

  it("comes in pages without a gap or a repetition, and refuses an invalid cursor", async () => {
    const who = await signUpFundedUser(1);
    for (let n = 0; n < 6; n++) {
      await who.account.grant({
        operationId: `more:${n}`,
        amountMicrocredits: n + 1,
        priority: 0,
        effectiveAt: null,
        expiresAt: null,
        reason: `${n}`,
      });
    }
    for (const path of ["/api/credits/ledger", "/api/credits/grants"]) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const { body: page }: { body: Read } = await read(
          who.token,
          `${path}?limit=3${cursor === null ? "" : `&cursor=${cursor}`}`,
        );
        seen.push(...page.data.map(({ id }) => id));
        cursor = page.nextCursor;
        expect(page.hasMore).toBe(cursor !== null);
      } while (cursor !== null);
      expect(new Set(seen).size).toBe(7);
      for (const bad of ["x", "-1", "0", "1e3", "9".repeat(30)]) {
        expect(await read(who.token, `${path}?cursor=${bad}`)).toMatchObject({
          status: 400,
          body: { error: { param: "cursor" } },
        });
      }
      for (const bad of ["0", "101", "x"]) {
        expect(await read(who.token, `${path}?limit=${bad}`)).toMatchObject({
          status: 400,
          body: { error: { param: "limit" } },
        });
      }
    }
  });

  it("shows a key itself and the rest of its budget", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const key = await createKey(who, { name: "ci", budget: { credits: 0.5, period: "month" } });
    expect(await read(key, "/v1/key")).toMatchObject({
      status: 200,
      body: { data: { label: "ci", limit: 0.5, limit_remaining: 0.5, usage: 0, expires_at: null } },
    });
    const response = await sendChat({ key }, chatBody());
    const cost = Number(response.headers.get("x-farebox-cost"));
    const { data } = (
      await read<{ data: { usage: number; limit_remaining: number } }>(key, "/v1/key")
    ).body;
    expect(data.usage).toBe(cost);
    expect(Math.round(data.limit_remaining * 1e6)).toBe(Math.round((0.5 - cost) * 1e6));
    expect(await read(who.token, "/v1/key")).toMatchObject({ status: 400 });
  });

  it("needs a credential, and a key needs the scope", async () => {
    const who = await signUpFundedUser(0);
    const key = await createKey(who, { scopes: ["chat"] });
    for (const path of [
      "/api/usage",
      "/api/credits",
      "/api/credits/ledger",
      "/api/credits/grants",
      "/v1/credits",
    ]) {
      expect((await call("GET", path)).status).toBe(401);
      expect(await read(key, path)).toMatchObject({
        status: 403,
        body: { error: { code: "missing_scope" } },
      });
    }
    expect((await read(key, "/v1/key")).status).toBe(200);
  });
});
