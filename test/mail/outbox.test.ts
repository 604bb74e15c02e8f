import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { batchAll, database } from "../../src/db.ts";
import {
  composeMail,
  deleteMailsOf,
  listMails,
  mailIfChanged,
  pruneMails,
  sendDueMails,
} from "../../src/mail/index.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/time.ts";
import { moveClock } from "../support/clock.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { uniqueEmail } from "../support/sign-up.ts";

const worker = new MailWorker();
const db = database(env.DB);
const USER = "usr_0000000000000001";
const TOKEN = "a-token-that-is-secret";
const ROWS = "select * from mails";

beforeAll(() => env.DB.exec("create table causes (id text)"));
beforeEach(async () => {
  worker.connect();
  await env.DB.exec("delete from mails");
});

interface QueueOptions {
  readonly isChanged?: boolean;
  readonly onceKey?: string;
  readonly giveUpAtMs?: number;
}

/** Queues a mail in one batch with its cause: a statement that changes a row, or none. */
async function queue(to: string, { isChanged = true, ...options }: QueueOptions = {}) {
  const mail = await composeMail(worker.context, {
    kind: "reset_password",
    facts: { url: `http://farebox.test/reset?token=${TOKEN}`, minutes: 30 },
    to,
    userId: USER,
    language: "en",
    onceKey: crypto.randomUUID(),
    ...options,
  });
  const cause = isChanged ? "insert into causes values ('x')" : "delete from causes where false";
  await batchAll(db, [db.run(cause), mailIfChanged(db, mail)]);
}

const send = () => sendDueMails(worker.context, 100);
const rows = async () => (await env.DB.prepare(ROWS).all()).results;
const only = async () => {
  const [row, ...others] = await rows();
  expect(others).toEqual([]);
  return row ?? {};
};

