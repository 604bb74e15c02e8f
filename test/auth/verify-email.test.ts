import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { codeIn, MailWorker, tokenIn, wrongCode } from "../support/mail-worker.ts";
import { createKey, signUp, type TestUser, uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const worker = new MailWorker({ FREE_PLAN_NEEDS_PROOF: "false" });
beforeEach(() => worker.connect());

const send = (user: TestUser) => worker.post("/api/auth/email/send", undefined, user.token);
const confirm = (user: Pick<TestUser, "token">, proof: object) =>
  worker.post("/api/auth/email/confirm", proof, user.token);
const show = async (user: Pick<TestUser, "token">) =>
  (await worker.send("GET", "/api/users/me", { token: user.token })).json;

/** Asks to change the address, and returns the reply. */
const change = (user: TestUser, email: string, currentPassword = user.password) =>
  worker.send("PATCH", "/api/users/me", { token: user.token, body: { email, currentPassword } });

function lastMail(email: string) {
  const [mail] = worker.mailsTo(email);
  if (mail === undefined) throw new Error(`no mail came to ${email}`);
  return mail;
}

describe("an address", () => {
  it("is proved by the link or the code of a mail that comes with the sign-up", async () => {
    const email = uniqueEmail();
    const body = { email, password: "a long ride home" };
    const signedUp = await worker.post("/api/auth/register", body);
    expect(signedUp).toMatchObject({ status: 201, json: { user: { emailVerified: false } } });
    const { accessToken = "" } = signedUp.json;
    const user = { token: accessToken };
    expect((await confirm(user, { code: wrongCode(lastMail(email)) })).status).toBe(400);
    expect((await confirm(user, { code: codeIn(lastMail(email)) })).status).toBe(204);
    expect(await show(user)).toMatchObject({ emailVerified: true });
  });

  it("is proved by a link once, and by its own user's session alone", async () => {
    const [user, other] = [await signUp(), await signUp()];
    expect((await send(user)).status).toBe(204);
    const token = tokenIn(lastMail(user.email));
    expect(await confirm(other, { token })).toMatchObject({
      status: 400,
      json: { error: { param: "token" } },
    });
    const key = await createKey(user, { scopes: ["read", "write", "chat"] });
    expect((await confirm({ token: key }, { token })).status).toBe(403);
    expect((await confirm(user, { token })).status).toBe(204);
    expect((await confirm(user, { token })).status).toBe(400);
    expect(await show(other)).toMatchObject({ emailVerified: false });
  });

  it("of ADMIN_EMAILS makes an admin once it is proved, which the audit log has", async () => {
    const user = await signUp();
    const listed = new MailWorker({ ADMIN_EMAILS: user.email });
    await listed.post("/api/auth/email/send", undefined, user.token);
    const token = tokenIn(listed.mailsTo(user.email)[0] ?? { text: "" });
    await listed.post("/api/auth/email/confirm", { token }, user.token);
    expect(await show(user)).toMatchObject({ role: "admin" });
    const { results } = await env.DB.prepare(
      "select action, reason from audit_log where user_id = ?",
    )
      .bind(user.userId)
      .all();
    expect(results).toEqual([{ action: "user.role_changed", reason: "ADMIN_EMAILS" }]);
  });

  it("that was proved meanwhile is taken for proved, and one that was changed is not", async () => {
    const [user, moved] = [await signUp(), await signUp()];
    for (const one of [user, moved]) await send(one);
    const [token, old] = [tokenIn(lastMail(user.email)), tokenIn(lastMail(moved.email))];
    await env.DB.prepare("update users set email_verified_at = 1 where id = ?")
      .bind(user.userId)
      .run();
    expect((await confirm(user, { token })).status).toBe(204);
    await env.DB.prepare("update users set email = ?2, email_normalized = ?2 where id = ?1")
      .bind(moved.userId, uniqueEmail())
      .run();
    expect((await confirm(moved, { token: old })).status).toBe(400);
    expect(await show(moved)).toMatchObject({ emailVerified: false });
  });

  it("cannot be proved where no mails are sent, and the answer says so", async () => {
    const silent = new MailWorker({ MAIL_FROM: "" });
    const { token } = await signUp();
    expect(await silent.post("/api/auth/email/send", undefined, token)).toMatchObject({
      status: 503,
      json: { error: { code: "misconfigured" } },
    });
  });

  it("that is proved gets no further mail", async () => {
    const user = await signUp();
    await send(user);
    await confirm(user, { token: tokenIn(lastMail(user.email)) });
    expect((await send(user)).status).toBe(204);
    expect(worker.mailsTo(user.email)).toHaveLength(1);
  });

  it("gets five mails an hour, and then a refusal that says so", async () => {
    const user = await signUp();
    const statuses = [];
    for (let one = 0; one < 6; one++) statuses.push((await send(user)).status);
    expect(statuses).toEqual([204, 204, 204, 204, 204, 429]);
  });

  it("takes five guesses of a code, whatever mail they were for", async () => {
    const user = await signUp();
    await send(user);
    const code = codeIn(lastMail(user.email));
    for (let guess = 0; guess < 5; guess++)
      await confirm(user, { code: wrongCode(lastMail(user.email)) });
    expect((await confirm(user, { code })).status).toBe(400);
    await send(user);
    expect((await confirm(user, { code: codeIn(lastMail(user.email)) })).status).toBe(204);
  });
});

/** Signs up a user whose address is proved. */
async function signUpProved(email?: string): Promise<TestUser> {
  const user = await signUp(email);
  await env.DB.prepare("update users set email_verified_at = 1 where id = ?")
    .bind(user.userId)
    .run();
  return user;
}

describe("a change of address", () => {
  it("that was never proved is made at once, tells the old one and asks the new one", async () => {
    const [user, other] = [await signUp(), await signUp()];
    const email = uniqueEmail();
    expect(await change(user, email)).toMatchObject({ status: 200, json: { email } });
    expect(await show(user)).toMatchObject({ email, emailVerified: false });
    expect(lastMail(user.email).text).toContain(email);
    expect((await confirm(user, { code: codeIn(lastMail(email)) })).status).toBe(204);
    expect(await show(user)).toMatchObject({ email, emailVerified: true });
    expect((await change(other, email)).status).toBe(409);
    const careful = new MailWorker();
    const body = { email: uniqueEmail(), currentPassword: other.password };
    const asked = await careful.send("PATCH", "/api/users/me", { token: other.token, body });
    expect(asked).toMatchObject({ status: 200, json: { email: other.email } });
  });

  it("asks the new address, keeps the old one until then, and tells it", async () => {
    const user = await signUpProved();
    const email = uniqueEmail();
    expect(await change(user, email)).toMatchObject({ status: 200, json: { email: user.email } });
    expect(await show(user)).toMatchObject({ email: user.email });
    expect((await confirm(user, { token: tokenIn(lastMail(email)) })).status).toBe(204);
    expect(await show(user)).toMatchObject({ email, emailVerified: true });
    const told = lastMail(user.email);
    expect(told.subject).toBe("Your The shop email address was changed");
    expect(told.text).toContain(email);
    const body = { email, password: user.password };
    expect((await worker.post("/api/auth/login", body)).status).toBe(200);
  });

  it("to an address that another user has by then is refused, and changes nothing", async () => {
    const [user, email] = [await signUpProved(), uniqueEmail()];
    await change(user, email);
    await signUp(email);
    expect(await confirm(user, { token: tokenIn(lastMail(email)) })).toMatchObject({
      status: 409,
      json: { error: { code: "email_taken" } },
    });
    expect(await show(user)).toMatchObject({ email: user.email });
  });

  it("does not tell whether another user has the address", async () => {
    const [user, other] = [await signUpProved(), await signUp()];
    const [taken, free] = [await change(user, other.email), await change(user, uniqueEmail())];
    expect(taken.status).toBe(free.status);
  });

  it("takes the password, and nothing is mailed without it", async () => {
    const [user, email] = [await signUpProved(), uniqueEmail()];
    expect((await change(user, email, "not the password")).status).toBe(401);
    expect(worker.mailsTo(email)).toEqual([]);
  });

  it("is confirmed by its own link, and an older one to another address is spent", async () => {
    const user = await signUpProved();
    const [first, second] = [uniqueEmail(), uniqueEmail()];
    await change(user, first);
    await change(user, second);
    expect((await confirm(user, { token: tokenIn(lastMail(second)) })).status).toBe(204);
    expect((await confirm(user, { token: tokenIn(lastMail(first)) })).status).toBe(400);
    expect(await show(user)).toMatchObject({ email: second });
  });

  it("by an admin is made at once, proves nothing, and tells the old address", async () => {
    const [admin, user] = [await signUp(), await signUp()];
    await env.DB.prepare("update users set role = 'admin' where id = ?").bind(admin.userId).run();
    await send(user);
    await confirm(user, { token: tokenIn(lastMail(user.email)) });
    const email = uniqueEmail();
    const reply = await worker.send("PATCH", `/api/users/${user.userId}`, {
      token: admin.token,
      body: { email, currentPassword: admin.password },
    });
    expect(reply).toMatchObject({ status: 200, json: { email, emailVerified: false } });
    const told = lastMail(user.email);
    expect(told.subject).toContain("address");
    expect(told.text).toContain(email);
    // The same address once more changes nothing, and neither does another name.
    const mails = worker.mailsTo(user.email).length + worker.mailsTo(email).length;
    for (const body of [{ email, currentPassword: admin.password }, { name: "Another" }])
      await worker.send("PATCH", `/api/users/${user.userId}`, { token: admin.token, body });
    expect(worker.mailsTo(user.email).length + worker.mailsTo(email).length).toBe(mails);
  });
});
