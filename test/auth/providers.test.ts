import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { moveClock } from "../support/clock.ts";
import { TestIssuer, type TypedPerson } from "../support/issuer.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const issuer = new TestIssuer();
const worker = new MailWorker({ ...issuer.settings, ADMIN_EMAILS: "listed@farebox.test" });
beforeEach(() => {
  worker.connect();
  issuer.connect();
  issuer.issuer.faults = {};
});

const password = "a long ride home";
const begin = (id = "local", body: object = {}) =>
  worker.post(`/api/auth/providers/${id}/begin`, body);
const finish = (callback: object, id = "local") =>
  worker.post(`/api/auth/providers/${id}/finish`, callback);

/** Goes to the issuer and back, and returns what the browser brings along. */
async function visit(person: TypedPerson, id = "local") {
  const begun = await begin(id);
  expect(begun.status).toBe(200);
  const { url = "", sealedState = "" } = begun.json;
  const back = await issuer.signIn(url, person);
  return { sealedState, answer: back.search.slice(1) };
}

/** Signs in by the issuer. */
const signIn = async (person: TypedPerson, id = "local") => finish(await visit(person, id), id);

const registerProved = async (email: string) => {
  const reply = await worker.post("/api/auth/register", { email, password });
  const { verificationId = "" } = reply.json;
  const [mail = { text: "" }] = worker.mailsTo(email);
  const code = /^\d{6}$/m.exec(mail.text)?.[0] ?? "";
  const confirmed = await worker.post("/api/auth/register/confirm", { verificationId, code });
  expect(confirmed.status).toBe(201);
  return confirmed.json;
};

/** Signs up where the address need not be proved first. */
const registerUnproved = async (email: string) => {
  const atOnce = new MailWorker({ ...issuer.settings, FREE_PLAN_NEEDS_PROOF: "false" });
  const reply = await atOnce.post("/api/auth/register", { email, password });
  expect(reply.status).toBe(201);
  worker.connect();
  return reply.json;
};

const rowsOf = async (sql: string, ...values: string[]) =>
  (
    await env.DB.prepare(sql)
      .bind(...values)
      .all()
  ).results;
const usersWith = (email: string) =>
  rowsOf("SELECT id FROM users WHERE email_normalized = ?", email.toLowerCase());

const refusal = (status: number, code: string, param: string | null = null) => ({
  status,
  json: { error: { code, ...(param === null ? {} : { param }) } },
});

