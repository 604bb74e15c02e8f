import { describe, expect, it } from "vitest";
import { compareUsage } from "../../src/pages/dashboard-usage.tsx";
import { estimateWorth } from "../../src/pages/pack-worth.ts";
import { call } from "../support/call.ts";
import { chatBody, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { createKey, signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

/** Returns a browser in which a user is signed in. */
function browserOf({ refreshToken }: { refreshToken: string }) {
  const headers = {
    cookie: `farebox_session=${refreshToken}`,
    origin: "http://farebox.test",
    "sec-fetch-site": "same-origin",
  };
  return {
    open: async (path: string) => await (await call("GET", path, { headers })).text(),
    submit: (path: string, fields: Record<string, string> = {}) =>
      call("POST", path, {
        headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(fields).toString(),
      }),
  };
}

/** Signs up a user, and charges a chat to them. */
async function chatOnce(credits = 10) {
  standInModel();
  const user = await signUpFundedUser(credits);
  const reply = await call("POST", "/v1/chat/completions", { token: user.key, body: chatBody() });
  await reply.text();
  return { user, cost: Number(reply.headers.get("x-farebox-cost")), browser: browserOf(user) };
}

describe("the account's pages", () => {
  it.each(["/dashboard", "/credits", "/activity", "/keys"])(
    "%s requires signing in, and returns afterwards",
    async (path) => {
      const reply = await call("GET", path);
      expect([reply.status, reply.headers.get("location")]).toEqual([
        303,
        `/login?next=${encodeURIComponent(path)}`,
      ]);
    },
  );

  it("show an account without any activity", async () => {
    const browser = browserOf(await signUp());
    const dashboard = await browser.open("/dashboard");
    expect(dashboard).toContain("0 of 50");
    expect(dashboard).toContain("Send your first message");
    for (const path of ["/credits", "/activity", "/keys"])
      expect(await browser.open(path)).toContain('class="empty"');
  });

  it("show a chat in the activity, in the ledger with its balance, and in the chart", async () => {
    const { user, cost, browser } = await chatOnce();
    await expect
      .poll(async () => (await user.account.summary()).ok && (await browser.open("/activity")))
      .toContain("large");
    const ledger = await browser.open("/credits");
    expect(ledger).toContain("Message to large");
    expect(ledger).toContain(String(Number((10 - cost).toFixed(6))));
    const dashboard = await browser.open("/dashboard?show=messages");
    expect(dashboard).toContain("1 message in 30 days");
    expect(dashboard).toMatch(/<td class="number">1<\/td>/);
    expect(dashboard).toContain("(so far)");
    // Rounded down: what is shown can be spent.
    expect(dashboard).toContain(`title="${Number((10 - cost).toFixed(6))} credits">9.99`);
    expect(dashboard).not.toContain("style=");
    const [, path = ""] =
      /href="(\/activity\/hld_\d+)"/.exec(await browser.open("/activity")) ?? [];
    for (const text of ["Time to first byte", "local", "Completed"])
      expect(await browser.open(path)).toContain(text);
    expect(await browser.open(`${path}?lang=ar`)).toContain("زمن أول بايت");
    await browser.open("/activity?lang=en");
    expect(await browser.open("/activity/hld_999999")).toContain("ended yet");
    expect(await browser.open("/activity?model=other")).toContain('class="empty"');
    expect(await browser.open("/activity?ending=complete")).toContain("large");
  });

  it("name the time zone of their times", async () => {
    const browser = browserOf(await signUp());
    expect(await browser.open("/dashboard")).toMatch(
      /title="[^"]*[AP]M UTC">Resets (in \d+|this) (hours?|minutes?)</,
    );
    expect(await browser.open("/dashboard?lang=ar")).toMatch(
      /title="[^"]* بالتوقيت العالمي">يتجدد /,
    );
  });

  it("show that credits are low, or owed", async () => {
    expect(await browserOf(await signUpFundedUser(2)).open("/dashboard")).toContain(
      "Your balance is running low.",
    );
    const { user, browser } = await chatOnce(0.01);
    await user.account.take({ operationId: "take", amountMicrocredits: 1_000_000, reason: "Back" });
    const dashboard = await browser.open("/dashboard");
    expect(dashboard).toContain("Your balance is negative because credits were deducted.");
    expect(dashboard).not.toContain("payment");
  });

  it("name what a dispute freezes, and not as held for chats", async () => {
    const user = await signUpFundedUser(2);
    const browser = browserOf(user);
    await user.account.grant({
      operationId: "order:disputed",
      amountMicrocredits: 100_000_000,
      priority: 0,
      effectiveAt: null,
      expiresAt: null,
      reason: "Starter pack",
      standing: { voidedMicrocredits: 0, frozen: true },
    });
    const dashboard = await browser.open("/dashboard");
    expect(dashboard).toContain("Frozen while your bank disputes their payment: 100.");
    expect(dashboard).not.toContain("Held for chats");
    const credits = await browser.open("/credits");
    expect(credits).toContain("A payment is disputed");
    expect(credits).not.toContain("On hold");
  });

  it("keep the whole address in another language, and refuse in it", async () => {
    const browser = browserOf(await signUp());
    expect(await browser.open("/activity?model=large&ending=complete")).toContain(
      'href="?model=large&amp;ending=complete&amp;lang=ar"',
    );
    expect(await browser.open("/chat/conv_none?lang=ar")).toMatch(/[\u0621-\u064a]+\.<\/p>/);
    const ledger = browserOf(await signUpFundedUser(2));
    expect(await ledger.open("/credits?lang=ar")).not.toContain("Reversed");
  });
});

