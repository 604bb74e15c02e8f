import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { adminUser } from "../support/admin.ts";
import { call } from "../support/call.ts";
import {
  loadShopCatalog,
  type OpenedCheckout,
  openCheckout,
  openSale,
  readUserState,
} from "../support/shop.ts";
import { createKey, signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

interface ListBody {
  readonly object: string;
  readonly data: readonly { id: string; userId: string }[];
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
}

let operator: TestUser;
beforeAll(async () => {
  await loadShopCatalog();
  operator = await adminUser();
});

const get = async (token: string, path: string) => await call("GET", path, { token });
const list = async (token: string, path: string): Promise<ListBody> =>
  await (await get(token, path)).json<ListBody>();

/** Makes a buyer with a sale, and lists every path that shows a part of it. */
async function buyer(): Promise<{ user: TestUser; opened: OpenedCheckout; paths: string[] }> {
  const user = await signUp();
  const opened = await openCheckout(user.token, { planId: "t-pack" });
  const [order] = (await list(user.token, "/api/orders")).data;
  const paths = [
    `/api/stripe-sessions/${opened.stripeSessionId}`,
    `/api/stripe-sessions/stripe-id/${opened.sessionId}`,
    `/api/stripe-sessions/user/${user.userId}`,
    `/api/stripe-sessions?userId=${user.userId}`,
    `/api/orders/${order?.id}`,
    `/api/orders?userId=${user.userId}`,
  ];
  return { user, opened, paths };
}

describe("I10: a user's sale", () => {
  it("is shown to that user and to an admin, under every path", async () => {
    standInStripe();
    const { user, paths } = await buyer();
    for (const path of paths) {
      expect((await get(user.token, path)).status, path).toBe(200);
      expect((await get(operator.token, path)).status, path).toBe(200);
    }
  });

  it("answers 404 to other users, and 401 without a caller", async () => {
    standInStripe();
    const { paths } = await buyer();
    const other = await signUp();
    for (const path of paths) {
      const answer = await get(other.token, path);
      expect(answer.status, path).toBe(404);
      expect(await answer.json()).toMatchObject({ error: { code: "not_found" } });
      expect((await call("GET", path)).status, path).toBe(401);
    }
  });

  it("answers exactly like an unknown sale", async () => {
    standInStripe();
    const { opened } = await buyer();
    const other = await signUp();
    const known = await (
      await get(other.token, `/api/stripe-sessions/${opened.stripeSessionId}`)
    ).text();
    const unknown = await (await get(other.token, "/api/stripe-sessions/css_none")).text();
    expect(known.replace(opened.stripeSessionId, "css_none")).toBe(unknown);
  });

  it("is in no list of another user", async () => {
    standInStripe();
    const { user } = await buyer();
    const other = await signUp();
    for (const path of ["/api/orders", "/api/stripe-sessions", "/api/stripe-sessions/user/me"]) {
      expect((await list(other.token, path)).data, path).toEqual([]);
      expect((await list(user.token, path)).data, path).toEqual([
        expect.objectContaining({ userId: user.userId }),
      ]);
    }
  });

  it("cannot be canceled by another user, an admin included", async () => {
    const { stripe, user, sessionId } = await openSale();
    const [session] = (await list(user.token, "/api/stripe-sessions")).data;
    const other = await signUp();
    for (const { token } of [other, operator]) {
      const path = `/api/stripe-sessions/${session?.id}/status`;
      expect((await call("PATCH", path, { token, body: { status: "canceled" } })).status).toBe(404);
    }
    expect((await stripe.client.checkout.sessions.retrieve(sessionId)).status).toBe("open");
    expect(await readUserState(user)).toMatchObject({ sessions: [{ status: "pending" }] });
  });

  it("is not shown to an admin's key, which has the rights of a user", async () => {
    standInStripe();
    const { paths } = await buyer();
    const key = await createKey(operator, { scopes: ["read"] });
    for (const path of paths) expect((await get(key, path)).status, path).toBe(404);
  });
});

describe("a list", () => {
  it("of all users is for admins, and can be narrowed to one user", async () => {
    standInStripe();
    const one = await buyer();
    const two = await buyer();
    for (const path of ["/api/orders", "/api/stripe-sessions"]) {
      const everyone = (await list(operator.token, `${path}?limit=100`)).data.map(
        (row) => row.userId,
      );
      expect(everyone).toEqual(expect.arrayContaining([one.user.userId, two.user.userId]));
      const narrowed = (await list(operator.token, `${path}?userId=${one.user.userId}`)).data.map(
        (row) => row.userId,
      );
      expect(narrowed).toEqual([one.user.userId]);
    }
  });

  it.each(["/api/orders", "/api/stripe-sessions", "/api/stripe-sessions/user/me"])(
    "%s pages from the newest row, each row once",
    async (path) => {
      standInStripe();
      const user = await signUp();
      const made: string[] = [];
      for (let at = 0; at < 5; at += 1)
        made.unshift((await openCheckout(user.token, { planId: "t-pack" })).stripeSessionId);
      const ids: string[] = [];
      let cursor: string | null = null;
      for (let page = 0; page === 0 || cursor !== null; page += 1) {
        const listed: ListBody = await list(
          user.token,
          `${path}?limit=2${cursor === null ? "" : `&cursor=${cursor}`}`,
        );
        expect(listed).toMatchObject({ object: "list", hasMore: page < 2 });
        ids.push(...listed.data.map((row) => row.id));
        cursor = listed.nextCursor;
      }
      const rows = await env.DB.prepare(
        "select id, order_id from checkout_sessions where user_id = ?",
      )
        .bind(user.userId)
        .all<{ id: string; order_id: string }>();
      const orderOf = new Map(rows.results.map((row) => [row.id, row.order_id]));
      expect(ids).toEqual(path === "/api/orders" ? made.map((id) => orderOf.get(id)) : made);
    },
  );

  it.each([
    "limit=0",
    "limit=101",
    "limit=x",
    "cursor=nope",
    "cursor=css_",
    "cursor=%27%20or%201=1",
    "cursor=",
  ])("refuses ?%s with 400", async (query) => {
    const user = await signUp();
    for (const path of ["/api/orders", "/api/stripe-sessions", "/api/stripe-sessions/user/me"]) {
      const answer = await get(user.token, `${path}?${query}`);
      expect(answer.status, path).toBe(400);
      expect(await answer.json()).toMatchObject({
        error: { code: "invalid_request", param: query.split("=")[0] },
      });
    }
  });
});
