import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { setUserPlan } from "../../src/auth/index.ts";
import { findPlan, loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { groupByDay } from "../../src/pages/chat/group-by-day.ts";
import { chatScriptWords } from "../../src/pages/chat/script-words.ts";
import { isolate } from "../../src/pages/format.ts";
import { WORDS } from "../../src/pages/words/index.ts";
import { DAY_MS } from "../../src/time.ts";
import { createAgent } from "../support/agents.ts";
import { openPage, pageText, submitForm } from "../support/browser.ts";
import { call } from "../support/call.ts";
import { listMessages, takeTurn } from "../support/conversation.ts";
import { type FundedUser, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { signUp } from "../support/sign-up.ts";
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
      ["large", `${(reply?.usage?.inputTokens ?? 0) + 40} tokens`, `${reply?.cost} credits`]
        .map(isolate)
        .join(" · "),
    );
    expect(text).toContain(`title="${reply?.usage?.inputTokens} input, 40 output"`);
    // The model chosen last stays selected.
    expect(text).toMatch(/<input type="radio" name="model" value="large" checked=""/);
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
    expect(text).not.toContain("<img src=x");
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
    for (const part of ["With Ada L.", "Good day to you.", `${isolate("small")} · `])
      expect(text).toContain(part);
    expect((await openPage(`/chat?agent=agt_${"0".repeat(32)}`, someone.headers)).status).toBe(404);
  });
});

