import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { adminUser, callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import { loadShopCatalog, openPaidSale, type Sale } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";

interface List {
  readonly data: readonly Record<string, unknown>[];
}

const fetchList = async (path: string): Promise<List["data"]> =>
  (await (await callAsAdmin("GET", `/api/admin/${path}`)).json<List>()).data;

async function fetchCsv(path: string) {
  const answer = await callAsAdmin("GET", `/api/admin/${path}`);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([
    200,
    "text/csv; charset=utf-8; header=present",
  ]);
  const [header = "", ...lines] = (await answer.text()).trimEnd().split("\r\n");
  return { header: header.split(","), lines, file: answer.headers.get("content-disposition") };
}

let sale: Sale;

beforeAll(async () => {
  await loadShopCatalog();
  sale = await openPaidSale();
  await sale.stripe.control.flush();
});

describe("a list of the operator's names people and things", () => {
  it("orders by their buyers", async () => {
    const { userId, email } = sale.user;
    expect(await fetchList(`orders?userId=${userId}`)).toMatchObject([
      { title: "Pack", user: { id: userId, email } },
    ]);
  });

  it("events by the sale that they are about", async () => {
    const { email } = sale.user;
    const events = await fetchList(`events?objectId=${sale.sessionId}`);
    expect(events[0]).toMatchObject({
      about: { kind: "order", title: "Pack", user: { email } },
    });
    const customerId = await env.DB.prepare(
      "select stripe_customer_id as id from customers where user_id = ?",
    )
      .bind(sale.user.userId)
      .first<string>("id");
    await env.DB.prepare(
      `insert into stripe_events (id, type, livemode, object_id, status, attempts, received_at)
        values ('evt_list', 'customer.updated', 0, ?, 'ignored', 1, 1)`,
    )
      .bind(customerId)
      .run();
    const [about] = await fetchList(`events?objectId=${customerId}&type=customer.updated`);
    expect(about).toMatchObject({
      about: { kind: "customer", id: sale.user.userId, title: null, user: { email } },
    });
  });

  it("entries of the audit log by actor, subject and user", async () => {
    const admin = await adminUser();
    const user = await signUp();
    await callAsAdmin("POST", `/api/admin/users/${user.userId}/grants`, {
      credits: 1,
      reason: "Hello",
    });
    expect(await fetchList(`audit?userId=${user.userId}&action=credits.`)).toMatchObject([
      {
        actor: { kind: "admin", email: admin.email },
        subject: user.email,
        user: { email: user.email },
      },
    ]);
    expect(await fetchList(`audit?userId=${sale.user.userId}&action=order.`)).toMatchObject([
      { subject: "Pack", actor: { kind: "stripe", email: null } },
    ]);
    await callAsAdmin("PATCH", "/api/admin/plans/t-empty", { sortOrder: 77 });
    const [entry] = await fetchList("audit?action=plan.updated&limit=1");
    expect(entry).toMatchObject({ subject: "Nothing", user: null });
  });

  it("mails by their recipients, or nobody", async () => {
    const { userId, email } = sale.user;
    await env.DB.batch(
      [userId, null].map((recipient, index) =>
        env.DB.prepare(
          `insert into mails (id, once_key, kind, user_id, state, tries, due_at, give_up_at,
            created_at) values (?, ?, 'key_made', ?, 'sent', 1, 1, 1, 1)`,
        ).bind(`mai_${"f".repeat(31)}${index}`, `list-${index}`, recipient),
      ),
    );
    expect(await fetchList("mails?limit=2")).toMatchObject([
      { user: null },
      { user: { id: userId, email } },
    ]);
  });
});

describe("a list as CSV", () => {
  it("has all rows that its filters let through, whatever the limit", async () => {
    const name = crypto.randomUUID();
    for (const part of ["a", "b", "c"]) await signUp(`${name}-${part}@farebox.test`);
    const { header, lines, file } = await fetchCsv(`users?format=csv&limit=1&search=${name}`);
    expect(file).toBe('attachment; filename="users.csv"');
    expect(header.slice(0, 3)).toEqual(["id", "email", "name"]);
    expect(lines.map((line) => line.split(",")[1])).toEqual(
      ["c", "b", "a"].map((part) => `"${name}-${part}@farebox.test"`),
    );
  });

  it("is never a formula", async () => {
    const user = await signUp();
    await call("PATCH", "/api/users/me", { token: user.token, body: { name: "=1+1" } });
    const { lines } = await fetchCsv(`users?format=csv&search=${user.userId}`);
    expect(lines[0]).toContain(`,"'=1+1",`);
  });

  it("goes through every page", async () => {
    await env.DB.prepare(
      `with recursive n(n) as (select 1 union all select n + 1 from n where n < 2345)
        insert into stripe_events (id, type, livemode, object_id, status, attempts, received_at)
        select 'evt_page' || n, 'page.of', 0, 'x_1', 'ignored', 1, n / 3 from n`,
    ).run();
    const { lines } = await fetchCsv("events?format=csv&type=page.of");
    expect(new Set(lines.map((line) => line.split(",")[0])).size).toBe(2345);
  });

  it.each([
    ["orders", "orders?format=csv&status=completed", "stripe_payment_intent_id"],
    ["audit", "audit?format=csv&action=order.", "actor_email"],
    ["mails", "mails?format=csv", "last_error"],
  ])("of %s has a line for each", async (name, path, column) => {
    const { header, lines, file } = await fetchCsv(path);
    expect(file).toBe(`attachment; filename="${name}.csv"`);
    expect(header).toContain(column);
    expect(lines.length).toBeGreaterThan(0);
  });
});
