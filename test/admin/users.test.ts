import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { accountObject } from "../support/account.ts";
import { callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import { loadShopCatalog, openPaidSale } from "../support/shop.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";

interface UserPage {
  readonly data: readonly { readonly id: string; readonly email: string }[];
  readonly nextCursor: string | null;
}

const fetchPage = async (query: string): Promise<UserPage> =>
  await (await callAsAdmin("GET", `/api/admin/users?${query}`)).json<UserPage>();
const search = async (text: string) =>
  (await fetchPage(`search=${encodeURIComponent(text)}`)).data.map((user) => user.id);
const patch = (userId: string, body: object) =>
  callAsAdmin("PATCH", `/api/admin/users/${userId}`, body);
const fetchUser = (userId: string) => callAsAdmin("GET", `/api/admin/users/${userId}`);
const postGrant = (userId: string, body: object) =>
  callAsAdmin("POST", `/api/admin/users/${userId}/grants`, body);
const creditsOf = async ({ token }: TestUser): Promise<number> =>
  (await (await call("GET", "/api/users/me", { token })).json<{ creditBalance: number }>())
    .creditBalance;
const logOf = async (userId: string) =>
  (
    await (
      await callAsAdmin("GET", `/api/admin/audit?userId=${userId}`)
    ).json<{ data: { action: string }[] }>()
  ).data;

beforeAll(loadShopCatalog);

describe("GET /api/admin/users", () => {
  it("finds any part of an address or a name, in any case, and an id", async () => {
    const name = `find-${crypto.randomUUID().slice(0, 8)}`;
    const [first, second] = [
      await signUp(`${name}.a@farebox.test`),
      await signUp(`${name}.B@farebox.test`),
    ];
    await call("PATCH", "/api/users/me", { token: first.token, body: { name: `Béa ${name}é Q` } });
    expect((await search(name)).toSorted()).toEqual([first.userId, second.userId].toSorted());
    expect(await search(`${name.slice(3).toUpperCase()}.b@FARE`)).toEqual([second.userId]);
    expect(await search(`${name}é q`)).toEqual([first.userId]);
    expect(await search(first.userId)).toEqual([first.userId]);
    expect(await search(`${name}.B@farebox.test`)).toEqual([second.userId]);
    expect(await search(`${name}.a@farebox.test.longer`)).toEqual([]);
    expect(await search("usr_0000000000000000")).toEqual([]);
    expect(await search("%")).toEqual([]);
  });

  it("tells what each pays, has, and when each was last seen", async () => {
    const user = await signUp();
    await postGrant(user.userId, { credits: 2.5, reason: "Welcome" });
    expect((await fetchPage(`search=${user.userId}&credits=true`)).data).toMatchObject([
      {
        email: user.email,
        planName: expect.not.stringMatching(/^pln_/),
        subscription: null,
        credits: 2.5,
        lastSeenAt: expect.stringMatching(/^20/),
      },
    ]);
    expect((await fetchPage(`search=${user.userId}`)).data).toMatchObject([{ credits: null }]);
  });

  it("lists every user once, in pages, and no password", async () => {
    const users = [await signUp(), await signUp(), await signUp()];
    const listed: string[] = [];
    let cursor = "";
    do {
      const page = await fetchPage(`limit=2${cursor}`);
      expect(JSON.stringify(page)).not.toContain("argon2");
      listed.push(...page.data.map((user) => user.id));
      cursor = page.nextCursor === null ? "" : `&cursor=${page.nextCursor}`;
    } while (cursor !== "");
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed).toEqual(expect.arrayContaining(users.map((user) => user.userId)));
  });

  it("filters by plan and role", async () => {
    const { userId } = await signUp();
    const { planId } = await (await fetchUser(userId)).json<{ planId: string }>();
    expect((await fetchPage(`planId=${planId}&search=${userId}`)).data).toHaveLength(1);
    expect((await fetchPage(`planId=pln_other&search=${userId}`)).data).toEqual([]);
    expect((await fetchPage("role=admin")).data.map((user) => user.email)).toEqual([
      "admin@farebox.test",
    ]);
  });

  it.each(["role=boss", "cursor=usr_1", "plan=x", "search=", "limit=101", "format=xls"])(
    "refuses ?%s, naming the field",
    async (query) => {
      const answer = await callAsAdmin("GET", `/api/admin/users?${query}`);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        error: { code: "invalid_request", param: query.split("=")[0] },
      });
    },
  );
});

