import { describe, expect, it } from "vitest";
import { DAY_MS } from "../../src/time.ts";
import { call } from "../support/call.ts";
import { type FundedUser, sendChat, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { createKey, signUp } from "../support/sign-up.ts";

interface Chat {
  readonly id: string;
  readonly endedAt: string;
  readonly model: string;
  readonly key: { id: string; name: string | null } | null;
  readonly cost: number;
  readonly payer: string | null;
  readonly ending: string;
}
interface Page {
  readonly data: readonly Chat[];
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
}

const chats = async (who: Pick<FundedUser, "token">, query = ""): Promise<Page> => {
  const response = await call("GET", `/api/usage/chats${query}`, { token: who.token });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return await response.json<Page>();
};
const chat = async (key: string, model = "large") => {
  const response = await sendChat(
    { key },
    { model, messages: [{ role: "user", content: "Hi" }], max_tokens: 20 },
  );
  await response.text();
  return response.status;
};
const idOf = (key: string) => `key_${key.slice(3, 11)}`;
const rowsOf = async (response: Response) => (await response.text()).split("\r\n");
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

describe("the list of chats", () => {
  it("shows the model, cost, key and payer of each, newest first", async () => {
    standInModel();
    const who = await signUpFundedUser(5);
    const named = await createKey(who, { name: "ci" });
    await chat(who.key);
    await chat(named, "exact");
    const { data, hasMore } = await chats(who);
    expect(hasMore).toBe(false);
    expect(data).toMatchObject([
      {
        model: "exact",
        key: { id: idOf(named), name: "ci" },
        payer: "credits",
        ending: "complete",
        estimated: false,
      },
      {
        model: "large",
        key: { id: idOf(who.key), name: "test" },
        payer: "credits",
        ending: "complete",
      },
    ]);
    const ledger = await (await call("GET", "/api/credits/ledger", { token: who.token })).json<{
      data: { amount: number; holdId: string }[];
    }>();
    expect(data.map(({ id, cost }) => [id, -cost])).toEqual(
      ledger.data.slice(0, 2).map(({ holdId, amount }) => [holdId, amount]),
    );
  });

  it("has chats that the plan paid, at no cost, and failed ones, which nobody paid", async () => {
    const model = standInModel();
    const user = await signUp();
    const key = await createKey(user);
    await chat(key, "small");
    model.next({ status: 500 });
    expect(await chat(key, "small")).toBe(502);
    expect((await chats(user)).data).toMatchObject([
      { cost: 0, payer: null, ending: "upstream_failed", inputTokens: 0, outputTokens: 0 },
      { cost: 0, payer: "allowance", ending: "complete", outputTokens: expect.any(Number) },
    ]);
  });

  it("keeps the id of a revoked key, and not its name", async () => {
    standInModel();
    const who = await signUpFundedUser(5);
    const key = await createKey(who, { name: "gone" });
    await chat(key);
    await call("DELETE", `/api/api-keys/${idOf(key)}`, { token: who.token });
    expect((await chats(who)).data).toMatchObject([{ key: { id: idOf(key), name: null } }]);
  });

  it("filters by model, key, ending and day", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(5);
    const other = await createKey(who);
    await chat(who.key);
    await chat(other, "exact");
    model.next({ status: 500 });
    await chat(other);
    const found = async (query: string) => (await chats(who, query)).data.map(({ id }) => id);
    const [failed, exact, first] = await found("");
    expect(await found("?model=large")).toEqual([failed, first]);
    expect(await found(`?key=${idOf(other)}`)).toEqual([failed, exact]);
    expect(await found("?key=none")).toEqual([]);
    expect(await found("?ending=complete")).toEqual([exact, first]);
    expect(await found(`?ending=complete&key=${idOf(other)}&model=exact`)).toEqual([exact]);
    const today = dayOf(Date.now());
    const yesterday = dayOf(Date.now() - DAY_MS);
    expect(await found(`?from=${yesterday}&to=${today}`)).toEqual([failed, exact, first]);
    expect(await found(`?from=${dayOf(Date.now() - 2 * DAY_MS)}&to=${yesterday}`)).toEqual([]);
    expect(
      await found(`?from=${dayOf(Date.now() + DAY_MS)}&to=${dayOf(Date.now() + 2 * DAY_MS)}`),
    ).toEqual([]);
  });

  it("comes in pages without a gap or a repetition", async () => {
    standInModel();
    const who = await signUpFundedUser(5);
    for (let n = 0; n < 7; n++) await chat(who.key);
    const all = (await chats(who)).data.map(({ id }) => id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Page = await chats(who, `?limit=3${cursor === null ? "" : `&cursor=${cursor}`}`);
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(all);
    expect(all).toHaveLength(7);
  });

  it("is a file of all of them as CSV, in which no name is a formula", async () => {
    standInModel();
    const who = await signUpFundedUser(5);
    const key = await createKey(who, { name: '=HYPERLINK("http://evil.test","a,b")' });
    for (let n = 0; n < 12; n++) await chat(key);
    const response = await call("GET", "/api/usage/chats?format=csv", { token: who.token });
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="chats.csv"');
    const [head, ...rows] = await rowsOf(response);
    expect(head?.split(",")).toHaveLength(17);
    expect(rows).toHaveLength(13);
    expect(rows.at(-1)).toBe("");
    expect(rows[0]).toContain(`,"'=HYPERLINK(""http://evil.test"",""a,b"")",`);
  });

  it("refuses invalid filters, cursors and ranges", async () => {
    const { token } = await signUp();
    for (const [query, param] of [
      ["ending=died", "ending"],
      ["key=usr_1", "key"],
      ["model=", "model"],
      ["cursor=x", "cursor"],
      ["from=yesterday", "from"],
      ["from=2026-02-30", "from"],
      ["from=2026-03-02&to=2026-03-01", "from"],
      ["format=xml", "format"],
      ["colour=red", "colour"],
    ]) {
      const response = await call("GET", `/api/usage/chats?${query}`, { token });
      expect([
        query,
        response.status,
        (await response.json<{ error: { param: string } }>()).error.param,
      ]).toEqual([query, 400, param]);
    }
  });
});
