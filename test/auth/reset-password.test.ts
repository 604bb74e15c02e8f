import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { database } from "../../src/db.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/time.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { moveClock } from "../support/clock.ts";
import { MailWorker, tokenIn } from "../support/mail-worker.ts";
import { createKey, signUp, type TestUser } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const worker = new MailWorker();
beforeEach(() => worker.connect());

const newPassword = "a much longer ride";
const forgot = (email: string) => worker.post("/api/auth/forgot-password", { email });
const reset = (token: string, secret = newPassword) =>
  worker.post("/api/auth/reset-password", { token, newPassword: secret });
const logIn = (email: string, password: string) =>
  worker.post("/api/auth/login", { email, password });

/** Asks for a link, and returns its token. */
async function ask({ email }: TestUser): Promise<string> {
  expect((await forgot(email)).status).toBe(204);
  const [mail] = worker.mailsTo(email);
  if (mail === undefined) throw new Error("no mail came");
  return tokenIn(mail);
}

describe("a password that was forgotten", () => {
  it("is replaced by the link of a mail, once, which ends every session and tells so", async () => {
    const user = await signUp();
    const token = await ask(user);
    expect((await reset(token)).status).toBe(204);
    expect((await logIn(user.email, user.password)).status).toBe(401);
    expect(await logIn(user.email, newPassword)).toMatchObject({
      status: 200,
      json: { user: { id: user.userId, emailVerified: true } },
    });
    const old = await worker.send("GET", "/api/users/me", { token: user.token });
    expect(old.status).toBe(401);
    const chat = await worker.post(
      "/v1/chat/completions",
      { model: "small", messages: [{ role: "user", content: "hi" }] },
      user.token,
    );
    expect(chat.status).toBe(401);
    expect(await reset(token, "one more long ride")).toMatchObject({
      status: 400,
      json: { error: { code: "invalid_request", param: "token" } },
    });
    expect(worker.mailsTo(user.email)[0]?.subject).toBe("Your The shop password was changed");
  });

  it("makes no admin: an address of ADMIN_EMAILS is proved by a mail of its own", async () => {
    const user = await signUp();
    const listed = new MailWorker({ ADMIN_EMAILS: user.email });
    await listed.post("/api/auth/forgot-password", { email: user.email });
    await listed.post("/api/auth/reset-password", {
      token: tokenIn(listed.mailsTo(user.email)[0] ?? { text: "" }),
      newPassword,
    });
    expect(await logIn(user.email, newPassword)).toMatchObject({
      json: { user: { role: "user", emailVerified: false } },
    });
  });

  it("keeps the keys of its user, who revokes them by hand", async () => {
    const user = await signUp();
    const key = await createKey(user);
    await reset(await ask(user));
    expect((await worker.send("GET", "/api/usage", { token: key })).status).toBe(200);
  });

  it("is replaced once, of any number of clicks at once", async () => {
    const user = await signUp();
    const token = await ask(user);
    const clicks = await Promise.all(
      [1, 2, 3].map((one) => reset(token, `a longer ride, number ${one}`)),
    );
    expect(clicks.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 400, 400]);
  });

  it("stays where the new one is refused, and the link stays good", async () => {
    const user = await signUp();
    const token = await ask(user);
    for (const bad of ["short", "password1", user.email])
      expect(await reset(token, bad)).toMatchObject({
        status: 400,
        json: { error: { param: "newPassword" } },
      });
    expect((await reset(token)).status).toBe(204);
  });

  it("stays after half an hour, after a newer link was used, and for a broken link", async () => {
    const user = await signUp();
    const [older, newer] = [await ask(user), await ask(user)];
    expect((await reset(newer)).status).toBe(204);
    for (const token of [older, newer.slice(0, -1), `${newer}A`, "", "ver_1"])
      expect((await reset(token, "one more long ride")).status).toBe(400);
    const third = await ask(user);
    moveClock(30 * MINUTE_MS);
    expect((await reset(third, "one more long ride")).status).toBe(400);
    expect((await logIn(user.email, newPassword)).status).toBe(200);
  });

  it("is no way to learn who has an account", async () => {
    const user = await signUp();
    const known = await forgot(user.email);
    const unknown = await forgot(`nobody-${user.email}`);
    expect([unknown.status, unknown.text]).toEqual([known.status, known.text]);
    expect(worker.mailsTo(`nobody-${user.email}`)).toEqual([]);
  });

  it("sends an address five mails an hour, in whatever case it is written", async () => {
    const user = await signUp();
    for (let one = 0; one < 9; one++)
      expect((await forgot(one % 2 === 0 ? user.email : user.email.toUpperCase())).status).toBe(
        204,
      );
    expect(worker.mailsTo(user.email)).toHaveLength(5);
    moveClock(HOUR_MS + 1);
    await forgot(user.email);
    expect(worker.mailsTo(user.email)).toHaveLength(6);
  });

  it("is not replaced by a link to an address that was changed since", async () => {
    const user = await signUp();
    const token = await ask(user);
    await database(worker.env.DB)
      .$client.prepare("update users set email_normalized = ?2 where id = ?1")
      .bind(user.userId, `moved-${user.email}`)
      .run();
    expect((await reset(token)).status).toBe(400);
  });

  it("cannot be replaced where no mails are sent, and the answer says so", async () => {
    const silent = new MailWorker({ MAIL_FROM: "" });
    const user = await signUp();
    expect(await silent.post("/api/auth/forgot-password", { email: user.email })).toMatchObject({
      status: 503,
      json: { error: { code: "misconfigured" } },
    });
  });
});