describe("a mail", () => {
  it("is queued with its cause, or not at all", async () => {
    await queue(uniqueEmail(), { isChanged: false });
    expect(await rows()).toEqual([]);
    await queue(uniqueEmail());
    expect(await only()).toMatchObject({ state: "queued", tries: 0 });
  });

  it("of one cause is queued once", async () => {
    for (const to of [uniqueEmail(), uniqueEmail()]) await queue(to, { onceKey: "one cause" });
    expect(await rows()).toHaveLength(1);
  });

  it("is sent once, by any number of senders at once", async () => {
    const to = uniqueEmail();
    await queue(to);
    await Promise.all([send(), send(), send()]);
    expect(worker.mailsTo(to)).toHaveLength(1);
    expect(worker.mailsTo(to)[0]).toMatchObject({
      from: "The shop <shop@farebox.test>",
      text: expect.stringContaining(TOKEN),
      html: expect.stringContaining(TOKEN),
    });
  });

  it("that waits is not readable in D1, and one that was sent is not there at all", async () => {
    const to = uniqueEmail();
    await queue(to);
    expect(JSON.stringify(await rows())).not.toContain(TOKEN);
    expect(JSON.stringify(await rows())).not.toContain(to);
    await send();
    expect(await only()).toMatchObject({ state: "sent", sealed_message: null });
    expect((await only())["provider_id"]).toBe(worker.mailsTo(to)[0]?.id);
  });

  it("is sent again after a crash before its answer was kept, and arrives once", async () => {
    const to = uniqueEmail();
    await queue(to);
    const before = await only();
    await send();
    // As if the process had died between the service's answer and the row.
    await env.DB.prepare(
      "update mails set state = 'queued', sealed_message = ?, due_at = ?, provider_id = null",
    )
      .bind(before["sealed_message"], Date.now())
      .run();
    moveClock(2 * MINUTE_MS);
    await send();
    expect(worker.mailsTo(to)).toHaveLength(1);
    expect(await only()).toMatchObject({ state: "sent" });
  });

  it("is tried after 1, 2, 4, 8, 16, 32 and then every 60 minutes", async () => {
    await queue(uniqueEmail());
    worker.disconnect();
    const startMs = Date.now();
    const triedAfter: number[] = [];
    for (let minute = 0; minute < 200; minute++) {
      vi.useFakeTimers({ now: startMs + minute * MINUTE_MS + 1000, toFake: ["Date"] });
      if ((await send()).tried > 0) triedAfter.push(minute);
    }
    vi.useRealTimers();
    expect(triedAfter).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183]);
  });

  it("is given up after a day, keeps no secret then, and the log says so", async () => {
    const to = uniqueEmail();
    await queue(to);
    worker.disconnect();
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    moveClock(DAY_MS - MINUTE_MS / 2);
    await send();
    expect(await only()).toMatchObject({ state: "given_up", sealed_message: null });
    const lines = logged.mock.calls.flat().join("\n");
    logged.mockRestore();
    expect(lines).toContain('"mail.given_up"');
    expect(lines).not.toContain(TOKEN);
    expect(lines).not.toContain(to);
  });

  it("is given up when its link has expired", async () => {
    await queue(uniqueEmail(), { giveUpAtMs: Date.now() + 2 * MINUTE_MS });
    worker.disconnect();
    await send();
    moveClock(90_000);
    await send();
    expect(await only()).toMatchObject({ state: "given_up", tries: 2 });
  });

  it("whose time is over is not sent", async () => {
    const to = uniqueEmail();
    await queue(to, { giveUpAtMs: Date.now() });
    await send();
    expect(worker.mailsTo(to)).toEqual([]);
    expect(await only()).toMatchObject({ state: "given_up" });
  });

  it("that is refused for good is given up at once, and its reader is not named", async () => {
    const to = uniqueEmail();
    await queue(to);
    fakeNetwork.standIn("resend.test", () =>
      Response.json(
        { statusCode: 422, name: "validation_error", message: `Invalid \`to\`: ${to}` },
        { status: 422 },
      ),
    );
    await send();
    expect(await only()).toMatchObject({
      state: "given_up",
      last_error: "Resend answered 422 validation_error: Invalid `to`: …",
    });
  });

  it.each([
    ["a wrong key", () => Response.json({ name: "invalid_api_key" }, { status: 403 })],
    ["too many mails", () => Response.json({ name: "rate_limit_exceeded" }, { status: 429 })],
    ["an answer that is none", () => new Response("<html>", { status: 200 })],
    ["a redirect", () => Response.redirect("http://elsewhere.test/", 302)],
    ["a broken connection", () => Promise.reject(new TypeError("network"))],
  ])("waits for its next try after %s", async (_what, answer) => {
    await queue(uniqueEmail());
    fakeNetwork.standIn("resend.test", answer);
    await send();
    expect(await only()).toMatchObject({ state: "queued", tries: 1 });
  });

  it("does not keep others from being sent", async () => {
    const [bad, good] = [uniqueEmail(), uniqueEmail()];
    await queue(bad);
    await queue(good);
    fakeNetwork.standIn("resend.test", async (request) => {
      const body = await request.text();
      return body.includes(bad) ? new Response("", { status: 500 }) : Response.json({ id: "sent" });
    });
    expect(await send()).toEqual({ tried: 2, done: 1 });
  });

  it("sealed under the previous secret is sent, and under an older one given up", async () => {
    const to = uniqueEmail();
    await queue(to);
    const rotated = new MailWorker({
      JWT_SECRET: "another-secret-of-at-least-32-bytes-01234",
      JWT_SECRET_PREVIOUS: worker.context.config.JWT_SECRET,
    });
    await sendDueMails(rotated.context, 10);
    expect(rotated.mailsTo(to)).toHaveLength(1);
    await queue(to);
    const twice = new MailWorker({ JWT_SECRET: "a-third-secret-of-at-least-32-bytes-01234" });
    await sendDueMails(twice.context, 10);
    const states = (await listMails(db, { limit: 10 })).map(({ state }) => state);
    expect(states.toSorted()).toEqual(["given_up", "sent"]);
  });

  it("is not sent, and waits, where mails are turned off", async () => {
    await queue(uniqueEmail());
    const silent = new MailWorker({ MAIL_FROM: "" });
    expect(await sendDueMails(silent.context, 10)).toEqual({ tried: 0, done: 0 });
  });

  it("that the request's own sending missed is sent by the cron", async () => {
    const to = uniqueEmail();
    await queue(to);
    await worker.runCron();
    expect(worker.mailsTo(to)).toHaveLength(1);
  });

  it("is deleted with its user, and a month after it was sent", async () => {
    await queue(uniqueEmail());
    await send();
    expect(await pruneMails(db, Date.now() + 29 * DAY_MS, 10)).toBe(0);
    expect(await pruneMails(db, Date.now() + 31 * DAY_MS, 10)).toBe(1);
    await queue(uniqueEmail());
    await deleteMailsOf(db, USER);
    expect(await rows()).toEqual([]);
  });
});

describe("Cloudflare's Email Service", () => {
  const withBinding = (sendMail: SendEmail["send"]) => {
    const cloudflare = new MailWorker({ RESEND_API_KEY: "" });
    Object.defineProperty(cloudflare.env, "EMAIL", { value: { send: sendMail } });
    return cloudflare.context;
  };
  const refusal = (code: string) => Object.assign(new Error("refused"), { code });

  it("sends the mails where there is no key of Resend's", async () => {
    const to = uniqueEmail();
    await queue(to);
    const sent: unknown[] = [];
    const context = withBinding(async (mail) => {
      sent.push(mail);
      return { messageId: "cf-1" };
    });
    await sendDueMails(context, 10);
    expect(sent).toMatchObject([{ from: { name: "The shop", email: "shop@farebox.test" }, to }]);
    expect(await only()).toMatchObject({ state: "sent", provider_id: "cf-1" });
  });

  it.each([
    ["E_RECIPIENT_NOT_ALLOWED", "given_up"],
    ["E_RATE_LIMIT_EXCEEDED", "queued"],
    ["E_SENDER_NOT_VERIFIED", "queued"],
  ])("that answers %s leaves the mail %s", async (code, state) => {
    await queue(uniqueEmail());
    await sendDueMails(
      withBinding(() => Promise.reject(refusal(code))),
      10,
    );
    expect(await only()).toMatchObject({ state });
  });
});

it("a mail that is late by an hour keeps what its reader may still use", async () => {
  const to = uniqueEmail();
  await queue(to, { giveUpAtMs: Date.now() + DAY_MS });
  worker.disconnect();
  await send();
  moveClock(HOUR_MS);
  worker.connect();
  await send();
  expect(worker.mailsTo(to)).toHaveLength(1);
});