describe("signing in by an issuer", () => {
  it("makes a user with a proved address and no password, and then finds it", async () => {
    const email = uniqueEmail();
    const first = await signIn({ email, name: "Ada" });
    expect(first).toMatchObject({
      status: 200,
      json: { user: { email, emailVerified: true, name: "Ada", role: "user" } },
    });
    expect(first.json.user?.plan.slug).toBe("free");
    const again = await signIn({ email, name: "Other" });
    expect(again.json.user).toMatchObject({ id: first.json.user?.id, name: "Ada" });
    const logIn = await worker.post("/api/auth/login", { email, password: "none" });
    expect(logIn.status).toBe(401);
    expect(worker.mailsTo(email)).toEqual([]);
  });

  it("asks by code, with PKCE, state and nonce, for just the scopes that are set", async () => {
    const { url = "" } = (await begin()).json;
    const page = new URL(url);
    expect(page.origin + page.pathname).toBe(`${issuer.origin}/authorize`);
    expect(Object.fromEntries(page.searchParams)).toEqual({
      client_id: "farebox",
      response_type: "code",
      redirect_uri: "http://farebox.test/login/local/callback",
      scope: "openid email profile",
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    });
  });

  it("finds its user by the subject, whatever the address is now", async () => {
    const [before, after] = [uniqueEmail(), uniqueEmail()];
    const subject = crypto.randomUUID();
    const first = await signIn({ email: before, subject });
    const moved = await signIn({ email: after, subject });
    expect(moved.json.user).toMatchObject({ id: first.json.user?.id, email: before });
    const unproved = await signIn({ email: after, subject, isVerified: false });
    expect(unproved.status).toBe(200);
    expect(await usersWith(after)).toEqual([]);
  });

  it("adds it to the user who has proved the same address, and tells them by mail", async () => {
    const email = uniqueEmail();
    const { user } = await registerProved(email);
    const linked = await signIn({ email: email.toUpperCase() });
    expect(linked.json.user?.id).toBe(user?.id);
    const [mail] = worker.mailsTo(email);
    expect(mail?.subject).toBe("Your The shop sign-in methods changed");
    await signIn({ email });
    expect(worker.mailsTo(email)).toHaveLength(2);
    // The password stays.
    expect((await worker.post("/api/auth/login", { email, password })).status).toBe(200);
  });

  it("adds it to nobody whose address is not proved: a stranger may have signed up", async () => {
    const email = uniqueEmail();
    await registerUnproved(email);
    const owner = await signIn({ email });
    expect(owner).toMatchObject(refusal(409, "link_required"));
    expect(owner.json.error?.message).toContain("Sign in the way you did before");
    expect(await rowsOf("SELECT id FROM identities WHERE email = ?", email)).toEqual([]);
  });

  it("adds it to no admin, and makes no admin of an address of ADMIN_EMAILS", async () => {
    const email = uniqueEmail();
    const { user } = await registerProved(email);
    await env.DB.prepare("UPDATE users SET role = 'admin' WHERE id = ?").bind(user?.id).run();
    expect(await signIn({ email })).toMatchObject(refusal(409, "link_required"));
    const listed = await signIn({ email: "listed@farebox.test" });
    expect(listed.json.user).toMatchObject({ role: "user", emailVerified: false });
  });

  it.each(["missing", "string"] as const)(
    "takes no address whose email_verified is %s",
    async (lie) => {
      issuer.issuer.faults = { emailVerified: lie };
      const email = uniqueEmail();
      expect(await signIn({ email })).toMatchObject(refusal(403, "email_not_proved"));
      expect(await usersWith(email)).toEqual([]);
    },
  );

  it("takes no address that is not proved there, and none that is no address", async () => {
    const email = uniqueEmail();
    const unproved = { email, isVerified: false };
    expect(await signIn(unproved)).toMatchObject(refusal(403, "email_not_proved"));
    for (const odd of [
      "ad\u0430@shop.example",
      "\u212Aim@shop.example",
      "a@b",
      "a@b.co\r\nBcc: c@d.eu",
    ])
      expect(await signIn({ email: odd })).toMatchObject(refusal(403, "email_not_proved"));
  });

  it("takes a name of one plain line, and no other", async () => {
    for (const name of ["Eve\r\nBcc: all@shop.example", "x".repeat(201), "a\u202eb"]) {
      const { status, json } = await signIn({ email: uniqueEmail(), name });
      expect([status, json.user?.name]).toEqual([200, null]);
    }
  });

  it("asks the userinfo endpoint where the token has no address", async () => {
    issuer.issuer.faults = { isSparse: true };
    const email = uniqueEmail();
    expect((await signIn({ email, name: "Ada" })).json.user).toMatchObject({ email, name: "Ada" });
    issuer.issuer.faults = { isSparse: true, userinfoSubject: "somebody else" };
    expect(await signIn({ email: uniqueEmail() })).toMatchObject(refusal(502, "provider_error"));
  });

  it("makes one user of any number of answers at once", async () => {
    const email = uniqueEmail();
    const visits = [await visit({ email }), await visit({ email }), await visit({ email })];
    const replies = await Promise.all(visits.map((one) => finish(one)));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(replies.map(({ json }) => json.user?.id)).size).toBe(1);
    expect(await usersWith(email)).toHaveLength(1);
  });

  it("makes one user of one subject that comes with two addresses at once", async () => {
    const subject = crypto.randomUUID();
    const emails = [uniqueEmail(), uniqueEmail()];
    const visits = [];
    for (const email of emails) visits.push(await visit({ email, subject }));
    const replies = await Promise.all(visits.map((one) => finish(one)));
    expect(new Set(replies.map(({ json }) => json.user?.id)).size).toBe(1);
    const found = await Promise.all(emails.map(usersWith));
    expect(found.flat()).toHaveLength(1);
  });

  it("asks for the second factor of a user who has one", async () => {
    const email = uniqueEmail();
    const { user } = await registerProved(email);
    await signIn({ email });
    await env.DB.prepare(
      "INSERT INTO totp_factors (user_id, sealed_secret, confirmed_at, created_at) " +
        "VALUES (?, 'x', 1, 1)",
    )
      .bind(user?.id)
      .run();
    const reply = await signIn({ email });
    expect([reply.status, Object.keys(reply.json)]).toEqual([202, ["challengeId", "expiresAt"]]);
  });

  it("is refused to a user who is being erased, and makes a new one after that", async () => {
    const email = uniqueEmail();
    const first = await signIn({ email });
    const id = first.json.user?.id;
    await env.DB.prepare("UPDATE users SET erasing_at = 1 WHERE id = ?").bind(id).run();
    expect(await signIn({ email })).toMatchObject(refusal(409, "conflict"));
    const other = { email, subject: crypto.randomUUID() };
    expect(await signIn(other)).toMatchObject(refusal(409, "conflict"));
    await env.DB.prepare("UPDATE users SET erasing_at = null WHERE id = ?").bind(id).run();
    const session = await signIn({ email });
    const { accessToken = "" } = session.json;
    const erased = await worker.send("DELETE", "/api/users/me", { token: accessToken, body: {} });
    expect(erased.status).toBe(204);
    expect(await rowsOf("SELECT id FROM identities WHERE user_id = ?", id ?? "")).toEqual([]);
    const fresh = await signIn({ email });
    expect(fresh.status).toBe(200);
    expect(fresh.json.user?.id).not.toBe(id);
  });

  it("that dies half-way costs one sign-in", async () => {
    const email = uniqueEmail();
    const dying = new MailWorker(issuer.settings);
    const open = () => Promise.reject(new Error("the object cannot be reached"));
    Object.defineProperty(dying.env, "CREDIT_ACCOUNT", {
      value: new Proxy(dying.env.CREDIT_ACCOUNT, { get: () => () => ({ open }) }),
    });
    const half = await dying.post("/api/auth/providers/local/finish", await visit({ email }));
    expect(half).toMatchObject(refusal(503, "billing_unavailable"));
    expect((await signIn({ email })).status).toBe(200);
    expect(await usersWith(email)).toHaveLength(1);
  });
});

