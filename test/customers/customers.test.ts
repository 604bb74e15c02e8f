import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { callAsAdmin } from "../support/admin.ts";
import { call, readError } from "../support/call.ts";
import { createManagementKey, newExternalId } from "../support/management.ts";
import { signUp } from "../support/sign-up.ts";

interface Customer {
  readonly id: string;
  readonly externalId: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly metadata: object;
  readonly creditBalance: number;
}

let token: string;
beforeAll(async () => {
  ({ key: token } = await createManagementKey(["users", "credits", "sessions"]));
});

const pathOf = (externalId: string) => `/api/customers/${encodeURIComponent(externalId)}`;
const put = (externalId: string, body: object = {}) =>
  call("PUT", pathOf(externalId), { token, body });
const putCustomer = async (externalId: string, body: object = {}) =>
  await (await put(externalId, body)).json<Customer>();

it("a customer is created once, then updated by the fields that are given", async () => {
  const externalId = newExternalId();
  const first = await put(externalId, { email: "Ada@crm.test", metadata: { team: "7" } });
  expect(first.status).toBe(201);
  const created = await first.json<Customer>();
  expect(created).toMatchObject({
    externalId,
    email: "Ada@crm.test",
    emailVerified: false,
    name: null,
    metadata: { team: "7" },
    role: "user",
  });
  const second = await put(externalId, { name: "Ada" });
  expect(second.status).toBe(200);
  expect(await second.json()).toMatchObject({
    id: created.id,
    email: "Ada@crm.test",
    name: "Ada",
    metadata: { team: "7" },
  });
  await put(externalId, { email: null, metadata: null });
  const read = await call("GET", pathOf(externalId), { token });
  expect(await read.json()).toMatchObject({ email: null, name: "Ada", metadata: {} });
});

it("two first uses at once create one customer", async () => {
  const externalId = newExternalId();
  const answers = await Promise.all(Array.from({ length: 8 }, () => put(externalId)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const ids = await Promise.all(answers.map(async (one) => (await one.json<Customer>()).id));
  expect(new Set(ids).size).toBe(1);
  const log = await callAsAdmin("GET", `/api/admin/audit?subjectId=${ids[0]}`);
  expect((await log.json<{ data: unknown[] }>()).data).toHaveLength(1);
});

it("the list has every customer once, newest first, and no other user", async () => {
  const stranger = await signUp();
  const mine = new Set<string>();
  for (let n = 0; n < 3; n++) mine.add((await putCustomer(newExternalId())).id);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { data: Customer[]; nextCursor: string | null } = await (
      await call("GET", `/api/customers?limit=2${query}`, { token })
    ).json();
    seen.push(...page.data.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.filter((id) => mine.has(id)).toReversed()).toEqual([...mine]);
  expect(seen).not.toContain(stranger.userId);
});

describe("an external id", () => {
  it.each([
    "a/b/c",
    "user@crm.test",
    "مستخدم-١",
    "日本語",
    "100%",
    "a+b c",
    "..a",
    "a\\b",
    "é",
    "?q=1#x",
    "__proto__",
    "x".repeat(255),
  ])("%j names a customer, and comes back as it is", async (suffix) => {
    const externalId = suffix.length === 255 ? suffix : `${suffix}~${crypto.randomUUID()}`;
    const created = await putCustomer(externalId);
    expect(created.externalId).toBe(externalId);
    const read = await call("GET", pathOf(externalId), { token });
    expect((await read.json<Customer>()).id).toBe(created.id);
  });

  it.each([
    ["x".repeat(1000)],
    ["x".repeat(256)],
    ["a\u0000b"],
    ["a\nb"],
    ["zero\u200bwidth"],
    ["re\u202eversed"],
    ["e\u0301"],
    [" a"],
    ["a "],
  ])("%j is refused, and the field is named", async (externalId) => {
    expect(await readError(await put(externalId))).toEqual({
      status: 400,
      code: "invalid_request",
      param: "externalId",
    });
    const body = { externalId };
    const session = await call("POST", "/api/sessions", { token, body });
    expect(await readError(session)).toMatchObject({ status: 400, param: "externalId" });
  });

  it.each(["", ".", "..", "\ud800"])("%j begins no session", async (externalId) => {
    const body = { externalId };
    const session = await call("POST", "/api/sessions", { token, body });
    expect(await readError(session)).toMatchObject({ status: 400, param: "externalId" });
  });

  it.each(["%", "%ff", "%C3"])("is not read from a path that is broken: %s", async (segment) => {
    for (const [method, body] of [["PUT", {}], ["GET"], ["DELETE"]] as const) {
      const refused = await call(method, `/api/customers/${segment}`, {
        token,
        ...(body === undefined ? {} : { body }),
      });
      expect(await readError(refused)).toMatchObject({ status: 400, param: "externalId" });
    }
  });

  it("differs by case", async () => {
    const externalId = newExternalId();
    const lower = await putCustomer(`${externalId}-a`);
    expect((await putCustomer(`${externalId}-A`)).id).not.toBe(lower.id);
  });
});

it.each([
  [{ email: "no address" }, "email"],
  [{ name: "a\u0000" }, "name"],
  [{ metadata: { a: 1 } }, "metadata.a"],
  [{ metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [n, "x"])) }, "metadata"],
  [{ role: "admin" }, "role"],
  [{ planId: "pro" }, "planId"],
])("%j changes nothing: %s", async (body, param) => {
  const refused = await put(newExternalId(), body);
  expect(await readError(refused)).toEqual({ status: 400, code: "invalid_request", param });
});

