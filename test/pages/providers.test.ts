import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { TestIssuer, type TypedPerson } from "../support/issuer.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const issuer = new TestIssuer();
const worker = new MailWorker(issuer.settings);
beforeEach(() => {
  worker.connect();
  issuer.connect();
  issuer.issuer.faults = {};
});

/** A browser: keeps cookies, and posts forms from pages of ours. */
class Browser {
  readonly cookies = new Map<string, string>();
  readonly #worker: MailWorker;

  constructor(of = worker) {
    this.#worker = of;
  }

  open(path: string) {
    return this.#send("GET", path, undefined, {});
  }

  post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
    return this.#send("POST", path, new URLSearchParams(fields).toString(), headers);
  }

  async #send(
    method: string,
    path: string,
    body: string | undefined,
    more: Record<string, string>,
  ) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const ofForm = {
      origin: "http://farebox.test",
      "sec-fetch-site": "same-origin",
      "content-type": "application/x-www-form-urlencoded",
    };
    const headers = { cookie, ...(body === undefined ? {} : ofForm), ...more };
    const reply = await this.#worker.send(method, path, {
      headers,
      ...(body === undefined ? {} : { body }),
    });
    for (const line of reply.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const { status, text } = reply;
    return { status, text, headers: reply.headers, location: reply.headers.get("location") };
  }
}

/** Begins a sign-in, and returns the provider's page. */
async function begin(browser: Browser, next = "/pricing", id = "local"): Promise<string> {
  const page = await browser.post(`/login/${id}`, { next });
  expect(page.status).toBe(200);
  return (page.headers.get("refresh") ?? "").replace("0; url=", "");
}

/** Goes to the provider and back, and returns the path to which it leads. */
async function visit(browser: Browser, person: TypedPerson, next?: string, id?: string) {
  const back = await issuer.signIn(await begin(browser, next, id), person);
  return back.pathname + back.search;
}

