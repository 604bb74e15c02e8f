import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { setUserPlan } from "../../src/auth/index.ts";
import { findPlan, loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { chatScriptWords } from "../../src/pages/chat-script-words.ts";
import { WORDS } from "../../src/pages/words/index.ts";
import { createAgent } from "../support/agents.ts";
import { openPage, pageText, submitForm } from "../support/browser.ts";
import { call } from "../support/call.ts";
import { listMessages, takeTurn } from "../support/conversation.ts";
import { type FundedUser, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { standInStripe } from "../support/stripe.ts";

const cookieOf = ({ refreshToken }: Pick<FundedUser, "refreshToken">) => ({
  cookie: `farebox_session=${refreshToken}`,
});

/** Returns the fields of the form for a message. */
const form = (message: string, more: Record<string, string> = {}) => ({
  message,
  model: "large",
  once: crypto.randomUUID(),
  ...more,
});

/** Signs up a user with credits who chats in a browser without scripts. */
async function signUpChatUser(credits = 100) {
  const model = standInModel();
  const user = await signUpFundedUser(credits);
  const headers = cookieOf(user);
  return {
    user,
    model,
    headers,
    page: (path: string) => pageText(path, headers),
    send: (path: string, fields: Record<string, string>) => submitForm(path, fields, headers),
  };
}

const locationOf = (response: Response): string => response.headers.get("location") ?? "";

/** Posts a message in a new conversation, and returns the path of its page. */
async function startConversation(
  { send }: Awaited<ReturnType<typeof signUpChatUser>>,
  message = "Hello.",
): Promise<string> {
  const response = await send("/chat", form(message));
  expect(response.status).toBe(303);
  return new URL(locationOf(response), "http://farebox.test").pathname;
}

/** Returns the part of a page that has the messages. */
const messages = (text: string): string =>
  text.slice(text.indexOf("data-messages"), text.indexOf('id="latest"'));

const idIn = (path: string): string => path.split("/")[2] ?? "";

describe("the chat page", () => {
  it("requires signing in, and returns to the same page afterwards", async () => {
    const agent = `agt_${"0".repeat(32)}`;
    const reply = await openPage(`/chat?agent=${agent}`);
    expect([reply.status, reply.headers.get("location")]).toEqual([
      303,
      `/login?next=${encodeURIComponent(`/chat?agent=${agent}`)}`,
    ]);
  });

  it("posts a message without a script, and shows the reply and its cost", async () => {
    const someone = await signUpChatUser();
    someone.model.next({ outputTokens: 40 });
    const path = await startConversation(someone, "Two\r\nlines");
    const [userMessage, reply] = await listMessages(someone.user, idIn(path));
    expect(userMessage?.content).toBe("Two\nlines");
    const text = await someone.page(path);
    expect(text).toContain(reply?.content);
    expect(text).toContain(
      `large · Tokens ${reply?.usage?.inputTokens} in, 40 out · Credits ${reply?.cost}`,
    );
    // The model chosen last stays selected.
    expect(text).toMatch(/<option value="large" selected="">/);
  });

  it("lists conversations, newest first, with a link to each", async () => {
    const someone = await signUpChatUser();
    const first = await startConversation(someone, "The first one");
    const second = await startConversation(someone, "The second one");
    const text = await someone.page("/chat");
    expect(text.indexOf(second)).toBeGreaterThan(0);
    expect(text.indexOf(first)).toBeGreaterThan(text.indexOf(second));
    expect(await someone.page(first)).toMatch(
      new RegExp(`<a href="${first}" aria-current="page"[^>]*>The first one`),
    );
  });

  it("escapes messages, titles and names of agents", async () => {
    const someone = await signUpChatUser();
    const evil = `<img src=x onerror="alert(1)">`;
    const path = await startConversation(someone, evil);
    await createAgent(someone.user, { name: evil, greeting: evil });
    await someone.send(`${path}/rename`, { title: evil });
    const text = await someone.page(path);
    expect(text).not.toContain("<img");
    expect(text.split("&lt;img").length - 1).toBeGreaterThanOrEqual(4);
  });

  it("posts a message once when its form is sent twice", async () => {
    const someone = await signUpChatUser();
    const fields = form("Only once.");
    const [first, second] = [
      await someone.send("/chat", fields),
      await someone.send("/chat", fields),
    ];
    expect(locationOf(second)).toBe(locationOf(first));
    expect(someone.model.calls).toHaveLength(1);
  });

  it("pages back through earlier messages", async () => {
    const someone = await signUpChatUser();
    const path = await startConversation(someone, "The very first words");
    for (let turn = 0; turn < 25; turn++)
      await takeTurn(someone.user, { conversationId: idIn(path), message: `Turn ${turn}.` });
    const newest = await someone.page(path);
    expect(newest).toContain("Turn 24.");
    expect(messages(newest)).not.toContain("The very first words");
    const earlier = /href="([^"]+\?earlier=[^"]+)"/.exec(newest)?.[1] ?? "";
    const before = await someone.page(earlier);
    expect(messages(before)).toContain("The very first words");
    expect(before).not.toContain("Turn 24.");
    expect(before).toContain(`href="${path}#latest"`);
  });

  it("renames, exports and deletes a conversation", async () => {
    const someone = await signUpChatUser();
    const path = await startConversation(someone);
    expect(locationOf(await someone.send(`${path}/rename`, { title: "My ride" }))).toBe(path);
    const text = await someone.page(path);
    expect(text).toMatch(/<h1[^>]*>My ride</);
    const exported =
      /href="(\/api\/conversations\/[^"]+\/export\?format=markdown)"/.exec(text)?.[1] ?? "";
    expect(await someone.page(exported)).toContain("# My ride");
    expect(locationOf(await someone.send(`${path}/delete`, {}))).toBe("/chat");
    expect((await openPage(path, someone.headers)).status).toBe(404);
    expect(await someone.page("/chat")).not.toContain("My ride");
  });

  it("answers 404 for another user's conversation (I10), on every route", async () => {
    const someone = await signUpChatUser();
    const path = await startConversation(someone, "A secret of mine");
    const other = cookieOf(await signUpFundedUser(10));
    const replies = await Promise.all([
      openPage(path, other),
      submitForm(path, form("Let me in."), other),
      submitForm(`${path}/rename`, { title: "Mine now" }, other),
      submitForm(`${path}/delete`, {}, other),
      submitForm(`${path}/pay`, { tier: "conversation" }, other),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    for (const reply of replies) expect(await reply.text()).not.toContain("secret of mine");
    expect(await someone.page(path)).toContain("A secret of mine");
  });

  it("chats with an agent, which greets first and decides the model", async () => {
    const someone = await signUpChatUser();
    const { id } = await createAgent(someone.user, {
      name: "Ada L.",
      greeting: "Good day to you.",
    });
    expect(await someone.page("/chat")).toContain(`href="/chat?agent=${id}"`);
    const empty = await someone.page(`/chat?agent=${id}`);
    for (const part of ["With Ada L.", "Good day to you.", `name="agentId" value="${id}"`])
      expect(empty).toContain(part);
    expect(empty).not.toContain('name="model"');
    const response = await someone.send("/chat", {
      message: "Hello.",
      agentId: id,
      once: crypto.randomUUID(),
    });
    const text = await someone.page(locationOf(response));
    for (const part of ["With Ada L.", "Good day to you.", "small · Tokens"])
      expect(text).toContain(part);
    expect((await openPage(`/chat?agent=agt_${"0".repeat(32)}`, someone.headers)).status).toBe(404);
  });
});

describe("a message that is not answered", () => {
  it("stays in the field for want of credits, with links for buying that lead back", async () => {
    const stripe = standInStripe();
    const someone = await signUpChatUser(0);
    const response = await someone.send("/chat", form("Dear <b>question</b>"));
    expect(response.status).toBe(402);
    const text = await response.text();
    expect(text).toMatch(/<textarea[^>]*>Dear &lt;b&gt;question&lt;\/b&gt;<\/textarea>/);
    expect(text).toContain("Credits to spend: 0.");
    const path =
      /form method="post" action="(\/chat\/cnv_[0-9a-f]{32})" class="composer"/.exec(text)?.[1] ??
      "";
    const credits = `/credits?next=${encodeURIComponent(path)}`;
    expect(text).toContain(`href="${credits}"`);

    expect(await someone.page(credits)).toContain(`name="next" value="${path}"`);
    const { data } = await (await call("GET", "/api/plans?limit=100")).json<{
      data: { id: string; slug: string }[];
    }>();
    const planId = data.find(({ slug }) => slug === "starter")?.id ?? "";
    const bought = await someone.send("/buy", { planId, currency: "usd", next: path });
    const paid = await stripe.pay(locationOf(bought));
    await stripe.control.deliver();
    const returnUrl = new URL(locationOf(paid));
    expect(await someone.page(`${returnUrl.pathname}${returnUrl.search}`)).toContain(
      `href="${path}"`,
    );
    expect((await someone.send(path, form("Dear question"))).status).toBe(303);
  });

  it("never redirects a buyer to another site", async () => {
    standInStripe();
    const someone = await signUpChatUser(0);
    const { data } = await (await call("GET", "/api/plans?limit=100")).json<{
      data: { id: string; slug: string }[];
    }>();
    const planId = data.find(({ slug }) => slug === "starter")?.id ?? "";
    const response = await someone.send("/buy", {
      planId,
      currency: "usd",
      next: "https://evil.example/",
    });
    expect(response.status).toBe(303);
    expect(await (await fetch(locationOf(response))).text()).not.toContain("evil.example");
  });

  it("is shown as not answered where the model failed, and stays in the field", async () => {
    const someone = await signUpChatUser();
    someone.model.next({ status: 503 }, 10);
    const response = await someone.send("/chat", form("Are you there?"));
    expect(response.status).toBe(502);
    const text = await response.text();
    expect(text).toContain("The model failed.");
    expect(text).toContain("not answered");
    expect(text).toMatch(/<textarea[^>]*>Are you there\?<\/textarea>/);
  });

  it("shows the reason once: beside the field, and with the message after a reload", async () => {
    const someone = await signUpChatUser();
    someone.model.next({ status: 503 }, 10);
    const response = await (await someone.send("/chat", form("Are you there?"))).text();
    const shown = (text: string) =>
      text.replace(/data-words="[^"]*"/, "").split("The model failed.").length - 1;
    expect(shown(response)).toBe(1);
    const path =
      /form method="post" action="(\/chat\/cnv_[0-9a-f]{32})" class="composer"/.exec(
        response,
      )?.[1] ?? "";
    expect(shown(await someone.page(path))).toBe(1);
  });

  it("does not blame the reader where the model provider is busy", async () => {
    const someone = await signUpChatUser();
    someone.model.next({ status: 429 }, 10);
    const response = await someone.send("/chat", form("Are you there?"));
    expect(response.status).toBe(429);
    const text = await response.text();
    expect(text).toContain("seller is busy");
    expect(text).not.toContain("too much at once");
  });

  it("names no setting where the operator has not set the model up", async () => {
    const someone = await signUpChatUser();
    const pricing = { inputPrice: 1, outputPrice: 1, contextLength: 1000, maxOutputTokens: 100 };
    const lost = { id: "lost", upstream: "nowhere", upstreamModel: "large", ...pricing };
    await loadCatalog(database(env.DB), { models: [lost], plans: [] }, Date.now());
    const response = await someone.send("/chat", form("Are you there?", { model: "lost" }));
    const text = await response.text();
    expect(text).toContain("This model is not available right now.");
    expect(text).not.toContain("UPSTREAMS");
  });

  it("is refused beside the field where it is empty", async () => {
    const someone = await signUpChatUser();
    const response = await someone.send("/chat", form("  "));
    expect([response.status, (await response.text()).includes("must say something")]).toEqual([
      400,
      true,
    ]);
    expect(someone.model.calls).toHaveLength(0);
  });
});

describe("a conversation that has to be paid for", () => {
  const TIER = {
    slug: "t-chat",
    name: "A chat of its own",
    kind: "one_time" as const,
    unlocks: "conversation" as const,
    credits: 5,
    sortOrder: 1,
    prices: [{ currency: "usd", amountMinor: 150 }],
  };
  const NOTHING = { slug: "t-nothing", name: "Nothing", kind: "one_time" as const, credits: 1 };

  it("is opened by paying on Stripe's page, which leads back to it", async () => {
    const stripe = standInStripe();
    const someone = await signUpChatUser(0);
    await loadCatalog(database(env.DB), { models: [], plans: [TIER, NOTHING] }, Date.now());
    const plan = await findPlan(database(env.DB), "t-nothing");
    if (plan === undefined) throw new Error("no plan");
    await setUserPlan(database(env.DB), someone.user.userId, plan, Date.now());

    const refused = await someone.send("/chat", form("May I?"));
    expect(refused.status).toBe(402);
    const text = await refused.text();
    const path = /action="(\/chat\/cnv_[0-9a-f]{32})\/pay"/.exec(text)?.[1] ?? "";
    expect(text).toContain("has to be paid for");
    expect(await someone.page(path)).toContain("A chat of its own");

    const response = await someone.send(`${path}/pay`, { tier: "t-chat" });
    expect(response.status).toBe(303);
    const paid = await stripe.pay(locationOf(response));
    await stripe.control.deliver();
    const returnUrl = new URL(locationOf(paid));
    expect(await someone.page(`${returnUrl.pathname}${returnUrl.search}`)).toContain(
      `href="${path}"`,
    );
    expect(await someone.page(path)).not.toContain("has to be paid for");
    expect((await someone.send(path, form("May I?"))).status).toBe(303);
  });
});

describe("the texts that the script fills in", () => {
  it.each(Object.entries(WORDS))(
    "have a placeholder for each value in %s",
    (_language, { words }) => {
      const { tokens, cost, available, used, resets } = chatScriptWords(words.chat);
      const places = [tokens, cost, available, used, resets].map((pattern) =>
        pattern.match(/\{\w+\}/g)?.toSorted(),
      );
      expect(places).toEqual([
        ["{input}", "{output}"],
        ["{credits}"],
        ["{credits}"],
        ["{limit}", "{used}"],
        ["{when}"],
      ]);
    },
  );
});
