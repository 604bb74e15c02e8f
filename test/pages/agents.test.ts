import { describe, expect, it } from "vitest";
import { parseAmount, parseNumber } from "../../src/pages/parse-input.ts";
import { createAgent, SECRET_PROMPT } from "../support/agents.ts";
import {
  openPage,
  pageText,
  readFormFields,
  signUpVisitor,
  submitForm,
} from "../support/browser.ts";
import { standInStripe } from "../support/stripe.ts";

const FIELDS = {
  name: "Ada",
  description: "",
  systemPrompt: SECRET_PROMPT,
  model: "small",
  greeting: "",
  avatarUrl: "",
  tools: "",
};
const PRICED = { visibility: "listed", priceMinor: 450, currency: "usd" };
const uniqueWord = () => `w${crypto.randomUUID().replaceAll("-", "")}`;

describe("a user's own agents", () => {
  it("are created, updated, listed at a price, unlisted and deleted by forms", async () => {
    const { cookie } = await signUpVisitor();
    const tag = uniqueWord();
    const created = await submitForm(
      "/agents",
      { ...FIELDS, name: tag, greeting: "Hello there" },
      { cookie },
    );
    const path = created.headers.get("location") ?? "";
    expect([created.status, path]).toEqual([303, expect.stringMatching(/^\/agents\/agt_/)]);
    expect(await pageText("/agents", { cookie })).toContain(`${path}/edit`);

    const changed = await submitForm(
      path,
      { ...FIELDS, name: tag, description: "Counts <b>trains</b>\nand planes" },
      { cookie },
    );
    expect([changed.status, changed.headers.get("location")]).toEqual([303, path]);
    const edit = await pageText(`${path}/edit`, { cookie });
    expect(edit).toContain("Counts &lt;b&gt;trains&lt;/b&gt;\nand planes");
    expect(edit).toContain("xyzzy-42");
    expect(edit).not.toContain("Hello there");

    expect((await openPage(path)).status).toBe(404);
    expect(
      (await submitForm(`${path}/list`, { price: "4.50", currency: "usd" }, { cookie })).status,
    ).toBe(303);
    const market = await pageText(`/marketplace?q=${tag}`);
    expect(market).toContain("$4.50");
    const listing = await pageText(path);
    expect(listing).toContain("Sign in to buy");
    expect(listing).not.toContain("xyzzy");

    await submitForm(`${path}/list`, { price: "", currency: "usd" }, { cookie });
    expect(await pageText(path)).toContain("Sign in to chat");
    await submitForm(`${path}/unlist`, {}, { cookie });
    expect((await openPage(path)).status).toBe(404);
    expect((await submitForm(`${path}/delete`, {}, { cookie })).status).toBe(303);
    expect((await openPage(path, { cookie })).status).toBe(404);
    expect(await pageText("/agents", { cookie })).toContain("No agents yet");
  });

  it("get a model that the plan includes, unless another is chosen", async () => {
    const { cookie } = await signUpVisitor();
    const fields = await readFormFields(await openPage("/agents/new", { cookie }));
    expect(fields["model"]).toBe("small");
    expect(
      (await submitForm("/agents", { ...fields, name: "Ada", systemPrompt: "Be Ada." }, { cookie }))
        .status,
    ).toBe(303);
  });

  it("isolate the price from the count in right-to-left text", async () => {
    const { cookie, ...user } = await signUpVisitor();
    await createAgent(user, PRICED);
    const card =
      /<p class="small">(.*?)<\/p>/.exec(await pageText("/agents?lang=ar", { cookie }))?.[1] ?? "";
    expect(card).toMatch(/^<bdi>[^<]*4\.50[^<]*<\/bdi> · <bdi>[^<]*ستخدم[^<]*<\/bdi>$/);
  });

  it("keep what was typed, with the error beside its field", async () => {
    const { cookie, ...user } = await signUpVisitor();
    const refused = await submitForm(
      "/agents",
      { ...FIELDS, name: "Kept", avatarUrl: "http://plain.example/a.png" },
      { cookie },
    );
    const text = await refused.text();
    expect(refused.status).toBe(400);
    expect(text).toContain('value="Kept"');
    expect(text).toContain('aria-describedby="avatarUrl-hint avatarUrl-problem"');
    const { id } = await createAgent(user);
    for (const [price, currency] of [
      ["cheap", "usd"],
      ["1.005", "usd"],
      ["1.5", "jpy"],
      ["0", "usd"],
    ] as const) {
      const listed = await submitForm(`/agents/${id}/list`, { price, currency }, { cookie });
      expect([listed.status, await listed.text()], price).toEqual([
        400,
        expect.stringContaining('id="price-problem"'),
      ]);
    }
    expect((await openPage(`/agents/${id}`)).status).toBe(404);
  });

  it("lead to the plans where the plan does not allow them", async () => {
    const { cookie } = await signUpVisitor();
    const refused = await submitForm(
      "/agents",
      { ...FIELDS, tools: "a-tool-of-no-plan" },
      { cookie },
    );
    const text = await refused.text();
    expect([refused.status, text]).toEqual([402, expect.stringContaining('id="tools-problem"')]);
    expect(text).toContain('<a href="/pricing">Change plan</a>');
  });

  it("cannot be changed by others (I10), listed or not, and require signing in", async () => {
    const [{ cookie: _, ...creator }, other] = [await signUpVisitor(), await signUpVisitor()];
    const { id } = await createAgent(creator, { visibility: "listed" });
    for (const path of [
      `/agents/${id}`,
      `/agents/${id}/list`,
      `/agents/${id}/unlist`,
      `/agents/${id}/delete`,
    ]) {
      const fields = { ...FIELDS, name: "Mine", price: "1", currency: "usd" };
      expect((await submitForm(path, fields, { cookie: other.cookie })).status, path).toBe(404);
      expect((await submitForm(path, fields)).headers.get("location"), path).toContain(
        "/login?next=",
      );
    }
    expect((await openPage(`/agents/${id}/edit`, { cookie: other.cookie })).status).toBe(404);
    expect((await openPage("/agents")).headers.get("location")).toBe("/login?next=%2Fagents");
    expect(await pageText(`/agents/${id}`, { cookie: other.cookie })).toContain("/chat?agent=");
  });
});