describe("the pages of signing in by a provider", () => {
  it("have a button for each, lead there, and back to where the reader wanted to go", async () => {
    const browser = new Browser();
    for (const path of ["/login?next=%2Fpricing", "/signup"]) {
      const { text } = await browser.open(path);
      expect(text).toContain('action="/login/local"');
      expect(text).toContain("Continue with The issuer");
      expect(text).toContain("Continue with GitHub");
    }
    const { text } = await browser.open("/login/local?next=%2Fpricing");
    expect(text).toContain('value="/pricing"');
    const email = uniqueEmail();
    const done = await browser.open(await visit(browser, { email }));
    expect([done.status, done.location]).toEqual([303, "/pricing"]);
    expect((await browser.open("/dashboard")).text).toContain("Dashboard");
    expect([...browser.cookies.keys()]).toEqual(["farebox_session"]);
  });

  it("say where they lead, and name no other host in their policy", async () => {
    const page = await new Browser().post("/login/local", { next: "/pricing" });
    expect(page.text).toContain("Continue to The issuer");
    expect(page.text).toContain(`href="${issuer.origin}/authorize?client_id=`);
    expect(page.headers.get("content-security-policy")).not.toContain(issuer.host);
    const [line = ""] = page.headers.getSetCookie();
    expect(line).toMatch(/^farebox_provider=/);
    for (const part of ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"])
      expect(line).toContain(part);
  });

  it("keep the sign-in over https where no sibling site can set it", async () => {
    const settings = { ...issuer.settings, PUBLIC_URL: "https://farebox.example" };
    const browser = new Browser(new MailWorker(settings));
    const headers = { origin: "https://farebox.example" };
    const page = await browser.post("/login/local", {}, headers);
    expect(page.headers.getSetCookie().join()).toMatch(/^__Host-farebox_provider=[^;]*;.*Secure/);
    const url = (page.headers.get("refresh") ?? "").replace("0; url=", "");
    const back = await issuer.signIn(url, { email: uniqueEmail() });
    expect(back.origin).toBe("https://farebox.example");
    const done = await browser.open(back.pathname + back.search);
    expect([done.status, done.location]).toEqual([303, "/dashboard"]);
    expect([...browser.cookies.keys()]).toEqual(["__Host-farebox_session"]);
  });

  it.each(["https://evil.example/", "//evil.example", "/.//evil.example", "/%2e//evil.example"])(
    "never lead on to another site: %s",
    async (next) => {
      const browser = new Browser();
      const done = await browser.open(await visit(browser, { email: uniqueEmail() }, next));
      expect([done.status, done.location]).toEqual([303, expect.stringMatching(/^\/(?![/\\])/)]);
    },
  );

  it("begin by a form of ours alone: no link and no other site signs anybody in", async () => {
    const browser = new Browser();
    const link = await browser.open("/login/local");
    expect([link.status, link.headers.get("refresh")]).toEqual([200, null]);
    const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect((await browser.post("/login/local", {}, foreign)).status).toBe(403);
    expect(browser.cookies.size).toBe(0);
    expect((await browser.open("/login/nobody")).location).toBe("/login");
    expect((await browser.post("/login/nobody", {})).status).toBe(404);
  });

  it("take an answer once, and in the browser that began alone", async () => {
    const [mine, other] = [new Browser(), new Browser()];
    const path = await visit(mine, { email: uniqueEmail() });
    const stranger = await other.open(path);
    expect([stranger.status, stranger.text.includes("Start again.")]).toEqual([400, true]);
    await begin(other);
    expect((await other.open(path)).status).toBe(400);
    const there = path.replace("/login/local/", "/login/hub/");
    const moved = new Browser();
    for (const [name, value] of mine.cookies) moved.cookies.set(name, value);
    expect((await moved.open(there)).status).toBe(400);
    expect((await mine.open(path)).status).toBe(303);
    const again = await mine.open(path);
    expect([again.status, again.location]).toEqual([400, null]);
    expect((await mine.open("/dashboard")).status).toBe(200);
    expect((await other.open("/dashboard")).location).toContain("/login");
  });

  it("tell on the sign-in page what went wrong, in both languages, with its own form", async () => {
    const browser = new Browser();
    const unproved = { email: uniqueEmail(), isVerified: false };
    const refused = await browser.open(await visit(browser, unproved));
    expect(refused.status).toBe(403);
    expect(refused.text).toContain("verified your email address");
    expect(refused.text).toContain('action="/login"');
    const canceled = await browser.open(
      `${await visit(browser, { email: uniqueEmail(), denies: true })}&lang=ar`,
    );
    expect([canceled.status, canceled.text.includes("لم يكتمل تسجيل الدخول لدى المزوّد")]).toEqual([
      403,
      true,
    ]);
    issuer.issuer.faults = { isForged: true };
    const forged = await browser.open(await visit(browser, { email: uniqueEmail() }));
    expect(forged.status).toBe(502);
  });

  it("tell that a provider is down, before anybody leaves", async () => {
    const relying = new Browser(new MailWorker(new TestIssuer().settings));
    const page = await relying.post("/login/local", {});
    expect([page.status, page.text.includes("sign-in with The issuer")]).toEqual([502, true]);
  });

  it("show nothing of providers where there are none", async () => {
    const { text } = await new Browser(new MailWorker()).open("/login");
    expect(text).not.toContain("Continue with");
  });
});

describe("the account page", () => {
  const password = "a long ride home";
  const unproved = new MailWorker({ ...issuer.settings, FREE_PLAN_NEEDS_PROOF: "false" });

  it("adds an account of a provider, which then signs in, and removes it", async () => {
    const email = uniqueEmail();
    const browser = new Browser(unproved);
    expect((await browser.post("/signup", { email, password })).status).toBe(303);
    const add = (currentPassword: string) =>
      browser.post("/account/identities", { providerId: "local", currentPassword });
    const refused = await add("not it");
    expect(refused.status).toBe(401);
    expect(refused.text).toContain("Wrong current password.");
    const person = { email: uniqueEmail(), name: "Ada" };
    const back = await issuer.signIn(
      ((await add(password)).headers.get("refresh") ?? "").replace("0; url=", ""),
      person,
    );
    const callback = back.pathname + back.search;
    expect(await browser.open(callback)).toMatchObject({ status: 303, location: "/account" });
    const { text } = await browser.open("/account");
    expect(text).toContain("Sign-in provider added.");
    expect(text).toContain(person.email);
    // The answer was taken once.
    expect((await browser.open(callback)).status).toBe(400);

    const other = new Browser(unproved);
    const signedIn = await other.open(await visit(other, person));
    expect(signedIn).toMatchObject({ status: 303, location: "/pricing" });
    expect((await other.open("/account")).text).toContain(email);

    // Somebody else's account there is not added.
    const stranger = new Browser(unproved);
    await stranger.post("/signup", { email: uniqueEmail(), password });
    const page = await stranger.post("/account/identities", {
      providerId: "local",
      currentPassword: password,
    });
    const taken = await issuer.signIn(
      (page.headers.get("refresh") ?? "").replace("0; url=", ""),
      person,
    );
    expect((await stranger.open(taken.pathname + taken.search)).status).toBe(409);

    const id = /identities\/(idt_\w+|\w+)\/remove/.exec(text)?.[1] ?? "";
    const proof = { currentPassword: password };
    const removed = await browser.post(`/account/identities/${id}/remove`, proof);
    expect(removed).toMatchObject({ status: 303, location: "/account" });
    expect((await browser.open("/account")).text).toContain("Sign-in provider removed.");
  });
});
