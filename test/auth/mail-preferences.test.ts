import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { accountObject } from "../support/account.ts";
import { adminUser } from "../support/admin.ts";
import { MailWorker } from "../support/mail-worker.ts";
import {
  choose,
  type MailedUser,
  moveCredits,
  readChoice,
  signUpByMail,
} from "../support/mailed-user.ts";
import { createKey } from "../support/sign-up.ts";

const PUBLIC_URL = "https://farebox.test";
const worker = new MailWorker();
beforeEach(() => worker.connect());

const ALL = {
  language: "en",
  kinds: { balance_low: true, allowance_used_up: true },
  lowBalanceCredits: null,
};

describe("mail preferences", () => {
  it("begin with every mail, in the language of the sign-up", async () => {
    const [english, arabic] = [
      await signUpByMail(worker),
      await signUpByMail(worker, { language: "ar" }),
    ];
    expect(await readChoice(worker, english)).toEqual(ALL);
    expect(await readChoice(worker, arabic)).toEqual({ ...ALL, language: "ar" });
  });

  it("change one by one, and what is left out stays", async () => {
    const user = await signUpByMail(worker);
    await choose(worker, user, { lowBalanceCredits: 12.5 });
    await choose(worker, user, { kinds: { allowance_used_up: false } });
    await choose(worker, user, { language: "ar" });
    const changed = {
      language: "ar",
      kinds: { balance_low: true, allowance_used_up: false },
      lowBalanceCredits: 12.5,
    };
    expect(await readChoice(worker, user)).toEqual(changed);
    const empty = await choose(worker, user, {});
    expect(JSON.parse(empty.text)).toEqual(changed);
    await choose(worker, user, { lowBalanceCredits: null });
    expect(await readChoice(worker, user)).toEqual({ ...changed, lowBalanceCredits: null });
  });

  it.each([
    [{ kinds: { payment_failed: false } }, "kinds.payment_failed"],
    [{ kinds: { refund_made: false } }, "kinds.refund_made"],
    [{ kinds: { trial_ending: false } }, "kinds.trial_ending"],
    [{ kinds: { subscription_ended: false } }, "kinds.subscription_ended"],
    [{ kinds: { key_made: false } }, "kinds.key_made"],
    [{ kinds: { reset_password: false } }, "kinds.reset_password"],
    [{ kinds: { newsletter: true } }, "kinds.newsletter"],
    [{ kinds: { balance_low: "no" } }, "kinds.balance_low"],
    [{ language: "fr" }, "language"],
    [{ lowBalanceCredits: 0 }, "lowBalanceCredits"],
    [{ lowBalanceCredits: -1 }, "lowBalanceCredits"],
    [{ lowBalanceCredits: 1e12 }, "lowBalanceCredits"],
    [{ lowBalanceCredits: 0.0000001 }, "lowBalanceCredits"],
    [{ lowBalanceCredits: "10" }, "lowBalanceCredits"],
    [{ threshold: 1 }, "threshold"],
  ])("refuse %j, and name the field", async (body, param) => {
    const user = await signUpByMail(worker);
    const refused = await choose(worker, user, body);
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.text)).toMatchObject({ error: { code: "invalid_request", param } });
    expect(await readChoice(worker, user)).toEqual(ALL);
  });

  it("are changed by their user's session or an admin, whose change is in the log", async () => {
    const [user, other] = [await signUpByMail(worker), await signUpByMail(worker)];
    const admin = await adminUser();
    const path = `/api/users/${user.userId}/mail-preferences`;
    const change = { language: "ar" };
    expect((await choose(worker, other, change, path)).status).toBe(404);
    const key = await createKey(user, { scopes: ["read", "write", "chat"] });
    expect((await choose(worker, { token: key }, change)).status).toBe(403);
    expect((await worker.send("GET", path, { token: other.token })).status).toBe(404);
    expect((await choose(worker, admin, change, path)).status).toBe(200);
    expect(await readChoice(worker, user)).toMatchObject(change);
    const logged = await env.DB.prepare(
      "select actor_id from audit_log where action = ?1 and user_id = ?2",
    )
      .bind("user.mail_preferences_changed", user.userId)
      .all();
    expect(logged.results).toEqual([{ actor_id: admin.userId }]);
    const gone = "/api/users/usr_ffffffffffffffff/mail-preferences";
    expect((await choose(worker, admin, change, gone)).status).toBe(404);
    expect((await worker.send("GET", gone, { token: admin.token })).status).toBe(404);
  });

  it("are in the user's export, and gone with the user", async () => {
    const user = await signUpByMail(worker);
    await choose(worker, user, { lowBalanceCredits: 10 });
    await moveCredits(user, 20);
    await moveCredits(user, -15);
    await runDurableObjectAlarm(accountObject(user.userId));
    const exported = await worker.send("GET", "/api/users/me/export", { token: user.token });
    expect(JSON.parse(exported.text)).toMatchObject({
      mailPreferences: { ...ALL, lowBalanceCredits: 10 },
    });
    const left = async () => {
      const counts = ["mail_preferences", "account_notices"].map((table) =>
        env.DB.prepare(`select count(*) as n from ${table} where user_id = ?`).bind(user.userId),
      );
      return (await env.DB.batch<{ n: number }>(counts)).map(({ results }) => results[0]?.n);
    };
    expect(await left()).toEqual([1, 1]);
    const deleted = await worker.send("DELETE", "/api/users/me", {
      token: user.token,
      body: { currentPassword: "a long ride home" },
    });
    expect(deleted.status).toBeLessThan(300);
    expect(await left()).toEqual([0, 0]);
  });
});

