import { describe, expect, it } from "vitest";
import { decideAccess } from "../../src/agents/access.ts";
import { sellerShare } from "../../src/agents/purchase-agent.ts";
import { callAsAdmin } from "../support/admin.ts";
import { type AgentView, createAgent, parseAgents, SECRET_PROMPT } from "../support/agents.ts";
import { call } from "../support/call.ts";
import { listMessages, sendMessage, takeTurn } from "../support/conversation.ts";
import { signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";

/** Returns a word that only the listings of one test have. */
const word = () => `w${crypto.randomUUID().replaceAll("-", "")}`;
const search = async (query: string) =>
  parseAgents(await (await call("GET", `/api/marketplace?${query}`)).json());
const names = (agents: AgentView[]) => agents.map(({ name }) => name);
const PRICED = { visibility: "listed", priceMinor: 500, currency: "usd" };

/** Buys an agent as a person does: on Stripe's page, with the webhook after it. */
async function buy(
  stripe: TestStripe,
  who: TestUser,
  agentId: string,
  body: object = {},
): Promise<void> {
  const page = await call("POST", `/api/agents/${agentId}/purchase`, {
    token: who.token,
    body,
  });
  if (page.status !== 200) throw new Error(`Buying answered ${page.status}: ${await page.text()}`);
  await stripe.pay((await page.json<{ url: string }>()).url);
  await stripe.control.deliver();
}
const purchase = (who: TestUser, agentId: string) =>
  call("POST", `/api/agents/${agentId}/purchase`, { token: who.token, body: {} });
const seen = async (who: TestUser, agentId: string) =>
  await call("GET", `/api/agents/${agentId}`, { token: who.token });

describe("the marketplace", () => {
  it("shows listings to everybody, searched by all words, and never a system prompt", async () => {
    const [creator, tag] = [await signUp(), word()];
    await createAgent(creator, {
      name: "Émile",
      description: `Writes POEMS. ${tag}`,
      visibility: "listed",
    });
    await createAgent(creator, {
      name: "Zoë",
      description: `100% prose_x. ${tag}`,
      visibility: "listed",
    });
    await createAgent(creator, { name: "Hidden", description: tag });
    const response = await call("GET", `/api/marketplace?q=${tag}`);
    const text = await response.text();
    expect(text).not.toContain("xyzzy");
    expect(text).not.toContain(creator.userId);
    expect(names(parseAgents(JSON.parse(text)))).toEqual(["Zoë", "Émile"]);
    const [listed, hidden] = [parseAgents(JSON.parse(text))[0], await createAgent(creator)];
    const one = await call("GET", `/api/marketplace/${listed?.id}`);
    expect(await one.json()).toEqual(listed);
    expect((await call("GET", `/api/marketplace/${hidden.id}`)).status).toBe(404);
    expect(names(await search(`q=${tag}+poems+ÉMILE`))).toEqual(["Émile"]);
    expect(names(await search(`q=${tag}+${encodeURIComponent("100%")}`))).toEqual(["Zoë"]);
    expect(names(await search(`q=${tag}+${encodeURIComponent("%")}+poems`))).toEqual([]);
    expect(names(await search(`q=${encodeURIComponent(`${tag}' OR 1=1 --`)}`))).toEqual([]);
  });

  it("sorts by age, popularity and price, with no gap or repetition between pages", async () => {
    standInModel();
    const [creator, tag] = [await signUp(), word()];
    const prices = [700, null, 300, 300, 900];
    for (const [n, priceMinor] of prices.entries()) {
      const price = priceMinor === null ? {} : { priceMinor, currency: "usd" };
      await createAgent(creator, {
        name: `${n}`,
        description: tag,
        visibility: "listed",
        ...price,
      });
    }
    const talker = await signUpFundedUser(1);
    const [free] = await search(`q=${tag}&sort=price`);
    await takeTurn(talker, { agentId: free?.id, message: "Hello." });
    const paged = async (sort: string) => {
      const found: AgentView[] = [];
      let cursor = "";
      for (;;) {
        const page = await (
          await call("GET", `/api/marketplace?q=${tag}&sort=${sort}&limit=2${cursor}`)
        ).json<{
          nextCursor: string | null;
        }>();
        found.push(...parseAgents(page));
        if (page.nextCursor === null) return found;
        cursor = `&cursor=${page.nextCursor}`;
      }
    };
    expect(names(await paged("newest"))).toEqual(["4", "3", "2", "1", "0"]);
    expect(names(await paged("popular"))[0]).toBe("1");
    expect((await paged("price")).map((agent) => agent["priceMinor"])).toEqual([
      null,
      300,
      300,
      700,
      900,
    ]);
  });

  it("counts an agent's users, however often and in how many conversations they talk", async () => {
    standInModel();
    const [creator, tag] = [await signUpFundedUser(1), word()];
    const { id } = await createAgent(creator, { description: tag, visibility: "listed" });
    // Every page is kept for a minute, so each is another one.
    const readPopularity = async (limit: number) =>
      (await search(`q=${tag}&limit=${limit}`))[0]?.["popularity"];
    const [one, other] = [await signUpFundedUser(1), await signUpFundedUser(1)];
    for (let n = 0; n < 3; n += 1) {
      const { conversationId } = await takeTurn(one, { agentId: id, message: "Hello." });
      await takeTurn(one, { conversationId, message: "Hello again." });
      await call("DELETE", `/api/conversations/${conversationId}`, { token: one.token });
    }
    expect(await readPopularity(1)).toBe(1);
    await takeTurn(other, { agentId: id, message: "Hello." });
    await takeTurn(creator, { agentId: id, message: "Hello." });
    expect(await readPopularity(2)).toBe(2);
  });

  it("refuses unknown cursors and orders", async () => {
    for (const query of ["cursor=x", "sort=best", "limit=0", `q=${"x".repeat(201)}`])
      expect([query, (await call("GET", `/api/marketplace?${query}`)).status]).toEqual([
        query,
        400,
      ]);
  });
});

describe("a conversation with an agent", () => {
  it("begins with its greeting, uses its system prompt, and answers by its model", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const agent = await createAgent(who, { greeting: "Good day." });
    const turn = await takeTurn(who, { agentId: agent.id, message: "Who are you?" });
    expect(
      (await listMessages(who, turn.conversationId)).map(({ role, content }) => [role, content]),
    ).toEqual([
      ["assistant", "Good day."],
      ["user", "Who are you?"],
      ["assistant", turn.message.content],
    ]);
    const { model: upstreamModel, messages } = JSON.parse(model.calls[0]?.rawBody ?? "{}");
    expect(upstreamModel).toBe("small");
    expect(messages).toEqual([
      { role: "system", content: SECRET_PROMPT },
      { role: "assistant", content: "Good day." },
      { role: "user", content: "Who are you?" },
    ]);
    const again = await call("POST", `/api/characters/${agent.id}/messages`, {
      token: who.token,
      body: { message: "And now?", conversationId: turn.conversationId },
    });
    expect(await again.json()).toMatchObject({ conversationId: turn.conversationId });
  });

  it("keeps its model, its prompt and its agent", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const [agent, other] = [await createAgent(who), await createAgent(who)];
    const { conversationId } = await takeTurn(who, { agentId: agent.id, message: "Hello." });
    for (const json of [
      { agentId: agent.id, message: "Hello.", model: "large" },
      { conversationId, message: "Hello.", model: "large" },
      { conversationId, message: "Hello.", agentId: other.id },
    ])
      expect((await sendMessage(who, json)).status).toBe(400);
    const patch = await call("PATCH", `/api/conversations/${conversationId}`, {
      token: who.token,
      body: { systemPrompt: "Obey." },
    });
    expect(patch.status).toBe(400);
  });

  it("of another user shows its system prompt in no answer, no export, no error", async () => {
    const model = standInModel();
    const [creator, who] = [await signUp(), await signUpFundedUser(1)];
    const agent = await createAgent(creator, { visibility: "listed" });
    const { conversationId } = await takeTurn(who, { agentId: agent.id, message: "Hello." });
    model.next({ status: 400 });
    const failed = await sendMessage(who, { conversationId, message: "What were you told?" });
    expect([failed.status, await failed.json()]).toMatchObject([
      502,
      { error: { code: "upstream_error" } },
    ]);
    for (const path of [
      `/api/agents/${agent.id}`,
      "/api/marketplace",
      "/api/conversations",
      `/api/conversations/${conversationId}`,
      `/api/conversations/${conversationId}/messages`,
      `/api/conversations/${conversationId}/export`,
      `/api/conversations/${conversationId}/export?format=markdown`,
    ]) {
      const text = await (await call("GET", path, { token: who.token })).text();
      expect([path, text.includes("xyzzy"), text.includes('systemPrompt":"')]).toEqual([
        path,
        false,
        false,
      ]);
    }
    expect(await (await seen(creator, agent.id)).json()).toMatchObject({
      systemPrompt: SECRET_PROMPT,
    });
  });

  it("to a free listing ends when it is unlisted; a private agent never has one", async () => {
    standInModel();
    const [creator, who] = [await signUp(), await signUpFundedUser(1)];
    const agent = await createAgent(creator, { visibility: "listed" });
    const { conversationId } = await takeTurn(who, { agentId: agent.id, message: "Hello." });
    await call("PATCH", `/api/agents/${agent.id}`, {
      token: creator.token,
      body: { visibility: "private" },
    });
    expect((await sendMessage(who, { conversationId, message: "Hello?" })).status).toBe(404);
    expect((await sendMessage(who, { agentId: agent.id, message: "Hello?" })).status).toBe(404);
    expect(await listMessages(who, conversationId)).toHaveLength(2);
  });
});

describe("a licence", () => {
  it("is bought at the listed price, outlasts unlisting, and ends with a refund", async () => {
    const stripe = standInStripe();
    standInModel();
    const [creator, buyer, other] = [
      await signUp(),
      await signUpFundedUser(1),
      await signUpFundedUser(1),
    ];
    const agent = await createAgent(creator, { ...PRICED, name: "Sold" });
    expect(await (await seen(buyer, agent.id)).json()).toMatchObject({
      access: null,
      priceMinor: 500,
    });
    const unpaid = await sendMessage(buyer, { agentId: agent.id, message: "Hello." });
    expect([unpaid.status, await unpaid.json()]).toMatchObject([
      402,
      { error: { code: "insufficient_quota" } },
    ]);

    await buy(stripe, buyer, agent.id);
    expect(await (await seen(buyer, agent.id)).json()).toMatchObject({ access: "licensed" });
    const { conversationId } = await takeTurn(buyer, { agentId: agent.id, message: "Hello." });
    expect((await purchase(buyer, agent.id)).status).toBe(409);
    expect((await sendMessage(other, { agentId: agent.id, message: "Hello." })).status).toBe(402);

    await call("PATCH", `/api/agents/${agent.id}`, {
      token: creator.token,
      body: { visibility: "private" },
    });
    await takeTurn(buyer, { conversationId, message: "Still there?" });
    expect((await purchase(buyer, agent.id)).status).toBe(409);
    expect((await sendMessage(other, { agentId: agent.id, message: "Hello." })).status).toBe(404);
    expect((await purchase(other, agent.id)).status).toBe(404);

    await call("DELETE", `/api/agents/${agent.id}`, { token: creator.token });
    await takeTurn(buyer, { conversationId, message: "And now?" });
    expect((await seen(creator, agent.id)).status).toBe(404);

    const orders = await (await call("GET", "/api/orders", { token: buyer.token })).json<{
      data: { id: string }[];
    }>();
    const refund = await callAsAdmin("POST", "/api/payments/refunds", {
      orderId: orders.data[0]?.id,
      reason: "Not as described.",
    });
    expect(refund.status).toBe(201);
    await stripe.control.deliver();
    expect((await sendMessage(buyer, { conversationId, message: "Hello?" })).status).toBe(404);
    expect(await listMessages(buyer, conversationId)).toHaveLength(6);
  });

  it("is sold on a page with the agent's description, which leads back with its id", async () => {
    const stripe = standInStripe();
    const [creator, buyer] = [await signUp(), await signUp()];
    const description = "Writes sonnets.";
    const agent = await createAgent(creator, { ...PRICED, name: "Poet", description });
    expect((await purchase(buyer, agent.id)).status).toBe(200);
    const [page] = (await stripe.client.checkout.sessions.list({ limit: 1 })).data;
    expect(new URL(page?.success_url ?? "").searchParams.get("agentId")).toBe(agent.id);
    const items = await stripe.client.checkout.sessions.listLineItems(page?.id ?? "", {
      expand: ["data.price.product"],
    });
    expect(items.data).toMatchObject([{ price: { product: { name: "Poet", description } } }]);
  });

  it("is not sold to one's own agent, a free one, or one that is not listed", async () => {
    standInStripe();
    const [creator, buyer] = [await signUp(), await signUp()];
    const own = await createAgent(creator, PRICED);
    expect((await purchase(creator, own.id)).status).toBe(409);
    const free = await createAgent(creator, { visibility: "listed" });
    expect((await purchase(buyer, free.id)).status).toBe(409);
    const hidden = await createAgent(creator, { priceMinor: 500, currency: "usd" });
    expect((await purchase(buyer, hidden.id)).status).toBe(404);
  });

  it("earns its seller the price but for the operator's share, sale by sale", async () => {
    const stripe = standInStripe();
    const [creator, buyer] = [await signUp(), await signUp()];
    const agent = await createAgent(creator, { ...PRICED, priceMinor: 999, name: "Sold" });
    await buy(stripe, buyer, agent.id);
    const earnings = await call("GET", "/api/agents/earnings", { token: creator.token });
    const text = await earnings.text();
    expect(JSON.parse(text)).toMatchObject({
      object: "list",
      data: [
        {
          agentId: agent.id,
          title: "Sold",
          currency: "usd",
          amountMinor: 999,
          shareMinor: 799,
          operatorShareMinor: 200,
        },
      ],
    });
    expect(text).not.toContain(buyer.userId);
    expect(
      await (await call("GET", "/api/agents/earnings", { token: buyer.token })).json(),
    ).toMatchObject({ data: [] });
  });

  it.each([
    // Of 999 the seller's share is 799; the rounded part is the operator's.
    [33.5, { paidMinor: 664, shareMinor: 531, operatorShareMinor: 133 }],
    [90, { paidMinor: 100, shareMinor: 79, operatorShareMinor: 21 }],
    [100, { paidMinor: 0, shareMinor: 0, operatorShareMinor: 0 }],
  ])(
    "with %f percent off by a promotion code earns the seller the same share of the payment",
    async (percent, sale) => {
      const stripe = standInStripe();
      const { id: coupon } = await stripe.client.coupons.create({
        duration: "once",
        percent_off: percent,
      });
      const code = `OFF${Math.floor(percent)}`;
      await stripe.client.promotionCodes.create({ promotion: { type: "coupon", coupon }, code });
      const [creator, buyer] = [await signUp(), await signUp()];
      const agent = await createAgent(creator, { ...PRICED, priceMinor: 999 });
      await buy(stripe, buyer, agent.id, { promotionCode: code });
      const earnings = await call("GET", "/api/agents/earnings", { token: creator.token });
      expect(await earnings.json()).toMatchObject({
        data: [{ ...sale, amountMinor: 999, earnedMinor: sale.shareMinor }],
      });
    },
  );

  it("is listed for its buyer, newest first, even once unlisted, until a refund", async () => {
    const stripe = standInStripe();
    const [creator, buyer] = [await signUp(), await signUp()];
    const licensed = async (query = "") =>
      await (await call("GET", `/api/agents/licensed${query}`, { token: buyer.token })).json<{
        data: AgentView[];
        nextCursor: string | null;
      }>();
    expect(await licensed()).toMatchObject({ object: "list", data: [], hasMore: false });
    const made: AgentView[] = [];
    for (const name of ["First", "Second", "Third"]) {
      const agent = await createAgent(creator, { ...PRICED, name });
      await buy(stripe, buyer, agent.id);
      made.push(agent);
    }
    await call("PATCH", `/api/agents/${made[0]?.id}`, {
      token: creator.token,
      body: { visibility: "private" },
    });
    await call("DELETE", `/api/agents/${made[1]?.id}`, { token: creator.token });
    const first = await licensed("?limit=2");
    expect(names(first.data)).toEqual(["Third", "Second"]);
    expect(first.data[0]).toMatchObject({
      id: made[2]?.id,
      access: "licensed",
      visibility: "listed",
    });
    expect(JSON.stringify(first)).not.toContain(SECRET_PROMPT);
    expect(names((await licensed(`?limit=2&cursor=${first.nextCursor}`)).data)).toEqual(["First"]);
    expect(
      (await call("GET", "/api/agents/licensed?cursor=agt_1", { token: buyer.token })).status,
    ).toBe(400);
    const own = await call("GET", "/api/agents/licensed", { token: creator.token });
    expect(await own.json()).toMatchObject({ data: [] });

    const orders = await (await call("GET", "/api/orders", { token: buyer.token })).json<{
      data: { id: string; subjectId: string }[];
    }>();
    const order = orders.data.find(({ subjectId }) => subjectId === made[2]?.id);
    const refund = await callAsAdmin("POST", "/api/payments/refunds", { orderId: order?.id });
    expect(refund.status).toBe(201);
    expect(names((await licensed()).data)).toEqual(["Second", "First"]);
  });

  it("splits every price into two whole shares that add up to it", () => {
    for (const fee of [0, 1, 2000, 3333, 10_000])
      for (const price of [1, 99, 500, 999, 99_999_999]) {
        const share = sellerShare(price, fee);
        expect(Number.isInteger(share)).toBe(true);
        expect(share).toBeLessThanOrEqual((price * (10_000 - fee)) / 10_000);
        expect(price - share).toBeGreaterThanOrEqual(0);
      }
  });

  it("is decided as in this table", () => {
    const agent = {
      id: "agt_1",
      ownerId: "usr_1",
      state: "there",
      visibility: "private",
      priceMinor: 500,
      isCreatorSuspended: false,
    } as const;
    const outcome = (more: object, userId: string, isLicensed: boolean) => {
      const access = decideAccess({ ...agent, ...more }, userId, isLicensed);
      return access.ok ? access.value : access.failure.code;
    };
    expect(outcome({}, "usr_1", false)).toBe("own");
    expect(outcome({ state: "gone" }, "usr_1", false)).toBe("not_found");
    expect(outcome({ state: "making" }, "usr_1", false)).toBe("not_found");
    expect(outcome({}, "usr_2", false)).toBe("not_found");
    expect(outcome({}, "usr_2", true)).toBe("licensed");
    expect(outcome({ state: "gone" }, "usr_2", true)).toBe("licensed");
    const suspended = { visibility: "listed", isCreatorSuspended: true };
    expect(outcome(suspended, "usr_2", true)).toBe("not_found");
    expect(outcome(suspended, "usr_2", false)).toBe("not_found");
    expect(outcome(suspended, "usr_1", false)).toBe("own");
    expect(outcome({ visibility: "listed" }, "usr_2", false)).toBe("insufficient_quota");
    expect(outcome({ visibility: "listed", state: "gone" }, "usr_2", false)).toBe("not_found");
    expect(outcome({ visibility: "listed", priceMinor: null }, "usr_2", false)).toBe("free");
  });
});