describe("GET /api/admin/users/:userId", () => {
  it("shows a user with plan, account and subscriptions", async () => {
    const user = await signUp();
    await postGrant(user.userId, { credits: 2.5, reason: "Welcome" });
    expect(await (await fetchUser(user.userId)).json()).toMatchObject({
      id: user.userId,
      email: user.email,
      role: "user",
      plan: { name: expect.any(String) },
      assignedPlanId: null,
      account: { credits: { posted: 2.5, held: 0, available: 2.5 } },
      subscriptions: [],
    });
  });

  it("answers every request for an unknown user with 404", async () => {
    const nobody = "usr_0000000000000000";
    const answers = [
      await fetchUser(nobody),
      await postGrant(nobody, { credits: 1, reason: "x" }),
      await callAsAdmin("PATCH", `/api/admin/users/${nobody}`, { role: "admin" }),
    ];
    for (const answer of answers)
      expect([answer.status, await answer.json()]).toMatchObject([
        404,
        { error: { code: "not_found" } },
      ]);
    expect(await logOf(nobody)).toEqual([]);
  });

  it("is for admins alone, as everything under /api/admin is", async () => {
    const { token, userId } = await signUp();
    for (const [method, path] of [
      ["GET", "/api/admin/users"],
      ["GET", `/api/admin/users/${userId}`],
      ["PATCH", `/api/admin/users/${userId}`],
      ["GET", `/api/admin/users/${userId}/grants`],
      ["POST", `/api/admin/users/${userId}/grants`],
      ["GET", "/api/admin/orders"],
      ["GET", "/api/admin/revenue"],
      ["GET", "/api/admin/usage"],
    ] as const) {
      const body = method === "GET" ? {} : { body: { role: "admin", credits: 1, reason: "Mine" } };
      expect((await call(method, path, { token, ...body })).status, path).toBe(403);
      expect((await call(method, path, body)).status, path).toBe(401);
    }
  });
});

