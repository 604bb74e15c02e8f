import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { creditAccount, type Entitlement } from "../../src/account/index.ts";
import { releaseStaleSlots } from "../../src/agents/index.ts";
import { listAgentMeters } from "../../src/agents/slots.ts";
import {
  agentBody,
  createAgent,
  parseAgents,
  postAgent,
  SECRET_PROMPT,
} from "../support/agents.ts";
import { call } from "../support/call.ts";
import { testContext } from "../support/context.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";

/** Signs up a user whose plan includes these allowances. */
async function member(allowances: Entitlement["allowances"]): Promise<TestUser> {
  const user = await signUp();
  const entitlement = {
    planId: "pln_x",
    planVersion: 1,
    allowances,
    models: null,
    features: [],
    requestsPerMinute: 1000,
  };
  await creditAccount(env, user.userId).setEntitlement({ entitlement });
  return user;
}
const used = async (user: TestUser, meter: string): Promise<number | undefined> => {
  const summary = await creditAccount(env, user.userId).summary();
  return summary.ok ? summary.value.meters.find((one) => one.meter === meter)?.used : undefined;
};
const statuses = (answers: Response[]) =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b);
const own = async (user: TestUser) =>
  parseAgents(await (await call("GET", "/api/agents", { token: user.token })).json());
const meter = (
  name: "agent" | "character" | "message",
  period: "at_once" | "month",
  limit: number | null,
) => ({
  meter: name,
  period,
  limit,
  used: 1,
  resetsAt: null,
});
const AT_ONCE = { limit: 2, period: "at_once" } as const;
const A_MONTH = { limit: 2, period: "month" } as const;

describe("the number of agents in a user's usage", () => {
  const readCount = async ({ token }: TestUser) =>
    z.object({ agents: z.int() }).parse(await (await call("GET", "/api/usage", { token })).json())
      .agents;

  it.each([
    ["at once", { agent: AT_ONCE }],
    ["by the month", { character: A_MONTH }],
    ["under both names", { agent: AT_ONCE, character: A_MONTH }],
    ["not at all", {}],
    ["without a limit", { agent: { limit: null, period: "at_once" } as const }],
  ])("is that of those that exist, where the plan counts them %s", async (_how, allowances) => {
    const who = await member(allowances);
    await createAgent(await signUp());
    expect(await readCount(who)).toBe(0);
    const first = await createAgent(who);
    await createAgent(who, {}, "characters");
    expect(await readCount(who)).toBe(2);
    await call("DELETE", `/api/agents/${first.id}`, { token: who.token });
    expect(await readCount(who)).toBe(1);
  });
});

describe("agents", () => {
  it("are created, shown, changed and deleted by their creator, under either name", async () => {
    const who = await signUp();
    const made = await createAgent(who, {
      description: "A poet.\nAnd more.",
      greeting: "Good day.",
    });
    expect(made).toMatchObject({
      name: "Ada",
      description: "A poet.\nAnd more.",
      avatarUrl: null,
      systemPrompt: SECRET_PROMPT,
      model: "small",
      greeting: "Good day.",
      tools: [],
      visibility: "private",
      priceMinor: null,
      currency: null,
      access: "own",
    });
    const path = `/api/characters/${made.id}`;
    expect(await (await call("GET", path, { token: who.token })).json()).toEqual(made);
    const changed = await call("PATCH", path, {
      token: who.token,
      body: { name: "Ada L.", avatarUrl: "https://a.test/a.png" },
    });
    expect(await changed.json()).toMatchObject({
      id: made.id,
      name: "Ada L.",
      avatarUrl: "https://a.test/a.png",
      greeting: "Good day.",
    });
    expect((await call("DELETE", path, { token: who.token })).status).toBe(204);
    expect((await call("GET", path, { token: who.token })).status).toBe(404);
    expect((await call("DELETE", path, { token: who.token })).status).toBe(404);
    expect(await own(who)).toEqual([]);
  });

  it("are listed newest first, page by page, without those of other users", async () => {
    const [who, other] = [await signUp(), await signUp()];
    await createAgent(other, { visibility: "listed" });
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push((await createAgent(who, { name: `No. ${n}` })).id);
    const first = await (await call("GET", "/api/agents?limit=3", { token: who.token })).json<{
      nextCursor: string;
    }>();
    const rest = await call("GET", `/api/agents?limit=3&cursor=${first.nextCursor}`, {
      token: who.token,
    });
    expect([...parseAgents(first), ...parseAgents(await rest.json())].map(({ id }) => id)).toEqual(
      ids.toReversed(),
    );
  });

  it("of another user cannot be changed or deleted, nor seen while private (I10)", async () => {
    const [creator, other] = [await signUp(), await signUp()];
    const hidden = await createAgent(creator);
    const shown = await createAgent(creator, { visibility: "listed" });
    expect((await call("GET", `/api/agents/${hidden.id}`, { token: other.token })).status).toBe(
      404,
    );
    for (const { id } of [hidden, shown]) {
      expect(
        (await call("PATCH", `/api/agents/${id}`, { token: other.token, body: { name: "Mine" } }))
          .status,
      ).toBe(404);
      expect((await call("DELETE", `/api/agents/${id}`, { token: other.token })).status).toBe(404);
    }
    expect((await own(creator)).map(({ name }) => name)).toEqual(["Ada", "Ada"]);
  });

  it("are gone with their creator", async () => {
    const [creator, other] = [await signUp(), await signUp()];
    const { id } = await createAgent(creator, { visibility: "listed" });
    await call("DELETE", "/api/users/me", {
      token: creator.token,
      body: { currentPassword: creator.password },
    });
    expect((await call("GET", `/api/agents/${id}`, { token: other.token })).status).toBe(404);
  });
});

