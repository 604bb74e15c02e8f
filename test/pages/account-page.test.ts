import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { NO_PASSWORD } from "../../src/auth/passwords/password-hash.ts";
import { HOUR_MS } from "../../src/time.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { MailWorker, tokenIn } from "../support/mail-worker.ts";
import { standInModel } from "../support/model.ts";
import { PageBrowser } from "../support/page-browser.ts";
import { uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const password = "a long ride home";
const worker = new MailWorker({ FREE_PLAN_NEEDS_PROOF: "false" });
beforeEach(() => worker.connect());

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";
const berlin = { headers: { "user-agent": FIREFOX }, cf: { country: "DE", city: "Berlin" } };

/** Signs up in a browser, which is then signed in. */
async function signUp(options: ConstructorParameters<typeof PageBrowser>[1] = berlin) {
  const email = uniqueEmail();
  const browser = new PageBrowser(worker, options);
  const signedUp = await browser.post("/signup", { email, password });
  expect(signedUp.status).toBe(303);
  return { email, browser };
}

async function signIn(email: string, options: ConstructorParameters<typeof PageBrowser>[1] = {}) {
  const browser = new PageBrowser(worker, options);
  expect((await browser.post("/login", { email, password })).status).toBe(303);
  return browser;
}

const userIdOf = (email: string) =>
  env.DB.prepare("select id from users where email = ?").bind(email).first<string>("id");

/** Takes a user's password away, as of one who signed up with another account. */
const dropPassword = (email: string) =>
  env.DB.prepare("update users set password_hash = ? where email = ?")
    .bind(NO_PASSWORD, email)
    .run();

/** Lets a user's sessions have begun an hour ago. */
const age = async (email: string) =>
  await env.DB.prepare("update sessions set created_at = created_at - ? where user_id = ?")
    .bind(HOUR_MS, await userIdOf(email))
    .run();

const prove = (email: string) =>
  env.DB.prepare("update users set email_verified_at = 1 where email = ?").bind(email).run();

const REPLIED = { status: 303, location: "/account" };

/** The ids of the sessions that a page offers to end. */
const endable = (html: string) =>
  [...html.matchAll(/\/account\/sessions\/(ses_\w+)\/end/g)].map(([, id]) => id ?? "");

describe("/account", () => {
  it.each(["/account", "/orders", "/orders/ord_1", "/account/delete"])(
    "%s requires signing in, and returns afterwards",
    async (path) => {
      const reply = await new PageBrowser(worker).open(path);
      expect(reply).toMatchObject({
        status: 303,
        location: `/login?next=${encodeURIComponent(path)}`,
      });
    },
  );

  it("is linked from every page of a signed-in reader", async () => {
    const { browser } = await signUp();
    expect((await browser.open("/pricing")).text).toContain('href="/account"');
    expect((await new PageBrowser(worker).open("/pricing")).text).not.toContain('href="/account"');
  });

  it("is there in Arabic, from right to left, with countries in Arabic", async () => {
    const { browser } = await signUp();
    const { text } = await browser.open("/account?lang=ar");
    expect(text).toContain('<html lang="ar" dir="rtl">');
    expect(text).toContain("Berlin، ألمانيا");
    expect(text).toContain("Firefox على Windows");
    expect((await browser.open("/account")).text, "the choice is kept").toContain('lang="ar"');
  });

  it("leads the paths of its forms back to itself, and others nowhere", async () => {
    const { browser } = await signUp();
    for (const path of ["name", "address", "address/keep", "password", "sessions/ses_1/end"])
      expect(await browser.open(`/account/${path}`)).toMatchObject(REPLIED);
    expect((await browser.open("/account/nothing")).status).toBe(404);
  });
});

describe("the profile", () => {
  it("changes the name, tells so once, and takes it away", async () => {
    const { browser } = await signUp();
    expect(await browser.post("/account/name", { name: " Ada " })).toMatchObject(REPLIED);
    const told = await browser.open("/account");
    expect(told.text).toContain("Name saved.");
    expect(told.text).toContain('value="Ada"');
    expect((await browser.open("/account")).text).not.toContain("Name saved.");
    await browser.post("/account/name", { name: "" });
    expect((await browser.open("/account")).text).not.toContain('value="Ada"');
  });

  it("shows a refused name in its field, as text", async () => {
    const { browser } = await signUp();
    const name = '"><script>alert(1)</script>\r\nBcc: all@shop.example';
    const refused = await browser.post("/account/name", { name });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('id="name-problem"');
    expect(refused.text).not.toContain("<script>alert");
    expect(await browser.post("/account/name", { name: "<b>Ada</b>" })).toMatchObject(REPLIED);
    expect((await browser.open("/account")).text).toContain("&lt;b&gt;Ada&lt;/b&gt;");
  });

  it("tells nothing that a stranger put into the cookie", async () => {
    const { email } = await signUp();
    const told = { headers: { "user-agent": FIREFOX } };
    const browser = await signIn(email, told);
    const session = browser.cookie("farebox_session") ?? "";
    const cookie = `farebox_session=${session}; farebox_told=constructor`;
    const page = await worker.send("GET", "/account", { headers: { cookie } });
    expect([page.status, page.text.includes("native code")]).toEqual([200, false]);
  });

  it("asks the new address for its proof, shows that it waits, and keeps the old one", async () => {
    const { email, browser } = await signUp();
    await prove(email);
    const newEmail = uniqueEmail();
    const wrong = await browser.post("/account/address", { email: newEmail, emailPassword: "no" });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain('id="emailPassword-problem"');
    expect(wrong.text).toContain("Wrong current password.");
    expect(wrong.text).toContain(`value="${newEmail}"`);
    const bad = await browser.post("/account/address", { email: "x", emailPassword: password });
    expect([bad.status, bad.text.includes('id="email-problem"')]).toEqual([400, true]);
    const fields = { email: newEmail, emailPassword: password };
    expect(await browser.post("/account/address", fields)).toMatchObject(REPLIED);
    const waiting = await browser.open("/account");
    expect(waiting.text).toContain("We sent a mail to your new address.");
    expect(waiting.text).toContain(`You asked to change to ${newEmail}.`);
    expect(waiting.text).toContain(`<bdi>${email}</bdi>`);
    expect(await browser.post("/account/address/keep")).toMatchObject(REPLIED);
    expect((await browser.open("/account")).text).not.toContain(newEmail);
    const token = tokenIn(worker.mailsTo(newEmail)[0] ?? { text: "" });
    expect((await browser.post("/verify", { token })).status).toBe(400);
  });

  it("changes the address once the new one is proved", async () => {
    const { email, browser } = await signUp();
    await prove(email);
    const newEmail = uniqueEmail();
    await browser.post("/account/address", { email: newEmail, emailPassword: password });
    const token = tokenIn(worker.mailsTo(newEmail)[0] ?? { text: "" });
    expect((await browser.post("/verify", { token })).status).toBe(303);
    const { text } = await browser.open("/account");
    expect(text).toContain(`<bdi>${newEmail}</bdi>`);
    expect(text).toContain(">verified<");
    expect(text).not.toContain("You asked to change");
  });

  it("leads to the proof of an address that is not proved", async () => {
    const { browser } = await signUp();
    expect((await browser.open("/account")).text).toContain('<a href="/verify">Verify</a>');
  });
});

describe("the password", () => {
  it("is changed, which ends every other session", async () => {
    const { email, browser } = await signUp();
    const other = await signIn(email);
    const wrong = { currentPassword: "not mine", newPassword: "a longer ride home" };
    const refused = await browser.post("/account/password", wrong);
    expect([refused.status, refused.text.includes('id="currentPassword-problem"')]).toEqual([
      401,
      true,
    ]);
    expect(refused.text).not.toContain("a longer ride home");
    const short = { currentPassword: password, newPassword: "short" };
    const tooShort = await browser.post("/account/password", short);
    expect([tooShort.status, tooShort.text.includes('id="newPassword-problem"')]).toEqual([
      400,
      true,
    ]);
    const right = { currentPassword: password, newPassword: "a longer ride home" };
    expect(await browser.post("/account/password", right)).toMatchObject(REPLIED);
    expect((await browser.open("/account")).text).toContain("Password changed.");
    expect((await other.open("/account")).location).toBe("/login?next=%2Faccount");
    const login = { email, password: "a longer ride home" };
    expect((await new PageBrowser(worker).post("/login", login)).status).toBe(303);
  });

  it("keeps the blanks at its ends", async () => {
    const { email, browser } = await signUp();
    const newPassword = "  a longer ride home  ";
    await browser.post("/account/password", { currentPassword: password, newPassword });
    const trimmed = await worker.post("/api/auth/login", { email, password: newPassword.trim() });
    expect(trimmed.status).toBe(401);
    expect((await worker.post("/api/auth/login", { email, password: newPassword })).status).toBe(
      200,
    );
  });

  it("is set by a user without one, after a recent sign-in", async () => {
    const { email, browser } = await signUp();
    await dropPassword(email);
    await age(email);
    const page = await browser.open("/account");
    expect(page.text).toContain("You don&#39;t have a password yet.");
    expect(page.text).not.toContain('name="currentPassword"');
    const fields = { newPassword: "a longer ride home" };
    const late = await browser.post("/account/password", fields);
    expect(late.status).toBe(403);
    expect(late.text).toContain("You signed in more than 15 minutes ago");
    expect(late.text).toContain('action="/account/sign-in-again"');
    await env.DB.prepare("update sessions set created_at = ? where user_id = ?")
      .bind(Date.now(), await userIdOf(email))
      .run();
    expect(await browser.post("/account/password", fields)).toMatchObject(REPLIED);
    const login = { email, password: "a longer ride home" };
    expect((await worker.post("/api/auth/login", login)).status).toBe(200);
  });

  it("signing in again ends the session, and leads back to the account", async () => {
    const { browser } = await signUp();
    const again = await browser.post("/account/sign-in-again");
    expect(again).toMatchObject({ status: 303, location: "/login?next=%2Faccount" });
    expect((await browser.open("/account")).status).toBe(303);
  });
});

describe("the sessions", () => {
  it("are shown with device, place and times, and the reader's own is marked", async () => {
    const { email, browser } = await signUp();
    await signIn(email, { cf: { country: "FR" } });
    const { text } = await browser.open("/account");
    for (const fact of ["Firefox on Windows", "Berlin, Germany", "France", "Unknown device"])
      expect(text).toContain(fact);
    expect(text.match(/>current</g)).toHaveLength(1);
    expect(text).toContain("with password");
    expect(endable(text)).toHaveLength(1);
  });

  it("show what nobody knows, and never what a stranger wrote", async () => {
    const evil = `<script>alert(1)</script>${"x".repeat(10_000)}`;
    const { browser } = await signUp({
      headers: { "user-agent": evil },
      cf: { country: "T1", city: "<b>Nowhere</b>" },
    });
    const { status, text } = await browser.open("/account");
    expect(status).toBe(200);
    expect(text).toContain("Unknown device");
    expect(text).toContain("&lt;b&gt;Nowhere&lt;/b&gt;, Tor");
    expect(text).not.toContain("alert(1)");
    const nowhere = await signUp({});
    expect((await nowhere.browser.open("/account")).text).toContain("Unknown</bdi>");
  });

  it("are ended one by one; the ended one neither reads nor chats any more", async () => {
    standInModel();
    const { email, browser } = await signUp();
    const login = await worker.post("/api/auth/login", { email, password });
    const token = login.json.accessToken ?? "";
    const chat = { model: "small", messages: [{ role: "user", content: "Hello." }] };
    const [id = ""] = endable((await browser.open("/account")).text);
    expect(await browser.post(`/account/sessions/${id}/end`)).toMatchObject(REPLIED);
    expect((await browser.open("/account")).text).toContain("Session ended.");
    expect((await worker.send("GET", "/api/users/me", { token })).status).toBe(401);
    expect((await worker.post("/v1/chat/completions", chat, token)).status).toBe(401);
  });

  it("of other users cannot be ended, nor found", async () => {
    const [one, other] = [await signUp(), await signUp()];
    await signIn(one.email);
    const [id = ""] = endable((await one.browser.open("/account")).text);
    for (const sessionId of [id, "ses_none", "..%2F..%2Fusers%2Fme"]) {
      const refused = await other.browser.post(`/account/sessions/${sessionId}/end`);
      expect(refused.status).toBe(404);
    }
    expect(endable((await one.browser.open("/account")).text)).toEqual([id]);
  });

  it("are ended all together, but for the reader's own", async () => {
    const { email, browser } = await signUp();
    const others = [await signIn(email), await signIn(email)];
    expect(await browser.post("/account/sessions/end")).toMatchObject(REPLIED);
    for (const other of others) expect((await other.open("/account")).status).toBe(303);
    const { text } = await browser.open("/account");
    expect(text).toContain("All other sessions ended.");
    expect(text).not.toContain("/account/sessions/end");
  });

  it("are not ended by another site's form", async () => {
    const { email, browser } = await signUp();
    await signIn(email);
    const cookie = `farebox_session=${browser.cookie("farebox_session")}`;
    const foreign = await worker.send("POST", "/account/sessions/end", {
      headers: {
        cookie,
        origin: "https://evil.example",
        "sec-fetch-site": "cross-site",
        "content-type": "application/x-www-form-urlencoded",
      },
      body: "",
    });
    expect(foreign.status).toBe(403);
    expect(endable((await browser.open("/account")).text)).toHaveLength(1);
  });
});

describe("deleting the account", () => {
  it("says what goes, asks for the password, signs out, and says that it is done", async () => {
    const { email, browser } = await signUp();
    const page = await browser.open("/account/delete");
    for (const effect of ["This can&#39;t be undone.", "Your subscription ends immediately."])
      expect(page.text).toContain(effect);
    const wrong = await browser.post("/account/delete", { currentPassword: "not mine" });
    expect([wrong.status, wrong.text.includes('id="currentPassword-problem"')]).toEqual([
      401,
      true,
    ]);
    const gone = await browser.post("/account/delete", { currentPassword: password });
    expect(gone).toMatchObject({ status: 303, location: "/account/deleted" });
    expect(gone.headers.get("clear-site-data")).toBe('"cache", "storage"');
    expect(browser.cookie("farebox_session")).toBe(undefined);
    expect((await browser.open("/account/deleted")).text).toContain("Account deleted");
    expect((await worker.post("/api/auth/login", { email, password })).status).toBe(401);
  });

  it("takes a recent sign-in of a user without a password", async () => {
    const { email, browser } = await signUp();
    await dropPassword(email);
    await age(email);
    const late = await browser.post("/account/delete");
    expect([late.status, late.text.includes("/account/sign-in-again")]).toEqual([403, true]);
    expect(await userIdOf(email)).not.toBe(null);
  });

  it("waits where credits are owed, and says so in the reader's language", async () => {
    const { email, browser } = await signUp();
    const userId = (await userIdOf(email)) ?? "";
    const account = env.CREDIT_ACCOUNT.getByName(userId);
    await account.take({ operationId: "take", amountMicrocredits: 1_000_000, reason: "Back" });
    const english = await browser.post("/account/delete", { currentPassword: password });
    expect([english.status, english.text.includes("Your balance is negative.")]).toEqual([
      409,
      true,
    ]);
    await browser.open("/account?lang=ar");
    const arabic = await browser.post("/account/delete", { currentPassword: password });
    expect(arabic.text).toContain("رصيدك سالب");
  });
});
