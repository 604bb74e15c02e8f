import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { DAY_MS } from "../../src/time.ts";
import { accountObject } from "../support/account.ts";
import { moveClock } from "../support/clock.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { choose, type MailedUser, moveCredits, signUpByMail } from "../support/mailed-user.ts";
import { standInModel } from "../support/model.ts";
import { loadShopCatalog } from "../support/shop.ts";

const worker = new MailWorker();
beforeEach(() => worker.connect());

/** Has the account tell what there is to tell, and the cron mail it. */
async function report({ userId }: MailedUser, by = worker): Promise<void> {
  await runDurableObjectAlarm(accountObject(userId));
  await runCronTwice(by);
}

/**
 * Runs the cron in two minutes. Each begins with another job: a mail of a notice that comes after
 * the turn of the mails is sent in the next.
 */
async function runCronTwice(by = worker): Promise<void> {
  await by.runCron();
  await by.runCron();
}

const subjects = ({ email }: MailedUser) => worker.mailsTo(email).map(({ subject }) => subject);
const lowMails = (user: MailedUser) => subjects(user).filter((one) => one.includes("running low"));
const usedUpMails = (user: MailedUser) =>
  subjects(user).filter((one) => one.startsWith("You've used all"));

/** One credit for each token of output, and nothing else. */
const EXACT = {
  plans: [],
  models: [
    {
      id: "exact",
      upstream: "local",
      upstreamModel: "large",
      inputPrice: 0,
      outputPrice: 1_000_000,
      contextLength: 1000,
      maxOutputTokens: 1000,
    },
  ],
};

const chat = (user: MailedUser, model: string) =>
  worker.post(
    "/v1/chat/completions",
    { model, max_tokens: 5, messages: [{ role: "user", content: "Hello" }] },
    user.token,
  );