describe("the plan's meters", () => {
  it.each([
    ["agent", AT_ONCE],
    ["character", A_MONTH],
  ] as const)(
    "let exactly their limit be created, of fifty at once (I9): %s",
    async (meter, allowance) => {
      const user = await member({ [meter]: allowance });
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => postAgent(user, {}, `${meter}s`)),
      );
      expect(statuses(answers)).toEqual([201, 201, ...Array.from({ length: 48 }, () => 402)]);
      expect(await used(user, meter)).toBe(2);
      expect(await own(user)).toHaveLength(2);
    },
  );

  it("counted at once free a slot when one is deleted; those of a month do not", async () => {
    for (const [allowances, status] of [
      [{ agent: AT_ONCE }, 201],
      [{ character: A_MONTH }, 402],
    ] as const) {
      const user = await member(allowances);
      const { id } = await createAgent(user);
      await createAgent(user);
      expect((await postAgent(user)).status).toBe(402);
      await call("DELETE", `/api/agents/${id}`, { token: user.token });
      expect((await postAgent(user)).status).toBe(status);
    }
  });

  it("count an agent on both meters that the plan has; a refusal takes neither", async () => {
    const user = await member({
      agent: { limit: 5, period: "at_once" },
      character: { limit: 1, period: "month" },
    });
    expect((await postAgent(user, {}, "agents")).status).toBe(201);
    const refused = await postAgent(user, {}, "characters");
    expect(refused.status).toBe(402);
    expect(await refused.json()).toMatchObject({
      error: {
        code: "insufficient_quota",
        meter: "character",
        limit: 1,
        used: 1,
        upgradeUrl: "http://farebox.test/pricing",
      },
    });
    expect([await used(user, "agent"), await used(user, "character")]).toEqual([1, 1]);
    expect(await own(user)).toHaveLength(1);
  });

  it("are counted so that a refusal costs nothing: reversible first, then the scarcest", () => {
    const order = (...meters: ReturnType<typeof meter>[]) =>
      listAgentMeters(meters).map((one) => one.meter);
    expect(order(meter("agent", "month", 2), meter("character", "at_once", 9))).toEqual([
      "character",
      "agent",
    ]);
    expect(order(meter("agent", "month", null), meter("character", "month", 9))).toEqual([
      "character",
      "agent",
    ]);
    expect(order(meter("message", "month", 2), meter("agent", "at_once", 9))).toEqual(["agent"]);
  });

  it("do not limit where the plan mentions neither", async () => {
    const user = await member({});
    for (let n = 0; n < 3; n += 1) await createAgent(user);
    expect(await own(user)).toHaveLength(3);
  });

  it("are 100 at most, whatever the plan says, of any number created at once", async () => {
    const user = await member({ agent: { limit: null, period: "at_once" } });
    const { id } = await createAgent(user);
    const { results } = await env.DB.prepare("SELECT * FROM pragma_table_info('agents')").all<{
      name: string;
    }>();
    const columns = results.map(({ name }) => name).filter((name) => name !== "id");
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 98)
       INSERT INTO agents (id, ${columns.join()})
       SELECT 'agt_filler_' || i || ?1, ${columns.join()} FROM n, agents WHERE id = ?1`,
    )
      .bind(id)
      .run();
    const answers = await Promise.all(Array.from({ length: 20 }, () => postAgent(user)));
    expect(statuses(answers)).toEqual([201, ...Array<number>(19).fill(409)]);
    const refused = answers.find(({ status }) => status === 409);
    expect(await refused?.json()).toMatchObject({ error: { code: "limit_reached" } });
    expect(await used(user, "agent")).toBe(2);
    expect((await call("DELETE", `/api/agents/${id}`, { token: user.token })).status).toBe(204);
    expect((await postAgent(user)).status).toBe(201);
    expect((await postAgent(user)).status).toBe(409);
  });

  it("are removed with their prompts, once no purchase of them can be under way", async () => {
    const user = await member({ agent: { limit: 9, period: "at_once" } });
    const rows = async () =>
      (
        await env.DB.prepare("SELECT system_prompt FROM agents WHERE owner_id = ?")
          .bind(user.userId)
          .all()
      ).results.length;
    const remove = async (id: string) =>
      (await call("DELETE", `/api/agents/${id}`, { token: user.token })).status;
    expect(await remove((await createAgent(user)).id)).toBe(204);
    expect(await rows()).toBe(0);
    const { id } = await createAgent(user, { visibility: "listed" });
    expect(await remove(id)).toBe(204);
    expect(await used(user, "agent")).toBe(0);
    await releaseStaleSlots(testContext(), 100);
    expect(await rows()).toBe(1);
    await releaseStaleSlots({ ...testContext(), nowMs: Date.now() + 121_000 }, 100);
    expect(await rows()).toBe(0);
  });

  it("get a slot back that a Worker took and died over", async () => {
    const user = await member({ agent: AT_ONCE });
    const { id } = await createAgent(user);
    await env.DB.prepare(
      "UPDATE agents SET state = 'making', created_at = 0, updated_at = 0 WHERE id = ?",
    )
      .bind(id)
      .run();
    expect(await releaseStaleSlots(testContext(), 100)).toBeGreaterThan(0);
    expect(await used(user, "agent")).toBe(0);
    expect(await own(user)).toEqual([]);
  });

  it("create one agent for a repeated Idempotency-Key (I8)", async () => {
    const user = await member({ agent: AT_ONCE });
    const send = () =>
      call("POST", "/api/agents", {
        token: user.token,
        body: agentBody(),
        headers: { "idempotency-key": "one" },
      });
    const [first, again] = [await send(), await send()];
    expect(await again.json()).toEqual(await first.json());
    expect(await used(user, "agent")).toBe(1);
  });
});

describe("an agent's fields", () => {
  it("allow the models and tools of its creator's plan", async () => {
    const who = await signUp();
    const model = await postAgent(who, { model: "large" });
    expect(model.status).toBe(402);
    expect(await model.json()).toMatchObject({
      error: { param: "model", upgradeUrl: "http://farebox.test/pricing" },
    });
    const tools = await postAgent(who, { tools: ["web-search"] });
    expect(tools.status).toBe(402);
    expect(await tools.json()).toMatchObject({ error: { param: "tools" } });
    const none = await postAgent(who, { model: "none" });
    expect(none.status).toBe(404);
    const { id } = await createAgent(who);
    expect(
      (await call("PATCH", `/api/agents/${id}`, { token: who.token, body: { model: "large" } }))
        .status,
    ).toBe(402);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["a name of 100 000 characters", { name: "x".repeat(100_000) }, "name"],
    ["a name with a NUL character", { name: "a\0" }, "name"],
    ["a name that reorders text", { name: "\u202eadA" }, "name"],
    ["an empty name", { name: "  " }, "name"],
    ["a description with a NUL character", { description: "a\0" }, "description"],
    ["no system prompt", { systemPrompt: "" }, "systemPrompt"],
    ["a system prompt that is too long", { systemPrompt: "x".repeat(50_001) }, "systemPrompt"],
    ["an avatar that is no address of the web", { avatarUrl: "javascript:alert(1)" }, "avatarUrl"],
    ["an avatar without encryption", { avatarUrl: "http://a.test/a.png" }, "avatarUrl"],
    ["an avatar with a password in it", { avatarUrl: "https://u:p@a.test/a.png" }, "avatarUrl"],
    ["a price without a currency", { priceMinor: 500 }, "currency"],
    ["a currency without a price", { currency: "usd" }, "priceMinor"],
    ["an unknown currency", { priceMinor: 500, currency: "zzz" }, "currency"],
    ["a price below 0", { priceMinor: -1, currency: "usd" }, "priceMinor"],
    ["a price with a fraction", { priceMinor: 1.5, currency: "usd" }, "priceMinor"],
    ["a price that Stripe cannot take", { priceMinor: 1001, currency: "kwd" }, "priceMinor"],
    ["another owner", { ownerId: "usr_0000000000000000" }, "ownerId"],
    ["a popularity", { popularity: 5 }, "popularity"],
    ["an unknown visibility", { visibility: "public" }, "visibility"],
  ])("never allow: %s", async (_name, more, param) => {
    const who = await signUp();
    const response = await postAgent(who, more);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: "invalid_request", param } },
    ]);
    expect(await own(who)).toEqual([]);
  });

  it("keep HTML as text", async () => {
    const name = "<img src=x onerror=alert(1)>";
    expect(await createAgent(await signUp(), { name })).toMatchObject({ name });
  });
});