describe("an issuer that lies is not believed:", () => {
  it.each([
    ["another nonce", { nonce: "another" }],
    ["another issuer", { issuer: "https://evil.example" }],
    ["another audience", { audience: "another client" }],
    ["an expired token", { isExpired: true }],
    ["an unsigned token", { isUnsigned: true }],
    ["a forged token", { isForged: true }],
    ["no token", { hasNoIdToken: true }],
    ["an answer of another issuer", { responseIssuer: "https://evil.example" }],
    ["an answer that names no issuer", { responseIssuer: null }],
  ])("%s", async (_what, faults) => {
    const lines = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    onTestFinished(() => lines.mockRestore());
    const liar = new TestIssuer();
    liar.connect();
    liar.issuer.faults = faults;
    const believing = new MailWorker(liar.settings);
    const email = uniqueEmail();
    const begun = await believing.post("/api/auth/providers/local/begin", {});
    const back = await liar.signIn(begun.json.url ?? "", { email });
    const { sealedState } = begun.json;
    const callback = { sealedState, answer: back.search.slice(1) };
    const reply = await believing.post("/api/auth/providers/local/finish", callback);
    expect(reply).toMatchObject(refusal(502, "provider_error"));
    expect(await usersWith(email)).toEqual([]);
    const logged = lines.mock.calls.join();
    expect(logged).toContain('"event":"provider.failed"');
    for (const secret of [email, back.searchParams.get("code") ?? "?", "eyJ"])
      expect(logged).not.toContain(secret);
  });

  it("a key that is new is fetched, and a client secret that is wrong is told", async () => {
    await signIn({ email: uniqueEmail() });
    issuer.issuer.rotateKey();
    expect((await signIn({ email: uniqueEmail() })).status).toBe(200);
    const misled = new MailWorker({ ...issuer.settings, ISSUER_SECRET: "wrong" });
    const reply = await misled.post(
      "/api/auth/providers/local/finish",
      await visit({ email: uniqueEmail() }),
    );
    expect(reply).toMatchObject(refusal(502, "provider_error"));
  });

  it("one that is down, or too slow, or not there, gives a 502", async () => {
    const down = new TestIssuer();
    const relying = new MailWorker(down.settings);
    const gone = await relying.post("/api/auth/providers/local/begin", {});
    expect(gone).toMatchObject(refusal(502, "provider_error"));
    expect(gone.json.error?.message).toContain("the sign-in with The issuer");
    down.connect();
    down.issuer.faults = { isDown: true };
    const ill = await relying.post("/api/auth/providers/local/begin", {});
    expect(ill).toMatchObject(refusal(502, "provider_error"));
    down.issuer.faults = {};
    const begun = await relying.post("/api/auth/providers/local/begin", {});
    const back = await down.signIn(begun.json.url ?? "", { email: uniqueEmail() });
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort());
    onTestFinished(() => timeout.mockRestore());
    const callback = { sealedState: begun.json.sealedState, answer: back.search.slice(1) };
    const slow = await relying.post("/api/auth/providers/local/finish", callback);
    expect(slow).toMatchObject(refusal(502, "provider_error"));
    expect(timeout).toHaveBeenCalledWith(8000);
  });

  it("it is asked for its endpoints once an hour, not at each sign-in", async () => {
    const asked = new TestIssuer();
    asked.connect();
    const relying = new MailWorker(asked.settings);
    const discoveries = () => asked.requests.filter((one) => one.includes("/.well-known/")).length;
    for (let time = 0; time < 3; time += 1)
      await relying.post("/api/auth/providers/local/begin", {});
    expect(discoveries()).toBe(1);
    moveClock(3_600_001);
    await relying.post("/api/auth/providers/local/begin", {});
    expect(discoveries()).toBe(2);
  });
});

