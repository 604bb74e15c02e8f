import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { chatHistory } from "../../src/conversations/history.ts";
import { runCron } from "../../src/cron.ts";
import { accountObject } from "../support/account.ts";
import { callAsAdmin } from "../support/admin.ts";
import { createAgent } from "../support/agents.ts";
import { call } from "../support/call.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { standInModel } from "../support/model.ts";
import { loadShopCatalog, openCheckout } from "../support/shop.ts";
import { createKey, signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";

vi.setConfig({ testTimeout: 30_000 });
beforeAll(loadShopCatalog);

/** What a person is known by, and what they wrote, each in words that are nowhere else. */
const PERSONAL = {
  name: "Wilhelmina Nadelöhr",
  ip: "203.0.113.77",
  browser: "Needlebrowser/7",
  phone: "+49301234567",
  street: "7 Haystack Lane",
  prompt: "You are the needle's secret eye.",
  description: "A thread through everything.",
  greeting: "Mind the point.",
  title: "My needlework",
  message: "I told nobody but you.",
  keyName: "needle-key",
} as const;

type Row = Readonly<Record<string, unknown>>;

/** Every row of every table of D1, whatever tables there are. */
async function everything(): Promise<Map<string, Row[]>> {
  const tables = await env.DB.prepare("select name from sqlite_master where type = 'table'").all<{
    name: string;
  }>();
  const own = tables.results
    .map(({ name }) => name)
    .filter((name) => !/^(sqlite|d1|_cf)_/.test(name));
  return new Map(
    await Promise.all(
      own.map(
        async (name) =>
          [name, (await env.DB.prepare(`select * from "${name}"`).all<Row>()).results] as const,
      ),
    ),
  );
}

/** Where any of these texts is in D1, in whatever column and case, alone or within another text. */
async function findPlaces(texts: Readonly<Record<string, string>>): Promise<string[]> {
  const found: string[] = [];
  for (const [table, rows] of await everything()) {
    const cells = rows.flatMap((row) => Object.entries(row));
    for (const [column, value] of cells) {
      // JSON in a column has its quotes and letters beyond ASCII as they are.
      const text = String(value).toLowerCase();
      for (const [what, needle] of Object.entries(texts))
        if (text.includes(needle.toLowerCase())) found.push(`${what} in ${table}.${column}`);
    }
  }
  return [...new Set(found)].toSorted();
}

/** What is stored in an object: its tables, its keys and its alarm. */
const storedIn = (stub: DurableObjectStub) =>
  runInDurableObject(stub, async (_object, { storage }) => ({
    tables: [
      ...storage.sql.exec<{ name: string }>("select name from sqlite_master where type = 'table'"),
    ]
      .map(({ name }) => name)
      .filter((name) => !name.startsWith("_cf_")),
    keys: [...storage.kv.list()].map(([key]) => key),
    alarm: await storage.getAlarm(),
  }));

const headers = { "cf-connecting-ip": PERSONAL.ip, "user-agent": PERSONAL.browser };
const sendAs = async (
  user: TestUser,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> => {
  const response = await call(method, path, {
    token: user.token,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  if (response.status >= 300)
    throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  return response;
};

async function pay(stripe: TestStripe, url: string, who: TestUser): Promise<void> {
  await stripe.pay(url, { email: who.email, name: PERSONAL.name });
  await stripe.control.flush();
}
async function buyAgent(stripe: TestStripe, buyer: TestUser, agentId: string): Promise<void> {
  const page = await sendAs(buyer, "POST", `/api/agents/${agentId}/purchase`, {});
  await pay(stripe, (await page.json<{ url: string }>()).url, buyer);
}

const erase = (user: TestUser) =>
  sendAs(user, "DELETE", "/api/users/me", { currentPassword: user.password });

/** A user who has done everything that leaves something behind, and whom they traded with. */
async function person(stripe: TestStripe) {
  const [user, partner] = [await signUp(), await signUp()];
  await sendAs(user, "PATCH", "/api/users/me", { name: PERSONAL.name });
  await sendAs(user, "POST", "/api/payments/customers", { name: PERSONAL.name });
  await sendAs(user, "PATCH", "/api/payments/customers/me", {
    phone: PERSONAL.phone,
    address: { line1: PERSONAL.street, country: "DE" },
  });
  await sendAs(user, "POST", "/api/payments/customers/me/payment-methods", {
    paymentMethodId: "pm_card_visa",
  });
  for (const planId of ["t-pack", "t-pro"])
    await pay(stripe, (await openCheckout(user.token, { planId })).url, user);
  const open = await openCheckout(user.token, { planId: "t-expiring" });
  await createKey(user, { name: PERSONAL.keyName });
  const { prompt, description, greeting } = PERSONAL;
  const sold = await createAgent(user, {
    name: "Sewer",
    systemPrompt: prompt,
    description,
    greeting,
    visibility: "listed",
    priceMinor: 500,
    currency: "usd",
  });
  const bought = await createAgent(partner, {
    name: "Tailor",
    visibility: "listed",
    priceMinor: 700,
    currency: "usd",
  });
  await buyAgent(stripe, user, bought.id);
  await buyAgent(stripe, partner, sold.id);
  const made = await sendAs(user, "POST", "/api/conversations", {
    title: PERSONAL.title,
    model: "small",
  });
  const conversation = await made.json<{ id: string }>();
  await sendAs(user, "POST", `/api/conversations/${conversation.id}/messages`, {
    message: PERSONAL.message,
  });
  await sendAs(partner, "POST", `/api/agents/${sold.id}/messages`, { message: "Sew." });
  await callAsAdmin("PATCH", `/api/users/${user.userId}`, { name: PERSONAL.name });
  await callAsAdmin("POST", `/api/admin/users/${user.userId}/grants`, {
    credits: 1,
    reason: "Sorry.",
  });
  return { user, partner, sold, open };
}

/** What of an order the books need. */
const paid = (row: Row) => [row["id"], row["paid_minor"], row["title"]];

/** What a user reads of their own trade and talk. */
const readOwn = async (user: TestUser) =>
  await Promise.all(
    [
      "/api/orders",
      "/api/agents/earnings",
      "/api/agents",
      "/api/credits",
      "/api/credits/ledger",
      "/api/conversations",
    ].map(async (path) => await (await sendAs(user, "GET", path)).json<object>()),
  );

describe("after a user was erased", () => {
  it("nothing personal is left in any column of D1, and sales stay", async () => {
    const stripe = standInStripe();
    standInModel();
    const { user, partner, sold, open } = await person(stripe);
    const needles = { ...PERSONAL, address: user.email.slice(0, user.email.indexOf("@")) };
    // What is to go was there, and would be found.
    const places = [
      "address in users.email",
      "name in users.name",
      "prompt in agents.system_prompt",
    ];
    expect(await findPlaces(needles)).toEqual(expect.arrayContaining(places));
    const before = await everything();
    const others = await readOwn(partner);

    expect((await erase(user)).status).toBe(204);
    expect(await findPlaces(needles)).toEqual([]);
    const account = { tables: [], keys: [], alarm: null };
    expect(await storedIn(accountObject(user.userId))).toEqual(account);
    // That it is not to begin anew is all that the other one knows.
    expect(await storedIn(chatHistory(env, user.userId))).toEqual({ ...account, keys: ["erased"] });

    await runCron(env, Date.now());
    await stripe.control.flush();
    await runCron(env, Date.now());
    expect(await findPlaces(needles)).toEqual([]);
    const after = await everything();
    const ofUser = (rows: Map<string, Row[]>, table: string) =>
      rows.get(table)?.filter((row) => row["user_id"] === user.userId) ?? [];
    for (const table of [
      "orders",
      "checkout_sessions",
      "subscriptions",
      "subscription_invoices",
      "customers",
    ])
      expect(
        ofUser(after, table).map((row) => row["id"]),
        table,
      ).toEqual(ofUser(before, table).map((row) => row["id"]));
    const noted = ofUser(after, "audit_log").map((row) => row["id"]);
    expect(noted).toEqual(
      expect.arrayContaining(ofUser(before, "audit_log").map((row) => row["id"])),
    );
    expect(ofUser(after, "orders").map(paid)).toEqual(ofUser(before, "orders").map(paid));
    // Where their id still is: the books, and how much of a model was used on a day.
    const books = [
      "orders",
      "checkout_sessions",
      "subscriptions",
      "subscription_invoices",
      "customers",
      "order_keys",
    ];
    const kept = [...books, "audit_log", "usage_daily", "overage_reports"];
    const naming = [...after]
      .filter(([, rows]) => JSON.stringify(rows).includes(user.userId))
      .map(([table]) => table);
    expect(naming.filter((table) => !kept.includes(table))).toEqual([]);

    // At Stripe: no customer, no subscription that goes on, no page that could still be paid on.
    expect((await stripe.client.customers.list({ email: user.email })).data).toEqual([]);
    const subscriptions = await stripe.client.subscriptions.list({ status: "all" });
    expect(subscriptions.data.map(({ status }) => status)).toEqual(["canceled"]);
    expect(ofUser(after, "subscriptions")).toMatchObject([{ status: "canceled" }]);
    expect((await stripe.client.checkout.sessions.retrieve(open.sessionId)).status).toBe("expired");
    expect(ofUser(after, "checkout_sessions").map((row) => row["url"])).toEqual([
      null,
      null,
      null,
      null,
    ]);

    // Whoever traded with them has what they had: the sale, the earning, the talk.
    expect(await readOwn(partner)).toEqual(others);
    const licence = await call("GET", `/api/agents/${sold.id}`, { token: partner.token });
    expect(licence.status).toBe(404);
  });

  it("nobody's sign-up with the address is left either", async () => {
    standInStripe();
    const user = await signUp();
    const worker = new MailWorker();
    const [local] = user.email.split("@");
    const body = { email: user.email.toUpperCase(), password: "somebody else's" };
    expect((await worker.post("/api/auth/register", body)).status).toBe(202);
    expect(await findPlaces({ address: local ?? "" })).toContain("address in verifications.email");
    await erase(user);
    expect(await findPlaces({ address: local ?? "" })).toEqual([]);
    // Nothing is left to do, which other tests of this database would wait for.
    await runCron(env, Date.now());
  });

  it("none of their credentials opens anything, and the address is free again", async () => {
    const user = await signUp();
    const key = await createKey(user);
    const cookie = { cookie: `farebox_session=${user.refreshToken}` };
    const ways = [
      () => call("GET", "/api/users/me", { token: user.token }),
      () => call("GET", "/api/users/me", { token: key }),
      () => call("GET", "/api/users/me", { headers: cookie }),
      () =>
        call("POST", "/v1/chat/completions", {
          token: key,
          body: { model: "small", messages: [{ role: "user", content: "Hi" }] },
        }),
      () => call("GET", "/v1/credits", { token: user.token }),
      () => call("GET", "/api/users/me/export", { token: user.token }),
      () => call("POST", "/api/auth/refresh", { body: { refreshToken: user.refreshToken } }),
      () =>
        call("POST", "/api/auth/login", { body: { email: user.email, password: user.password } }),
    ];
    const statuses = async () => {
      const seen: number[] = [];
      for (const way of ways) seen.push((await way()).status);
      return seen;
    };
    expect((await statuses()).slice(0, 3)).toEqual([200, 200, 200]);
    const fresh = await call("POST", "/api/auth/login", {
      body: { email: user.email, password: user.password },
    });
    const { accessToken } = await fresh.json<{ accessToken: string }>();
    await erase({ ...user, token: accessToken });
    expect(await statuses()).toEqual([401, 401, 401, 401, 401, 401, 401, 401]);
    expect((await call("GET", "/api/users/me", { token: accessToken })).status).toBe(401);
    expect((await signUp(user.email)).userId).not.toBe(user.userId);
  });
});