it("an unknown customer is 404", async () => {
  for (const method of ["GET", "DELETE"]) {
    const refused = await call(method, pathOf(newExternalId()), { token });
    expect(await readError(refused)).toMatchObject({ status: 404, code: "not_found" });
  }
});

describe("the address of a customer", () => {
  it("takes nobody's, and is taken from nobody", async () => {
    const user = await signUp();
    const customer = await putCustomer(newExternalId(), { email: user.email });
    expect(customer).toMatchObject({ email: user.email });
    const twin = await putCustomer(newExternalId(), { email: user.email });
    expect(twin.id).not.toBe(customer.id);
    const email = `u${crypto.randomUUID()}@crm.test`;
    await putCustomer(newExternalId(), { email });
    expect((await signUp(email)).email).toBe(email);
  });

  it("signs nobody in, nor does the id in its place", async () => {
    const email = `u${crypto.randomUUID()}@crm.test`;
    const { id } = await putCustomer(newExternalId(), { email });
    for (const name of [email, id, `${id}@x.test`]) {
      const body = { email: name, password: "a password of nobody" };
      const refused = await call("POST", "/api/auth/login", { body });
      expect([400, 401]).toContain(refused.status);
    }
  });

  it("of an admin makes no admin", async () => {
    const customer = await putCustomer(newExternalId(), { email: "admin@farebox.test" });
    expect(customer).toMatchObject({ role: "user" });
  });

  it("keeps the free allowance of its mailbox for whoever signs up with it", async () => {
    const email = `u${crypto.randomUUID()}@crm.test`;
    const externalId = newExternalId();
    await putCustomer(externalId, { email });
    await call("DELETE", pathOf(externalId), { token });
    const user = await signUp(email);
    const read = await call("GET", "/api/users/me", { token: user.token });
    expect(await read.json()).toMatchObject({ freeAllowanceTaken: false });
  });
});

it("a customer has nothing for free by default", async () => {
  const { id } = await putCustomer(newExternalId());
  const summary = await creditAccount(env, id).summary();
  expect(summary.ok && summary.value.meters.map(({ limit }) => limit)).toEqual(
    summary.ok ? summary.value.meters.map(() => 0) : [],
  );
});

describe("an erased customer", () => {
  it("who comes again is a new user with nothing of the old", async () => {
    const externalId = newExternalId();
    const old = await putCustomer(externalId, { name: "Old", metadata: { team: "7" } });
    await call("POST", `/api/admin/users/${old.id}/grants`, {
      token,
      body: { credits: 7, reason: "Welcome" },
    });
    expect((await call("DELETE", pathOf(externalId), { token })).status).toBe(204);
    expect((await call("GET", pathOf(externalId), { token })).status).toBe(404);
    const again = await putCustomer(externalId);
    expect(again).toMatchObject({ name: null, metadata: {}, creditBalance: 0 });
    expect(again.id).not.toBe(old.id);
    await call("DELETE", pathOf(externalId), { token });
    const third = await putCustomer(externalId);
    expect([old.id, again.id]).not.toContain(third.id);
  });

  it("leaves its external id in no table", async () => {
    const externalId = newExternalId();
    await putCustomer(externalId, { email: `u${externalId}@crm.test` });
    await call("DELETE", pathOf(externalId), { token });
    const { results } = await env.DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
    ).all<{ name: string }>();
    for (const { name } of results) {
      const rows = await env.DB.prepare(`SELECT * FROM "${name}"`).all();
      expect(JSON.stringify(rows.results), name).not.toContain(externalId);
    }
  });
});