describe("an answer of an issuer", () => {
  const NOT_BEGUN = refusal(400, "invalid_request", "sealedState");

  it("works once", async () => {
    const callback = await visit({ email: uniqueEmail() });
    expect((await finish(callback)).status).toBe(200);
    expect(await finish(callback)).toMatchObject(NOT_BEGUN);
  });

  it("is taken in the browser that began, and at the provider that was asked, alone", async () => {
    const [mine, other] = [
      await visit({ email: uniqueEmail() }),
      await visit({ email: uniqueEmail() }),
    ];
    const mixed = { sealedState: other.sealedState, answer: mine.answer };
    expect(await finish(mixed)).toMatchObject(NOT_BEGUN);
    expect(await finish(mine, "hub")).toMatchObject(NOT_BEGUN);
    for (const sealedState of ["", "x", "a.b.c.d.e", `${mine.sealedState}x`])
      expect(await finish({ ...mine, sealedState })).toMatchObject(NOT_BEGUN);
    for (const answer of ["", "code=1", `${mine.answer}&state=x`])
      expect(await finish({ ...mine, answer })).toMatchObject(NOT_BEGUN);
    expect((await finish(mine)).status).toBe(200);
  });

  it("is taken for ten minutes", async () => {
    const callback = await visit({ email: uniqueEmail() });
    moveClock(10 * 60_000 + 1);
    expect(await finish(callback)).toMatchObject(NOT_BEGUN);
  });

  it("that says no is told by its reason, of which only a plain code is shown", async () => {
    const denied = await signIn({ email: uniqueEmail(), denies: true });
    expect(denied).toMatchObject(refusal(403, "provider_refused", "access_denied"));
    const begun = await begin();
    const { sealedState, url = "" } = begun.json;
    const state = new URL(url).searchParams.get("state");
    const answer = `error=${encodeURIComponent("<b>no</b>")}&state=${state}&iss=${issuer.origin}`;
    const odd = await finish({ sealedState, answer });
    expect(odd).toMatchObject(refusal(403, "provider_refused", "error"));
  });

  it("comes back to this site or to a front end of the operator's alone", async () => {
    for (const redirectUri of [
      "https://evil.example/login/local/callback",
      "http://farebox.test.evil.example/",
      "http://user@farebox.test/login/local/callback",
      "http://farebox.test/#",
      "javascript:alert(1)",
      "/login",
    ])
      expect(await begin("local", { redirectUri })).toMatchObject(
        refusal(400, "invalid_request", "redirectUri"),
      );
    const redirectUri = "http://shop.test/login/local/callback";
    const { url = "", sealedState } = (await begin("local", { redirectUri })).json;
    const email = uniqueEmail();
    const back = await issuer.signIn(url, { email });
    expect(back.origin).toBe("http://shop.test");
    const reply = await finish({ sealedState, answer: back.search.slice(1) });
    expect(reply.status).toBe(200);
  });

  it("is limited for a network", async () => {
    const headers = { "cf-connecting-ip": "203.0.113.77" };
    const body = { sealedState: "x", answer: "code=1" };
    const statuses = [];
    for (let time = 0; time < 25; time += 1) {
      const path = "/api/auth/providers/local/finish";
      statuses.push((await worker.send("POST", path, { body, headers })).status);
    }
    expect(statuses.slice(0, 3)).toEqual([400, 400, 400]);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe("signing in by GitHub", () => {
  it("takes the primary address if GitHub verified it, and the id as the subject", async () => {
    const email = uniqueEmail();
    const first = await signIn({ email, name: "Octo" }, "hub");
    expect(first).toMatchObject({ status: 200, json: { user: { email, name: "Octo" } } });
    expect(await rowsOf("SELECT issuer FROM identities WHERE email = ?", email)).toEqual([
      { issuer: `${issuer.origin}/github/login/oauth` },
    ]);
    const again = await signIn({ email }, "hub");
    expect(again.json.user?.id).toBe(first.json.user?.id);
    const unproved = { email: uniqueEmail(), isVerified: false };
    expect(await signIn(unproved, "hub")).toMatchObject(refusal(403, "email_not_proved"));
  });

  it("takes a code once, and says what else is wrong", async () => {
    const callback = await visit({ email: uniqueEmail() }, "hub");
    expect((await finish(callback, "hub")).status).toBe(200);
    expect(await finish(callback, "hub")).toMatchObject(
      refusal(400, "invalid_request", "sealedState"),
    );
    const misled = new MailWorker({ ...issuer.settings, ISSUER_SECRET: "wrong" });
    const reply = await misled.post(
      "/api/auth/providers/hub/finish",
      await visit({ email: uniqueEmail() }, "hub"),
    );
    expect(reply).toMatchObject(refusal(502, "provider_error"));
  });
});

it("the providers are listed for everybody, and an unknown one is not found", async () => {
  const listed = await worker.send("GET", "/api/auth/providers");
  expect(listed).toMatchObject({
    status: 200,
    json: {
      data: [
        { id: "local", name: "The issuer" },
        { id: "hub", name: "GitHub" },
      ],
    },
  });
  expect(await begin("nobody")).toMatchObject(refusal(404, "not_found"));
  expect(await finish({ sealedState: "x", answer: "" }, "nobody")).toMatchObject(
    refusal(404, "not_found"),
  );
});

it("a secret that is missing is told by its name, before anybody leaves", async () => {
  const { SIGN_IN_PROVIDERS } = issuer.settings;
  const bare = new MailWorker({ SIGN_IN_PROVIDERS });
  const missing = refusal(503, "misconfigured", "ISSUER_SECRET");
  expect(await bare.post("/api/auth/providers/local/begin", {})).toMatchObject(missing);
  const late = await bare.post(
    "/api/auth/providers/local/finish",
    await visit({ email: uniqueEmail() }),
  );
  expect(late).toMatchObject(missing);
});