describe("the link that turns a mail off", () => {
  const secure = new MailWorker({ PUBLIC_URL });

  /** Brings a user below their threshold, and returns the mail's headers and one-click link. */
  async function lowBalanceMail(user: MailedUser) {
    await choose(worker, user, { lowBalanceCredits: 10 });
    await moveCredits(user, 20);
    await moveCredits(user, -15);
    await runDurableObjectAlarm(accountObject(user.userId));
    secure.connect();
    // A cron sends a batch, and other files' mails may come first.
    for (let run = 0; run < 20 && secure.mailsTo(user.email).length === 0; run += 1)
      await secure.runCron();
    const [mail] = secure.mailsTo(user.email);
    const { headers = {} }: { headers?: Record<string, string> } = JSON.parse(mail?.body ?? "{}");
    const [, url = ""] = /^<(.*)>$/.exec(headers["List-Unsubscribe"] ?? "") ?? [];
    return { headers, path: url.slice(PUBLIC_URL.length), mail };
  }

  it("is in the headers of mails that can be turned off, and of no others", async () => {
    const user = await signUpByMail(worker);
    const { headers, path, mail } = await lowBalanceMail(user);
    expect(headers["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
    expect(path).toMatch(/^\/unsubscribe\?token=usr_\w+\.balance_low\.[\w-]+$/);
    expect(mail?.text).toContain(`${PUBLIC_URL}/account/mail`);
    await secure.post("/api/api-keys", { name: "k" }, user.token);
    const [keyMail] = secure.mailsTo(user.email);
    expect(keyMail?.subject).toMatch(/^New .* API key$/);
    expect(keyMail?.body).not.toContain("List-Unsubscribe");
  });

  it("works in one click from a mail program, and not by being opened", async () => {
    const user = await signUpByMail(worker);
    const { path } = await lowBalanceMail(user);
    expect((await secure.send("GET", path)).status).toBe(200);
    expect(await readChoice(worker, user)).toMatchObject({ kinds: { balance_low: true } });
    const clicked = await secure.send("POST", path, {
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "List-Unsubscribe=One-Click",
    });
    expect(clicked.status).toBe(200);
    expect(await readChoice(worker, user)).toMatchObject({
      kinds: { balance_low: false, allowance_used_up: true },
    });
  });

  it("works as multipart too, which RFC 8058 allows", async () => {
    const user = await signUpByMail(worker);
    const { path } = await lowBalanceMail(user);
    const clicked = await secure.send("POST", path, {
      headers: { "content-type": "multipart/form-data; boundary=x" },
      body: ["--x", 'content-disposition: form-data; name="a"', "", "b", "--x--"].join("\r\n"),
    });
    expect(clicked.status).toBe(200);
    expect(await readChoice(worker, user)).toMatchObject({ kinds: { balance_low: false } });
  });

  it("does nothing once it was changed, cut off, or signed by somebody else", async () => {
    const [user, other] = [await signUpByMail(worker), await signUpByMail(worker)];
    const { path } = await lowBalanceMail(user);
    const token = path.slice("/unsubscribe?token=".length);
    const signature = token.split(".")[2] ?? "";
    for (const bad of [
      "",
      token.slice(0, -1),
      `${other.userId}.balance_low.${signature}`,
      `${user.userId}.allowance_used_up.${signature}`,
      `${user.userId}.payment_failed.${signature}`,
      `${user.userId}.balance_low.!`,
      `${user.userId}.balance_low.`,
    ]) {
      const refused = await worker.post("/api/mails/unsubscribe", { token: bad });
      expect([bad, refused.status]).toEqual([bad, 400]);
      expect(JSON.parse(refused.text)).toMatchObject({ error: { param: "token" } });
    }
    const page = await worker.send("POST", "/unsubscribe?token=nonsense");
    expect(page.status).toBe(400);
    expect(await readChoice(worker, user)).toMatchObject({ kinds: ALL.kinds });
    expect(await readChoice(worker, other)).toMatchObject({ kinds: ALL.kinds });
  });

  it("still works under the previous secret, and keeps nothing of a user who is gone", async () => {
    const user = await signUpByMail(worker);
    const { path } = await lowBalanceMail(user);
    const token = path.slice("/unsubscribe?token=".length);
    const rotated = new MailWorker({
      JWT_SECRET: "another-secret-of-at-least-32-bytes-01234",
      JWT_SECRET_PREVIOUS: worker.context.config.JWT_SECRET,
    });
    expect((await rotated.post("/api/mails/unsubscribe", { token })).status).toBe(200);
    expect(await readChoice(worker, user)).toMatchObject({ kinds: { balance_low: false } });
    await env.DB.batch([
      env.DB.prepare("delete from users where id = ?").bind(user.userId),
      env.DB.prepare("delete from mail_preferences where user_id = ?").bind(user.userId),
    ]);
    expect((await worker.post("/api/mails/unsubscribe", { token })).status).toBe(200);
    const kept = await env.DB.prepare("select * from mail_preferences where user_id = ?")
      .bind(user.userId)
      .all();
    expect(kept.results).toEqual([]);
  });
});