describe("what was said", () => {
  /** The reply of a model, as its page shows it. */
  const replyIn = (text: string) =>
    /<div class="text" data-part="text">(.*?)<\/div><template/s.exec(text)?.[1] ?? "";

  it("is shown as its Markdown says, without a script", async () => {
    const someone = await signUpChatUser();
    const path = await startConversation(
      someone,
      "markdown: **Bold**, <b>no tag</b>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n" +
        "```js\nlet a;\n```\n\n$x^2$",
    );
    const html = replyIn(await someone.page(path));
    expect(html).toContain("<strong>Bold</strong>, &lt;b&gt;no tag&lt;/b&gt;");
    expect(html).toContain("<table");
    expect(html).toContain('<span class="hljs-keyword">let</span>');
    expect(html).toContain("<math>");
  });

  it("is shown as it was written where a page has more than it renders at once", async () => {
    const someone = await signUpChatUser();
    const path = await startConversation(someone, `markdown: **old** ${"x y ".repeat(4000)}`);
    for (let turn = 0; turn < 4; turn++)
      await takeTurn(someone.user, {
        conversationId: idIn(path),
        message: `markdown: **new** ${"x y ".repeat(4000)}`,
      });
    const text = await someone.page(path);
    expect(text).toContain("<strong>new</strong>");
    expect(text).not.toContain("<strong>old</strong>");
    expect(text).toMatch(/data-unrendered=""[^>]*>\*\*old\*\*/);
  });

  it("can be edited or sent again: both begin a branch, and branches can be switched", async () => {
    const someone = await signUpChatUser();
    const path = await startConversation(someone, "First thoughts");
    const [question] = await listMessages(someone.user, idIn(path));
    const branchOf = question?.id ?? "";
    const page = await someone.page(path);
    expect(page).toContain(`name="branchOf" value="${branchOf}"`);
    expect(page).toContain("It&#39;s charged like a new message.");

    const edited = await someone.send(path, form("Second thoughts", { branchOf }));
    expect(edited.status).toBe(303);
    const text = await someone.page(path);
    expect(messages(text)).not.toContain("First thoughts");
    expect(text).toContain("Version 2 of 2");
    expect(text).toMatch(new RegExp(`name="branch" value="${branchOf}"`));

    const back = await someone.send(`${path}/branch`, { branch: branchOf });
    expect(locationOf(back)).toBe(`${path}#${branchOf}`);
    expect(messages(await someone.page(path))).toContain("First thoughts");
  });

  it("is found by a search, over titles and messages", async () => {
    const someone = await signUpChatUser();
    const rome = await startConversation(someone, "Where is Rome?");
    const oslo = await startConversation(someone, "Where is Oslo?");
    const found = await someone.page("/chat?search=rome");
    expect(found).toContain(`href="${rome}"`);
    expect(found).not.toContain(`href="${oslo}"`);
    expect(await someone.page("/chat?search=nowhere%20else")).toContain("No conversations found.");
    expect(await someone.page("/chat?search=%3Cimg%3E")).toContain('value="&lt;img&gt;"');
  });

  it("is listed by day", () => {
    const now = Date.UTC(2030, 5, 15, 12);
    const at = (daysAgo: number) => ({ createdAt: new Date(now - daysAgo * DAY_MS).toISOString() });
    const groups = groupByDay([0, 1, 2, 7, 8, 30, 31].map(at), now);
    expect(groups.map(({ day, items }) => [day, items.length])).toEqual([
      ["today", 1],
      ["yesterday", 1],
      ["week", 2],
      ["month", 2],
      ["earlier", 1],
    ]);
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
    expect(text).toContain("Your balance is 0 credits.");
    const path =
      /form method="post" action="(\/chat\/cnv_[0-9a-f]{32})" id="composer"/.exec(text)?.[1] ?? "";
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

  it("says which model the plan does not include, and offers one that it does", async () => {
    standInModel();
    const user = await signUp();
    const headers = cookieOf(user);
    const response = await submitForm("/chat", form("Dear question"), headers);
    const text = await response.text();
    expect(text).toContain("large isn&#39;t in your Free plan.");
    const model = /form="composer" name="useModel" value="(\w+)"/.exec(text)?.[1] ?? "";
    expect(text).toContain(`Use ${model} – included`);
    const path = /action="(\/chat\/cnv_[0-9a-f]{32})" id="composer"/.exec(text)?.[1] ?? "";
    const fields = form("Dear question", { useModel: model });
    expect((await submitForm(path, fields, headers)).status).toBe(303);
    const [, reply] = await listMessages(user, idIn(path));
    expect(reply?.model).toBe(model);
    expect(await pageText(path, headers)).toContain("included in your plan");
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
    expect(text).toContain("Failed");
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
      /form method="post" action="(\/chat\/cnv_[0-9a-f]{32})" id="composer"/.exec(response)?.[1] ??
      "";
    expect(shown(await someone.page(path))).toBe(1);
  });

  it("does not blame the reader where the model provider is busy", async () => {
    const someone = await signUpChatUser();
    someone.model.next({ status: 429 }, 10);
    const response = await someone.send("/chat", form("Are you there?"));
    expect(response.status).toBe(429);
    const text = await response.text();
    expect(text).toContain("model is overloaded");
    expect(text).not.toContain("too much at once");
  });

  it("names no setting where the operator has not set the model up", async () => {
    const someone = await signUpChatUser();
    const pricing = { inputPrice: 1, outputPrice: 1, contextLength: 1000, maxOutputTokens: 100 };
    const lost = { id: "lost", upstream: "nowhere", upstreamModel: "large", ...pricing };
    await loadCatalog(database(env.DB), { models: [lost], plans: [] }, Date.now());
    const response = await someone.send("/chat", form("Are you there?", { model: "lost" }));
    const text = await response.text();
    expect(text).toContain("This model isn&#39;t available right now.");
    expect(text).not.toContain("UPSTREAMS");
  });

  it("is refused beside the field where it is empty", async () => {
    const someone = await signUpChatUser();
    const response = await someone.send("/chat", form("  "));
    expect([response.status, (await response.text()).includes("must not be blank")]).toEqual([
      400,
      true,
    ]);
    expect(someone.model.calls).toHaveLength(0);
  });
});

describe("a message beyond the plan", () => {
  const DAILY = {
    slug: "t-daily",
    name: "Daily",
    kind: "subscription" as const,
    allowances: { message: { limit: 1, period: "day" as const }, token: "unlimited" as const },
    credits: 0,
    sortOrder: 1,
  };

  it("is refused with the number that was used up, and when it resets", async () => {
    const someone = await signUpChatUser(0);
    await loadCatalog(database(env.DB), { models: [], plans: [DAILY] }, Date.now());
    const plan = await findPlan(database(env.DB), "t-daily");
    if (plan === undefined) throw new Error("no plan");
    await setUserPlan(database(env.DB), someone.user.userId, plan, Date.now());
    await someone.user.account.setEntitlement({
      entitlement: {
        planId: plan.id,
        planVersion: 1,
        allowances: { message: DAILY.allowances.message },
        models: null,
        features: [],
        requestsPerMinute: 100,
      },
    });
    const path = await startConversation(someone);
    const refused = await someone.send(path, form("One more"));
    expect(refused.status).toBe(402);
    const text = await refused.text();
    expect(text).toContain("You&#39;ve used today&#39;s 1 messages.");
    expect(text).toMatch(/Resets in \d+ (?:minutes?|hours?)\./);
    expect(text).toMatch(/<textarea[^>]*>One more<\/textarea>/);
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
    expect(text).toContain("Unlock this conversation to chat.");
    expect(await someone.page(path)).toContain("A chat of its own");

    const response = await someone.send(`${path}/pay`, { tier: "t-chat" });
    expect(response.status).toBe(303);
    const paid = await stripe.pay(locationOf(response));
    await stripe.control.deliver();
    const returnUrl = new URL(locationOf(paid));
    expect(await someone.page(`${returnUrl.pathname}${returnUrl.search}`)).toContain(
      `href="${path}"`,
    );
    expect(await someone.page(path)).not.toContain("Unlock this conversation to chat.");
    expect((await someone.send(path, form("May I?"))).status).toBe(303);
  });
});

describe("the texts that the script fills in", () => {
  it.each(Object.entries(WORDS))(
    "have a placeholder for each value in %s",
    (_language, { words }) => {
      const script = chatScriptWords(words.chat);
      const placesIn = (pattern: string) => pattern.match(/\{\w+\}/g)?.toSorted();
      expect(placesIn(script.tokensDetail)).toEqual(["{input}", "{output}"]);
      expect(placesIn(script.notIncluded)).toEqual(["{model}", "{plan}"]);
      expect(placesIn(script.branch)).toEqual(["{at}", "{of}"]);
      for (const text of [script.cost, script.available, script.estimateUpTo])
        expect(placesIn(text)).toEqual(["{credits}"]);
      expect(placesIn(script.resets)).toEqual(["{when}"]);
      expect(placesIn(script.useModel)).toEqual(["{model}"]);
      for (const text of Object.values({ ...script.usedUp.message, ...script.usedUp.token }))
        expect(placesIn(text)).toEqual(["{limit}"]);
      for (const text of Object.values(script.tokens.forms)) expect(text).toMatch(/\S/);
    },
  );
});