describe("the marketplace", () => {
  it("sells a licence, opens the agent to its buyer, and shows the earnings", async () => {
    const stripe = standInStripe();
    const [seller, buyer] = [await signUpVisitor(), await signUpVisitor()];
    const { id } = await createAgent(seller, PRICED);
    expect(await pageText(`/agents/${id}`, { cookie: buyer.cookie })).toContain("Buy for $4.50");
    const response = await submitForm(`/agents/${id}/buy`, {}, { cookie: buyer.cookie });
    expect(response.status).toBe(303);
    await stripe.pay(response.headers.get("location") ?? "");
    await stripe.control.deliver();
    const bought = await pageText(`/agents/${id}`, { cookie: buyer.cookie });
    expect(bought).toContain(`/chat?agent=${id}`);
    expect(bought).not.toContain("xyzzy");
    // A bought agent is listed, although only free agents of others are.
    expect(await pageText("/chat", { cookie: buyer.cookie })).toContain(`href="/chat?agent=${id}"`);
    expect((await submitForm(`/agents/${id}/buy`, {}, { cookie: buyer.cookie })).status).toBe(409);
    expect(await pageText("/agents", { cookie: seller.cookie })).toContain("$4.50");
    expect(await pageText("/agents/earnings", { cookie: seller.cookie })).toContain("Ada");
  });

  it("searches, sorts and pages, with the search kept in the address", async () => {
    const { cookie: _, ...creator } = await signUpVisitor();
    const tag = uniqueWord();
    for (let at = 0; at < 25; at += 1)
      await createAgent(creator, { ...PRICED, name: `${tag} ${at}`, priceMinor: 100 + at });
    const first = await pageText(`/marketplace?q=${tag}&sort=price`);
    expect(first.indexOf("$1.01")).toBeGreaterThan(first.indexOf("$1<"));
    expect(first).not.toContain("$1.24");
    const next =
      /href="(\/marketplace\?[^"]*cursor=[^"]*)"/.exec(first)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect(next).toContain(`q=${tag}`);
    expect(await pageText(next)).toContain("$1.24");
    expect(await pageText(`/marketplace?q=${uniqueWord()}`)).toContain("No agents found");
    expect((await openPage("/marketplace?sort=%3Cx&q=%22%3E%3Cscript%3E")).status).toBe(200);
    expect(await pageText("/marketplace?q=%22%3E%3Cscript%3E")).not.toContain('"><script>');
  });

  it("is translated to Arabic", async () => {
    expect(await pageText("/marketplace?lang=ar")).toContain("السوق");
    const { cookie } = await signUpVisitor();
    expect(await pageText("/agents?lang=ar", { cookie })).toContain("إنشاء وكيل");
  });
});

describe("typed numbers", () => {
  it.each([
    ["4.5", "usd", 450],
    ["1.005", "usd", null],
    ["1.50", "jpy", null],
    ["1500", "jpy", 1500],
    ["3.07", "kwd", 3070],
    ["", "usd", undefined],
    ["-1", "usd", null],
    ["0.29", "usd", 29],
  ])("parses the amount %s in %s as %s minor units", (text, currency, amount) => {
    expect(parseAmount(text, currency)).toBe(amount);
  });

  it.each([
    ["1,000.5", 1000.5],
    ["-3", -3],
    ["", undefined],
    ["ten", Number.NaN],
    ["1e3", Number.NaN],
  ])("parses the number %s as %s", (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });
});