describe("/keys", () => {
  it("creates a key, shows it once, and again when the same form is sent twice", async () => {
    const user = await signUp();
    const browser = browserOf(user);
    const fields = {
      name: "Laptop",
      budget: "5",
      period: "month",
      scope: "chat",
      expires: "",
      once: crypto.randomUUID(),
    };
    const first = await (await browser.submit("/keys", fields)).text();
    const key = /sk_[0-9a-f]{64}/.exec(first)?.[0] ?? "";
    expect((await call("GET", "/v1/key", { token: key })).status).toBe(200);
    expect(await (await browser.submit("/keys", fields)).text()).toContain(key);
    const later = await browser.open("/keys");
    expect(later).not.toContain(key);
    expect(later).toContain("0 of 5");
    expect((await call("GET", "/api/usage", { token: key })).status).toBe(403);
    expect(later.match(/<th scope="row">/g)).toHaveLength(1);
  });

  it("shows errors beside their fields", async () => {
    const browser = browserOf(await signUp());
    const reply = await browser.submit("/keys", {
      name: "Old",
      budget: "",
      period: "month",
      scope: "chat",
      expires: "2020-01-01",
      once: "one",
    });
    expect(reply.status).toBe(400);
    expect(await reply.text()).toContain('aria-describedby="expires-problem"');
    const none = await browser.submit("/keys", {
      name: "",
      budget: "-1",
      period: "month",
      scope: "chat",
      expires: "",
      once: "two",
    });
    expect(none.status).toBe(400);
    const noScope = await browser.submit("/keys", { name: "Idle", once: "three" });
    expect(await noScope.text()).toContain('aria-describedby="scope-problem"');
  });

  it("changes a key, and leaves what the form shows less exactly as it was", async () => {
    const user = await signUp();
    const browser = browserOf(user);
    const expiresAt = "2099-05-06T07:08:09.000Z";
    const budget = { credits: 5, period: "hour" };
    const key = await createKey(user, { name: "Old", models: ["small"], expiresAt, budget });
    const id = `key_${key.slice(3, 11)}`;
    const shown = await browser.open(`/keys/${id}`);
    for (const text of ['value="Old"', 'value="2099-05-06"', 'value="hour" selected'])
      expect(shown).toContain(text);
    const fields = {
      name: "New",
      budget: "5",
      period: "hour",
      expires: "2099-05-06",
      model: "small",
    };
    expect((await browser.submit(`/keys/${id}`, fields)).status).toBe(303);
    const read = async () =>
      (await call("GET", `/api/api-keys/${id}`, { token: user.token })).json();
    expect(await read()).toMatchObject({ name: "New", expiresAt, budget, models: ["small"] });
    await browser.submit(`/keys/${id}`, { name: "New", budget: "", period: "month", expires: "" });
    expect(await read()).toMatchObject({ expiresAt: null, budget: null, models: null });
    const refused = await browser.submit(`/keys/${id}`, { ...fields, expires: "2020-01-01" });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('aria-describedby="expires-problem"');
    expect((await browser.submit("/keys/key_00000000", fields)).status).toBe(404);
  });

  it("disables and enables a key, and shows the new secret of one that is rotated", async () => {
    const user = await signUp();
    const browser = browserOf(user);
    const key = await createKey(user, { name: "Turning" });
    const id = `key_${key.slice(3, 11)}`;
    const status = async () => (await call("GET", "/v1/key", { token: key })).status;
    expect((await browser.submit(`/keys/${id}/disable`)).status).toBe(303);
    expect(await status()).toBe(401);
    expect(await browser.open("/keys")).toContain("Disabled");
    expect(await browser.open(`/keys/${id}?lang=ar`)).toContain("هذا المفتاح معطَّل");
    expect((await browser.submit(`/keys/${id}/enable`)).status).toBe(303);
    const fields = { overlap: "3600", once: crypto.randomUUID() };
    const rotated = await (await browser.submit(`/keys/${id}/rotate`, fields)).text();
    const secret = /sk_[0-9a-f]{64}/.exec(rotated)?.[0] ?? "";
    expect((await call("GET", "/v1/key", { token: secret })).status).toBe(200);
    expect(await status()).toBe(200);
    expect(await (await browser.submit(`/keys/${id}/rotate`, fields)).text()).toContain(secret);
    const later = await browser.open(`/keys/${id}`);
    expect(later).not.toContain(secret);
    expect(later).toContain('datetime="');
  });

  it("revokes a key at once", async () => {
    const user = await signUp();
    const browser = browserOf(user);
    const created = await (
      await browser.submit("/keys", { name: "Gone", scope: "read", once: crypto.randomUUID() })
    ).text();
    const key = /sk_[0-9a-f]{64}/.exec(created)?.[0] ?? "";
    const id = /\/keys\/(key_\w+)\/revoke/.exec(created)?.[1] ?? "";
    expect((await browser.submit(`/keys/${id}/revoke`)).status).toBe(303);
    expect((await call("GET", "/v1/key", { token: key })).status).toBe(401);
  });
});

