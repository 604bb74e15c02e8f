import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Authenticator } from "../support/authenticator.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { codeOf } from "../support/factors.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { PageBrowser } from "../support/page-browser.ts";
import { uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const password = "a long ride home";
const worker = new MailWorker({ FREE_PLAN_NEEDS_PROOF: "false" });
beforeEach(() => {
  worker.connect();
  // In the middle of a code's 30 seconds.
  const nowMs = Math.floor(Date.now() / 30_000) * 30_000 + 15_000;
  vi.useFakeTimers({ now: nowMs, toFake: ["Date"] });
  return () => vi.useRealTimers();
});

const REPLIED = { status: 303, location: "/account" };

async function signUp() {
  const email = uniqueEmail();
  const browser = new PageBrowser(worker);
  expect((await browser.post("/signup", { email, password })).status).toBe(303);
  return { email, browser };
}

const hidden = (html: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";

/** Adds an app, and returns its secret and the page with the recovery codes. */
async function addApp(browser: PageBrowser) {
  const begun = await browser.post("/account/totp", { currentPassword: password });
  expect(begun.status).toBe(200);
  expect(begun.text).toContain("<svg");
  const [secret, uri] = [hidden(begun.text, "secret"), hidden(begun.text, "uri")];
  expect(uri).toContain(secret);
  const wrong = await browser.post("/account/totp/confirm", { code: "000 001", secret, uri });
  expect(wrong).toMatchObject({ status: 401 });
  expect(wrong.text).toContain("Wrong code.");
  expect(hidden(wrong.text, "secret")).toBe(secret);
  const code = await codeOf(secret, -1);
  const confirmed = await browser.post("/account/totp/confirm", { code, secret, uri });
  expect(confirmed.status).toBe(200);
  return { secret, codes: /<pre[^>]*>([^<]*)</.exec(confirmed.text)?.[1]?.split("\n") ?? [] };
}

describe("the authenticator app", () => {
  it("is added, asked for at sign-in, and removed", async () => {
    const { email, browser } = await signUp();
    const refused = await browser.post("/account/totp", { currentPassword: "not it" });
    expect(refused.status).toBe(401);
    expect(refused.text).toContain('id="totp-password-problem"');
    const { secret, codes } = await addApp(browser);
    expect(codes).toHaveLength(10);
    expect((await browser.open("/account")).text).toContain("You have 10 recovery codes left.");

    const other = new PageBrowser(worker);
    const asked = await other.post("/login", { email, password, next: "/chat" });
    expect(asked.status).toBe(200);
    const challengeId = hidden(asked.text, "challengeId");
    const wrong = { challengeId, code: "nothing", next: "/chat" };
    const again = await other.post("/login/second-factor", wrong);
    expect(again.status).toBe(401);
    expect(again.text).toContain('id="code-problem"');
    expect(hidden(again.text, "challengeId")).toBe(challengeId);
    const right = { challengeId, code: await codeOf(secret), next: "//evil.example" };
    expect(await other.post("/login/second-factor", right)).toMatchObject({
      status: 303,
      location: "/dashboard",
    });
    const ended = await new PageBrowser(worker).post("/login/second-factor", right);
    expect(ended.status).toBe(400);
    expect(ended.text).not.toContain('name="code"');

    const renewed = await browser.post("/account/recovery-codes", { currentPassword: password });
    expect(renewed.status).toBe(200);
    expect(renewed.text).not.toContain(codes[0] ?? "none");
    const removal = await browser.post("/account/totp/remove", { currentPassword: "not it" });
    expect(removal.status).toBe(401);
    expect(await browser.post("/account/totp/remove", { currentPassword: password })).toMatchObject(
      REPLIED,
    );
    expect((await browser.open("/account")).text).toContain("Authenticator app removed.");
    const last = await new PageBrowser(worker).post("/login", { email, password });
    expect(last.status).toBe(303);
  });

  it("is there in Arabic", async () => {
    const { browser } = await signUp();
    expect((await browser.open("/account?lang=ar")).text).toContain("إضافة تطبيق مصادقة");
    const begun = await browser.post("/account/totp", { currentPassword: password });
    expect(begun.text).toContain("امسح رمز QR هذا بالتطبيق.");
  });
});

describe("a passkey", () => {
  it("is added by what the script sends, signs in, and is removed", async () => {
    const { browser } = await signUp();
    const refused = await browser.post("/account/passkeys/begin", { currentPassword: "not it" });
    expect(refused.status).toBe(401);
    expect(JSON.parse(refused.text)).toEqual({ error: "Wrong current password." });
    const none = await browser.post("/account/passkeys", { name: "Phone" });
    expect(none).toMatchObject(REPLIED);
    expect((await browser.open("/account")).text).toContain("No passkey was added");
    const begun = await browser.post("/account/passkeys/begin", { currentPassword: password });
    const { challengeId, options } = JSON.parse(begun.text);
    const authenticator = await Authenticator.create();
    const credential = JSON.stringify(await authenticator.make(options));
    const name = "<b>Phone</b>";
    const added = await browser.post("/account/passkeys", { challengeId, name, credential });
    expect(added).toMatchObject(REPLIED);
    const { text } = await browser.open("/account");
    expect(text).toContain("Passkey added.");
    expect(text).toContain("&lt;b&gt;Phone&lt;/b&gt;");

    const other = new PageBrowser(worker);
    const asked = JSON.parse((await other.post("/login/passkey/begin", {})).text);
    const signature = JSON.stringify(await authenticator.sign(asked.options));
    const answer = { challengeId: asked.challengeId, credential: signature, next: "/chat" };
    expect(await other.post("/login/passkey", answer)).toMatchObject({
      status: 303,
      location: "/chat",
    });
    const again = await other.post("/login/passkey", answer);
    expect(again.status).toBe(400);
    const broken = await other.post("/login/passkey", { challengeId, credential: "{" });
    expect(broken.status).toBe(400);

    const proof = { currentPassword: password };
    expect(await browser.post("/account/password/remove", proof)).toMatchObject(REPLIED);
    const id = /passkeys\/(pky_\w+)\/remove/.exec(text)?.[1] ?? "";
    const lastWay = await browser.post(`/account/passkeys/${id}/remove`, {});
    expect(lastWay.status).toBe(409);
    expect(lastWay.text).toContain("This passkey is your only way to sign in.");
    const newPassword = "a ride that is new";
    expect(await browser.post("/account/password", { newPassword })).toMatchObject(REPLIED);
    const removed = await browser.post(`/account/passkeys/${id}/remove`, {
      currentPassword: newPassword,
    });
    expect(removed).toMatchObject(REPLIED);
    expect((await browser.open("/account")).text).toContain("Passkey removed.");
  });
});
