import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { codeIn, MailWorker, tokenIn } from "../support/mail-worker.ts";
import { PageBrowser } from "../support/page-browser.ts";
import { uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const password = "a long ride home";
const worker = new MailWorker();
beforeEach(() => worker.connect());

const lastMail = (email: string) => {
  const [mail] = worker.mailsTo(email);
  if (mail === undefined) throw new Error("no mail came");
  return mail;
};

/** Signs up, and returns the browser with the page that asks for the code. */
async function signUpByForm(email: string) {
  const browser = new PageBrowser(worker);
  const signedUp = await browser.post("/signup", { email, password, next: "/pricing" });
  expect([signedUp.status, signedUp.location]).toEqual([303, "/confirm"]);
  return browser;
}

describe("the pages of a sign-up by mail", () => {
  it("ask for the code, sign in, and lead to where the reader wanted to go", async () => {
    const email = uniqueEmail();
    const browser = await signUpByForm(email);
    expect((await browser.open("/confirm")).text).toContain('autocomplete="one-time-code"');
    const wrong = await browser.post("/confirm", { code: "abc" });
    expect([wrong.status, wrong.text.includes('id="code-problem"')]).toEqual([400, true]);
    const confirmed = await browser.post("/confirm", { code: codeIn(lastMail(email)) });
    expect([confirmed.status, confirmed.location]).toEqual([303, "/pricing"]);
    expect((await browser.open("/dashboard")).status).toBe(200);
  });

  it("open the link without spending it, however often a scanner does", async () => {
    const email = uniqueEmail();
    const browser = await signUpByForm(email);
    const path = `/confirm?token=${tokenIn(lastMail(email))}`;
    const scanner = new PageBrowser(worker);
    for (let time = 0; time < 3; time++) expect((await scanner.open(path)).status).toBe(200);
    const page = await browser.open(path);
    expect(page.text).not.toContain('type="password"');
    const token = tokenIn(lastMail(email));
    expect((await browser.post("/confirm", { token })).status).toBe(303);
  });

  it("ask for the password where another browser opens the link", async () => {
    const email = uniqueEmail();
    await signUpByForm(email);
    const token = tokenIn(lastMail(email));
    const phone = new PageBrowser(worker);
    expect((await phone.open(`/confirm?token=${token}`)).text).toContain('type="password"');
    const wrong = await phone.post("/confirm", { token, password: "another long ride" });
    expect(wrong.status).toBe(401);
    const right = await phone.post("/confirm", { token, password });
    expect([right.status, right.location]).toEqual([303, "/dashboard"]);
  });
});

describe("the pages of a forgotten password", () => {
  it("send a link, take a new password, and lead to signing in", async () => {
    const email = uniqueEmail();
    await (await signUpByForm(email)).post("/confirm", { code: codeIn(lastMail(email)) });
    const browser = new PageBrowser(worker);
    expect((await browser.open("/login")).text).toContain('href="/forgot"');
    const sent = await browser.post("/forgot", { email });
    expect(sent.text).toContain("If this email has an account");
    const token = tokenIn(lastMail(email));
    expect((await browser.open(`/reset?token=${token}`)).text).toContain(`value="${token}"`);
    const short = await browser.post("/reset", { token, newPassword: "short" });
    expect([short.status, short.text.includes('id="newPassword-problem"')]).toEqual([400, true]);
    const reset = await browser.post("/reset", { token, newPassword: "a much longer ride" });
    expect([reset.status, reset.location]).toEqual([303, "/login?reset=done"]);
    const login = await browser.post("/login", { email, password: "a much longer ride" });
    expect(login.status).toBe(303);
  });

  it("look the same for an address that nobody has", async () => {
    const email = uniqueEmail();
    const sent = await new PageBrowser(worker).post("/forgot", { email });
    expect(sent.text).toContain("If this email has an account");
    expect(worker.mailsTo(email)).toEqual([]);
  });

  it("say so where the link is not whole or was used", async () => {
    const browser = new PageBrowser(worker);
    expect((await browser.open("/reset")).text).toContain("This link is incomplete");
    const used = await browser.post("/reset", { token: "x", newPassword: "a much longer ride" });
    expect([used.status, used.text.includes('role="alert"')]).toEqual([400, true]);
  });
});

it("a reader whose address is not proved is asked to, and then no more", async () => {
  const email = uniqueEmail();
  const atOnce = new MailWorker({ FREE_PLAN_NEEDS_PROOF: "false" });
  const signedUp = await atOnce.post("/api/auth/register", { email, password });
  expect(signedUp.status).toBe(201);
  worker.connect();
  const browser = new PageBrowser(worker);
  await browser.post("/login", { email, password });
  expect((await browser.open("/dashboard")).text).toContain('href="/verify"');
  expect((await browser.post("/verify/send", {})).location).toBe("/verify?sent=true");
  const bad = await browser.post("/verify", { code: "000" });
  expect(bad.status).toBe(400);
  const done = await browser.post("/verify", { token: tokenIn(lastMail(email)) });
  expect([done.status, done.location]).toEqual([303, "/dashboard?verified=true"]);
  const page = await browser.open("/dashboard?verified=true");
  expect(page.text).toContain("Email verified.");
  expect(page.text).not.toContain('href="/verify"');
});