describe("POST /api/admin/users/:userId/grants", () => {
  it("grants credits, which may expire, and records the admin and the reason", async () => {
    const user = await signUp();
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    const answer = await postGrant(user.userId, {
      credits: 10.000001,
      reason: "For the trouble",
      expiresAt,
    });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({
      id: expect.stringMatching(/^grt_/),
      applied: true,
      credits: 10.000001,
      balance: { posted: 10.000001, held: 0, frozen: 0, available: 10.000001 },
    });
    const grants = await creditAccount(env, user.userId).grants({ limit: 10, before: null });
    expect(grants).toMatchObject([
      {
        reason: "For the trouble",
        expiresAt: Date.parse(expiresAt),
        operationId: expect.stringMatching(/^admin:/),
      },
    ]);
    expect(await logOf(user.userId)).toMatchObject([
      {
        action: "credits.granted",
        actor: { kind: "admin", id: expect.stringMatching(/^usr_/) },
        reason: "For the trouble",
        after: { credits: 10.000001 },
      },
    ]);
  });

  it("lists grants as their owner sees them, newest first, in pages", async () => {
    const user = await signUp();
    for (const reason of ["First", "Second"]) await postGrant(user.userId, { credits: 1, reason });
    const path = `/api/admin/users/${user.userId}/grants?limit=1`;
    const fetchGrants = async (cursor = "") =>
      await (await callAsAdmin("GET", path + cursor)).json<{
        data: object[];
        nextCursor: string | null;
      }>();
    const newest = await fetchGrants();
    const older = await fetchGrants(`&cursor=${newest.nextCursor}`);
    expect([newest.data, older.data, older.nextCursor]).toMatchObject([
      [{ reason: "Second" }],
      [{ reason: "First" }],
      null,
    ]);
    const own = await (await call("GET", "/api/credits/grants", { token: user.token })).json<{
      data: object[];
    }>();
    expect([...newest.data, ...older.data]).toEqual(own.data);
    expect((await callAsAdmin("GET", `${path}&cursor=x`)).status).toBe(400);
    expect((await callAsAdmin("GET", "/api/admin/users/usr_0000000000000000/grants")).status).toBe(
      404,
    );
  });

  it("deducts credits, and the missing part becomes a debt", async () => {
    const user = await signUp();
    await postGrant(user.userId, { credits: 10, reason: "A gift" });
    const deducted = await postGrant(user.userId, { credits: -4, reason: "Too much" });
    expect(await deducted.json()).toMatchObject({
      id: null,
      applied: true,
      credits: -4,
      balance: { available: 6 },
    });
    expect(
      await (await postGrant(user.userId, { credits: -10, reason: "Fraud" })).json(),
    ).toMatchObject({ balance: { posted: -4 } });
    expect(await creditsOf(user)).toBe(-4);
    expect((await logOf(user.userId)).map((entry) => entry.action)).toEqual([
      "credits.taken",
      "credits.taken",
      "credits.granted",
    ]);
  });

  it("grants once for an Idempotency-Key, even when the first answer was not kept", async () => {
    const [user, admin] = [await signUp(), await signUp("chief@farebox.test")];
    const path = `/api/admin/users/${user.userId}/grants`;
    const send = (key: string, credits = 5) =>
      call("POST", path, {
        token: admin.token,
        body: { credits, reason: "Once" },
        headers: { "idempotency-key": key },
      });
    const first = await send("k1");
    expect(first.status).toBe(201);
    const second = await send("k1");
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect(await second.json()).toEqual(await first.json());
    expect(await (await send("k1", 6)).json()).toMatchObject({
      error: { code: "idempotency_key_reused" },
    });
    // As after a crash before the answer was kept.
    await runInDurableObject(
      accountObject(admin.userId),
      (_, state) => void state.storage.sql.exec("delete from idempotency"),
    );
    expect(await (await send("k1")).json()).toMatchObject({
      applied: false,
      balance: { available: 5 },
    });
    expect((await send("k2")).status).toBe(201);
    expect(await creditsOf(user)).toBe(10);
    expect(await logOf(user.userId)).toHaveLength(2);
  });

  it.each([
    ["no credits", { credits: 0, reason: "x" }, "credits"],
    ["less than a microcredit", { credits: 0.0000001, reason: "x" }, "credits"],
    ["too many", { credits: 1e12, reason: "x" }, "credits"],
    ["credits as text", { credits: "5", reason: "x" }, "credits"],
    ["no reason", { credits: 5 }, "reason"],
    ["a blank reason", { credits: 5, reason: "  " }, "reason"],
    ["a reason with control characters", { credits: 5, reason: "a\u0000b" }, "reason"],
    ["an invalid time", { credits: 5, reason: "x", expiresAt: "tomorrow" }, "expiresAt"],
    [
      "a time in the past",
      { credits: 5, reason: "x", expiresAt: "2020-01-01T00:00:00Z" },
      "expiresAt",
    ],
    [
      "an expiry of a deduction",
      { credits: -5, reason: "x", expiresAt: "2099-01-01T00:00:00Z" },
      "expiresAt",
    ],
    ["an operation id", { credits: 5, reason: "x", operationId: "order:ord_1" }, "operationId"],
  ])("refuses %s, naming the field", async (_what, body, param) => {
    const { userId } = await signUp();
    const answer = await postGrant(userId, body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: "invalid_request", param } });
    expect(await logOf(userId)).toEqual([]);
  });
});