describe("/success", () => {
  it("shows the key of a paid conversation once, and links to the conversation", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const browser = browserOf(user);
    const created = await call("POST", "/api/conversations", {
      token: user.token,
      body: { model: "small" },
    });
    const { id: conversationId } = await created.json<{ id: string }>();
    const linked = await call("POST", "/api/payments/link", {
      token: user.token,
      body: { conversationId, tier: "conversation" },
    });
    const { url } = await linked.json<{ url: string }>();
    const paid = await stripe.pay(url);
    await stripe.control.deliver();
    const returnUrl = new URL(paid.headers.get("location") ?? "");
    const headers = { cookie: `farebox_session=${user.refreshToken}` };
    expect(
      (await call("HEAD", `${returnUrl.pathname}${returnUrl.search}`, { headers })).status,
    ).toBe(200);
    const first = await browser.open(`${returnUrl.pathname}${returnUrl.search}`);
    const key = /sk_[0-9a-f]{64}/.exec(first)?.[0] ?? "";
    expect((await call("GET", "/v1/key", { token: key })).status).toBe(200);
    expect(first).toContain(`/chat/${conversationId}`);
    expect(await browser.open(`${returnUrl.pathname}${returnUrl.search}`)).not.toContain(key);
  });
});

it("adds up today, the last thirty days and the thirty before, over the turn of a month", () => {
  const row = { model: "small", requests: 2, tokens: 10, credits: 0.1 };
  const rows = [
    { ...row, day: "2026-12-01" },
    { ...row, day: "2026-12-01", model: "large", credits: 0.2 },
    { ...row, day: "2026-11-02" },
    { ...row, day: "2026-11-01" },
    { ...row, day: "2026-10-03" },
    { ...row, day: "2026-10-02", credits: 9 },
  ];
  expect(compareUsage(rows, Date.UTC(2026, 11, 1, 12))).toEqual({
    today: { messages: 4, tokens: 20, credits: 0.3 },
    current: { messages: 6, tokens: 30, credits: 0.4 },
    previous: { messages: 4, tokens: 20, credits: 0.2 },
  });
  expect(compareUsage([], 0).current).toEqual({ messages: 0, tokens: 0, credits: 0 });
});

it("estimates what credits are worth at the lowest price of a credit, rounded down", () => {
  const pack = (credits: number, amountMinor: number, currency = "usd") => ({
    credits,
    prices: [{ currency, amountMinor }],
  });
  const packs = [pack(100, 999), pack(1000, 7999), pack(10, 1, "jpy")];
  expect(estimateWorth(99.999958, packs)).toEqual({ currency: "usd", amountMinor: 799 });
  expect(estimateWorth(100, [pack(100, 1500, "jpy")])).toEqual({
    currency: "jpy",
    amountMinor: 1500,
  });
  expect(estimateWorth(1, [pack(1, 3070, "kwd")])).toEqual({ currency: "kwd", amountMinor: 3070 });
  expect(estimateWorth(0, packs)).toBeNull();
  expect(estimateWorth(5, [])).toBeNull();
});