describe("a low balance", () => {
  it("is mailed by a real chat that brings it below the user's threshold, once", async () => {
    standInModel();
    await loadCatalog(database(env.DB), EXACT, Date.now());
    const user = await signUpByMail(worker);
    await moveCredits(user, 100);
    expect((await choose(worker, user, { lowBalanceCredits: 99 })).status).toBe(200);
    await report(user);
    expect(lowMails(user)).toEqual([]);
    // Two at once: one of them crosses.
    const replies = await Promise.all([chat(user, "exact"), chat(user, "exact")]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    await report(user);
    await report(user);
    expect(lowMails(user)).toHaveLength(1);
    const [mail] = worker.mailsTo(user.email);
    expect(mail?.text).toContain("http://farebox.test/credits");
    expect(mail?.text).toContain("You asked us to tell you when your balance falls below 99.");
  });

  it("is mailed again only after it was above the threshold again", async () => {
    const user = await signUpByMail(worker);
    await moveCredits(user, 20);
    await choose(worker, user, { lowBalanceCredits: 10 });
    for (const credits of [-11, -1]) {
      await moveCredits(user, credits);
      await report(user);
    }
    expect(lowMails(user)).toHaveLength(1);
    await moveCredits(user, 50);
    await report(user);
    await moveCredits(user, -50);
    await report(user);
    expect(lowMails(user)).toHaveLength(2);
  });

  it("is mailed once, whatever dies on the way", async () => {
    const user = await signUpByMail(worker);
    await moveCredits(user, 20);
    await choose(worker, user, { lowBalanceCredits: 10 });
    await moveCredits(user, -15);
    // The object forgets what it sent, and sends it once more.
    await evictDurableObject(accountObject(user.userId));
    await runDurableObjectAlarm(accountObject(user.userId));
    await Promise.all([worker.runCron(), worker.runCron()]);
    await worker.runCron();
    await creditAccount(env, user.userId).summary();
    await evictDurableObject(accountObject(user.userId));
    await creditAccount(env, user.userId).summary();
    await report(user);
    expect(lowMails(user)).toHaveLength(1);
  });

  it("is not mailed where nobody asked, or where the threshold was set too late", async () => {
    const user = await signUpByMail(worker);
    await moveCredits(user, 20);
    await moveCredits(user, -15);
    await choose(worker, user, { lowBalanceCredits: 10 });
    await report(user);
    await choose(worker, user, { lowBalanceCredits: null });
    await moveCredits(user, 20);
    await moveCredits(user, -15);
    await report(user);
    expect(lowMails(user)).toEqual([]);
  });

  it("is not mailed where that is turned off, or to an address that is not proved", async () => {
    const [off, unproved] = [await signUpByMail(worker), await signUpByMail(worker)];
    await choose(worker, off, { kinds: { balance_low: false } });
    await env.DB.prepare("update users set email_verified_at = null where id = ?")
      .bind(unproved.userId)
      .run();
    for (const user of [off, unproved]) {
      await moveCredits(user, 20);
      await choose(worker, user, { lowBalanceCredits: 10 });
      await moveCredits(user, -15);
      await report(user);
      expect(lowMails(user)).toEqual([]);
    }
  });

  it("that nobody mailed for a day, because mails were off, is not mailed later", async () => {
    const silent = new MailWorker({ MAIL_FROM: "" });
    worker.connect();
    const user = await signUpByMail(worker);
    await moveCredits(user, 20);
    await choose(worker, user, { lowBalanceCredits: 10 });
    await moveCredits(user, -15);
    await report(user, silent);
    moveClock(DAY_MS + 60_000);
    await runCronTwice();
    expect(lowMails(user)).toEqual([]);
  });

  it("is mailed in the language that its user signed up in, or chose since", async () => {
    const user = await signUpByMail(worker, { language: "ar" });
    await moveCredits(user, 20);
    await choose(worker, user, { lowBalanceCredits: 10 });
    await moveCredits(user, -15);
    await report(user);
    expect(worker.mailsTo(user.email)[0]?.html).toContain('<html lang="ar" dir="rtl">');
    await choose(worker, user, { language: "en" });
    await moveCredits(user, 20);
    await moveCredits(user, -20);
    await report(user);
    expect(worker.mailsTo(user.email)[0]?.html).toContain('<html lang="en" dir="ltr">');
  });
});

describe("an allowance that is used up", () => {
  /** Lets the plan include that many messages a day. */
  const includeMessages = async ({ userId }: MailedUser, limit: number) => {
    const entitlement = {
      planId: "pln_two",
      planVersion: 1,
      allowances: { message: { limit, period: "day" } },
      models: null,
      features: [],
      requestsPerMinute: 1000,
    } as const;
    await creditAccount(env, userId).setEntitlement({ entitlement });
  };

  it("is mailed once in each window, with the time when it begins anew", async () => {
    vi.useFakeTimers({ now: Date.UTC(2082, 3, 1, 12), toFake: ["Date"] });
    standInModel();
    const user = await signUpByMail(worker);
    await includeMessages(user, 2);
    expect((await chat(user, "small")).status).toBe(200);
    await report(user);
    expect(usedUpMails(user)).toEqual([]);
    expect((await chat(user, "small")).status).toBe(200);
    await report(user);
    expect((await chat(user, "small")).status).toBe(402);
    await report(user);
    expect(usedUpMails(user)).toEqual(["You've used all messages in your plan at The shop"]);
    const [mail] = worker.mailsTo(user.email);
    expect(mail?.text).toContain("Your usage resets on April 2, 2082 at 12:00 AM UTC.");
    moveClock(DAY_MS);
    const { token } = JSON.parse(
      (
        await worker.post("/api/auth/login", { email: user.email, password: "a long ride home" })
      ).text.replace('"accessToken"', '"token"'),
    );
    for (let chats = 0; chats < 2; chats += 1)
      expect((await chat({ ...user, token }, "small")).status).toBe(200);
    await report(user);
    expect(usedUpMails(user)).toHaveLength(2);
  });

  it("is mailed by a tracked use, for which no chat sets an alarm", async () => {
    const user = await signUpByMail(worker);
    const entitlement = {
      planId: "pln_images",
      planVersion: 1,
      allowances: { image: { limit: 3, period: "month" } },
      models: null,
      features: [],
      requestsPerMinute: 1000,
    } as const;
    const account = creditAccount(env, user.userId);
    await account.setEntitlement({ entitlement });
    await account.track({ operationId: "image:1", meter: "image", quantity: 3 });
    expect(await runDurableObjectAlarm(accountObject(user.userId))).toBe(true);
    await runCronTwice();
    expect(usedUpMails(user)).toEqual(["You've used all images in your plan at The shop"]);
  });

  it("is not mailed while an open chat may give some of it back, nor where it is off", async () => {
    const [open, off] = [await signUpByMail(worker), await signUpByMail(worker)];
    await includeMessages(open, 1);
    await includeMessages(off, 1);
    await choose(worker, off, { kinds: { allowance_used_up: false } });
    standInModel();
    expect((await chat(off, "small")).status).toBe(200);
    await report(off);
    await creditAccount(env, open.userId).authorize({
      caller: { kind: "session" },
      idempotency: null,
      chat: {
        model: "small",
        prices: { inputPerMillion: 0, cachedInputPerMillion: null, outputPerMillion: 0 },
        promptBoundTokens: 1,
        maxTokens: 1,
        choices: 1,
        holdTtlSeconds: 900,
      },
    });
    await report(open);
    expect([usedUpMails(open), usedUpMails(off)]).toEqual([[], []]);
  });
});

it("a new key is mailed to its owner, and its name cannot break out of the mail", async () => {
  const user = await signUpByMail(worker);
  const name = '\u200f<b>evil</b>" & co';
  expect((await worker.post("/api/api-keys", { name }, user.token)).status).toBe(201);
  const [mail] = worker.mailsTo(user.email);
  expect(mail?.subject).toMatch(/^New .* API key$/);
  expect(mail?.text).toContain('\u2068<b>evil</b>" & co\u2069');
  expect(mail?.html).not.toContain("<b>");
  expect(mail?.html).not.toContain("\u200f");
});

it("without mail configured nothing is queued, and nothing fails", async () => {
  const user = await signUpByMail(worker);
  const silent = new MailWorker({ MAIL_FROM: "" });
  await env.DB.exec("delete from mails");
  await moveCredits(user, 20);
  expect((await choose(silent, user, { lowBalanceCredits: 10 })).status).toBe(200);
  expect((await silent.post("/api/api-keys", { name: "k" }, user.token)).status).toBe(201);
  await moveCredits(user, -15);
  await report(user, silent);
  expect((await env.DB.prepare("select * from mails").all()).results).toEqual([]);
});

describe("an API key", () => {
  const placeMails = (user: MailedUser) =>
    worker.mailsTo(user.email).filter(({ subject }) => subject.includes("new country"));
  const makeKey = async (user: MailedUser, name: string) => {
    const made = await worker.post("/api/api-keys", { name }, user.token);
    const { key, id } = JSON.parse(made.text);
    return { key, id, name };
  };
  const use = (token: string, country: string, path = "/v1/chat/completions") => {
    const body = { model: "small", messages: [{ role: "user", content: "Hello" }] };
    const cf = { country };
    return path === "/v1/chat/completions"
      ? worker.send("POST", path, { body, token, cf })
      : worker.send("GET", path, { token, cf });
  };

  it("is told of when it chats or reads in a country that is new, once", async () => {
    standInModel();
    await loadShopCatalog();
    const user = await signUpByMail(worker);
    const [one, two] = [await makeKey(user, "One"), await makeKey(user, "Two")];
    expect((await use(one.key, "DE")).status).toBe(200);
    await use(one.key, "XX");
    await use(two.key, "FR");
    await report(user);
    expect(placeMails(user)).toEqual([]);
    const replies = await Promise.all([use(one.key, "BR"), use(one.key, "BR")]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    for (let times = 0; times < 2; times += 1) {
      await report(user);
      await evictDurableObject(accountObject(user.userId));
      await use(one.key, "BR");
      await use(one.key, "DE");
    }
    await report(user);
    expect(placeMails(user).map(({ text }) => /\w+ was used in \w+/.test(text))).toHaveLength(1);
    expect(placeMails(user)[0]?.text).toContain("Brazil");
    expect((await use(two.key, "JP", "/api/users/me")).status).toBe(200);
    await report(user);
    expect(placeMails(user)).toHaveLength(2);
    expect(placeMails(user)[0]?.text).toContain("Japan");
  });

  it("that was revoked is told of no more, and no session is", async () => {
    standInModel();
    await loadShopCatalog();
    const user = await signUpByMail(worker);
    const { key, id } = await makeKey(user, "One");
    await use(key, "DE");
    await use(key, "BR");
    await worker.send("DELETE", `/api/api-keys/${id}`, { token: user.token });
    await use(key, "JP");
    await use(user.token, "DE");
    await use(user.token, "BR");
    await report(user);
    expect(placeMails(user)).toEqual([]);
  });
});