describe("PATCH /api/admin/users/:userId", () => {
  it("agrees on a custom plan by hand, at once, and ends the agreement", async () => {
    const { user, stripe } = await openPaidSale("t-level1");
    await stripe.control.deliver();
    const bought = await (await fetchUser(user.userId)).json<{
      planId: string;
      plan: { name: string };
    }>();
    expect(bought.plan.name).toBe("Level 1");
    const agreed = await (await patch(user.userId, { planId: "t-custom" })).json<{
      planId: string;
      assignedPlanId: string;
    }>();
    expect(agreed).toMatchObject({
      plan: { name: "Enterprise" },
      account: { planId: agreed.planId },
    });
    expect(agreed.assignedPlanId).toBe(agreed.planId);
    expect(await (await patch(user.userId, { planId: null })).json()).toMatchObject({
      plan: { name: "Level 1" },
      assignedPlanId: null,
      account: { planId: bought.planId },
    });
    const { data } = await (
      await callAsAdmin("GET", `/api/admin/audit?userId=${user.userId}&action=user.`)
    ).json<{
      data: { action: string; before: object; after: object }[];
    }>();
    expect(data).toMatchObject([
      {
        action: "user.plan_agreed",
        before: { assignedPlanId: agreed.planId },
        after: { assignedPlanId: null },
      },
      {
        action: "user.plan_agreed",
        before: { planId: bought.planId },
        after: { assignedPlanId: agreed.planId },
      },
    ]);
  });

  it("keeps an agreed plan in force when another plan is bought", async () => {
    const sale = await openPaidSale("t-level1");
    await patch(sale.user.userId, { planId: "t-custom" });
    await sale.stripe.control.deliver();
    expect(await (await fetchUser(sale.user.userId)).json()).toMatchObject({
      plan: { name: "Enterprise" },
    });
  });

  it.each([
    ["t-level1", "a plan that is bought"],
    ["t-none", "a plan that does not exist"],
  ])("refuses %s: %s", async (planId) => {
    const { userId } = await signUp();
    const answer = await patch(userId, { planId });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { error: { param: "planId" } },
    ]);
  });

  it("makes a user an admin at once, and takes that back", async () => {
    const user = await signUp();
    const statusOf = async () =>
      (await call("GET", "/api/admin/users", { token: user.token })).status;
    expect(await statusOf()).toBe(403);
    expect(await (await patch(user.userId, { role: "admin" })).json()).toMatchObject({
      role: "admin",
    });
    expect(await statusOf()).toBe(200);
    await patch(user.userId, { role: "user" });
    expect(await statusOf()).toBe(403);
    await patch(user.userId, { role: "user" });
    expect(await logOf(user.userId)).toMatchObject([
      { action: "user.role_changed", before: { role: "admin" }, after: { role: "user" } },
      { action: "user.role_changed", before: { role: "user" }, after: { role: "admin" } },
    ]);
  });

  it("records an admin's changes under /api/users as well, without personal data", async () => {
    const [user, admin] = [await signUp(), await signUp("boss@farebox.test")];
    const path = `/api/users/${user.userId}`;
    const as = (who: TestUser, method: string, body: object) =>
      call(method, path, { token: who.token, body });
    expect((await as(user, "PATCH", { name: "Mine" })).status).toBe(200);
    expect((await as(admin, "PATCH", { name: "Theirs" })).status).toBe(200);
    expect(
      (await as(admin, "PATCH", { email: admin.email, currentPassword: admin.password })).status,
    ).toBe(409);
    expect((await as(admin, "DELETE", { currentPassword: admin.password })).status).toBe(204);
    const entries = await logOf(user.userId);
    expect(entries).toMatchObject([
      { action: "user.erased", actor: { kind: "admin", id: admin.userId } },
      {
        action: "user.updated",
        actor: { kind: "admin", id: admin.userId },
        after: { fields: ["name"] },
      },
    ]);
    expect(JSON.stringify(entries)).not.toContain("Theirs");
  });

  it("refuses to change one's own role, so that an admin is left", async () => {
    const admin = (await fetchPage("role=admin&search=admin@")).data[0];
    const answer = await patch(admin?.id ?? "", { role: "user" });
    expect([answer.status, await answer.json()]).toMatchObject([
      409,
      { error: { code: "conflict", param: "role" } },
    ]);
  });

  it.each([
    [{ role: "boss" }, "role"],
    [{ email: "x@y.z" }, "email"],
    [{ planId: "" }, "planId"],
    [{ creditBalance: 5 }, "creditBalance"],
  ])("refuses %j, naming the field", async (body, param) => {
    const { userId } = await signUp();
    const answer = await patch(userId, body);
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { error: { code: "invalid_request", param } },
    ]);
  });
});
