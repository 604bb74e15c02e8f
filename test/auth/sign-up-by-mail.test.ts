import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS } from "../../src/time.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { moveClock } from "../support/clock.ts";
import { codeIn, MailWorker, tokenIn, wrongCode } from "../support/mail-worker.ts";
import { uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const password = "a long ride home";
const worker = new MailWorker();
beforeEach(() => worker.connect());

const REGISTER = "/api/auth/register";
const CONFIRM = "/api/auth/register/confirm";

const logIn = (email: string, secret = password) =>
  worker.post("/api/auth/login", { email, password: secret });

/** Signs up, and returns the id of the sign-up and its mail. */
async function begin(email: string, secret = password) {
  const reply = await worker.post(REGISTER, { email, password: secret });
  expect(reply.status).toBe(202);
  const [mail] = worker.mailsTo(email);
  if (mail === undefined) throw new Error("no mail came");
  const { verificationId = "" } = reply.json;
  return { verificationId, mail };
}

describe("where mails are sent, a sign-up", () => {
  it("makes no user before its address is proved, and then signs in", async () => {
    const email = uniqueEmail();
    const { verificationId, mail } = await begin(email);
    expect((await logIn(email)).status).toBe(401);
    const proof = { verificationId, code: codeIn(mail) };
    const confirmed = await worker.post(CONFIRM, proof);
    expect(confirmed).toMatchObject({
      status: 201,
      json: { user: { email, emailVerified: true, role: "user" } },
    });
    expect((await logIn(email)).status).toBe(200);
  });

  it("is confirmed by the link where it was begun, or with its password", async () => {
    const [here, elsewhere] = [uniqueEmail(), uniqueEmail()];
    const begun = await begin(here);
    const { verificationId } = begun;
    const byId = await worker.post(CONFIRM, { token: tokenIn(begun.mail), verificationId });
    expect(byId.status).toBe(201);
    const token = tokenIn((await begin(elsewhere)).mail);
    expect((await worker.post(CONFIRM, { token, password })).status).toBe(201);
  });

  it("is not confirmed by a link alone, nor with another password or id", async () => {
    const email = uniqueEmail();
    const token = tokenIn((await begin(email)).mail);
    const other = await begin(uniqueEmail());
    expect(await worker.post(CONFIRM, { token })).toMatchObject({
      status: 400,
      json: { error: { code: "invalid_request", param: "password" } },
    });
    const { verificationId } = other;
    for (const more of [{ password: "another long ride" }, { verificationId }])
      expect((await worker.post(CONFIRM, { token, ...more })).status).toBe(401);
    expect((await worker.post(CONFIRM, { token, password })).status).toBe(201);
  });

  it("of a taken address looks the same, and its owner gets a mail, once a day", async () => {
    const [free, taken] = [uniqueEmail(), uniqueEmail()];
    const { verificationId, mail } = await begin(taken);
    await worker.post(CONFIRM, { verificationId, code: codeIn(mail) });
    const fresh = await worker.post(REGISTER, { email: free, password });
    const again = await worker.post(REGISTER, { email: taken, password: "somebody else's" });
    const shapeOf = ({ status, json }: typeof fresh) => [status, Object.keys(json)];
    expect(shapeOf(again)).toEqual(shapeOf(fresh));
    await worker.post(REGISTER, { email: taken, password: "somebody else's" });
    const subjects = worker.mailsTo(taken).map(({ subject }) => subject);
    expect(subjects).toEqual([
      "You already have a The shop account",
      "Verify your email for The shop",
    ]);
    expect((await logIn(taken)).status).toBe(200);
  });

  it("of a stranger with my address leaves the address to me", async () => {
    const email = uniqueEmail();
    const stranger = await begin(email, "the stranger's own");
    const mine = await begin(email);
    const { verificationId } = mine;
    const code = codeIn(mine.mail);
    expect((await worker.post(CONFIRM, { verificationId, code })).status).toBe(201);
    // The stranger's mail is mine too, and good for nothing now.
    const late = { verificationId: stranger.verificationId, code: codeIn(stranger.mail) };
    expect((await worker.post(CONFIRM, late)).status).toBe(400);
    expect((await logIn(email, "the stranger's own")).status).toBe(401);
    expect((await logIn(email)).status).toBe(200);
  });

  it("takes five guesses of a code, however many come at once", async () => {
    const { verificationId, mail } = await begin(uniqueEmail());
    const code = wrongCode(mail);
    const guesses = await Promise.all(
      Array.from({ length: 12 }, () => worker.post(CONFIRM, { verificationId, code })),
    );
    expect(guesses.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 400));
    const right = { verificationId, code: codeIn(mail) };
    expect((await worker.post(CONFIRM, right)).status).toBe(400);
  });

  it("counts four wrong guesses and still takes the right code, with blanks in it", async () => {
    const { verificationId, mail } = await begin(uniqueEmail());
    for (let guess = 0; guess < 4; guess++)
      await worker.post(CONFIRM, { verificationId, code: wrongCode(mail) });
    const code = ` ${codeIn(mail).slice(0, 3)} ${codeIn(mail).slice(3)} `;
    expect((await worker.post(CONFIRM, { verificationId, code })).status).toBe(201);
  });

  it("is confirmed once, of any number of clicks at once", async () => {
    const { verificationId, mail } = await begin(uniqueEmail());
    const proof = { verificationId, code: codeIn(mail) };
    const clicks = await Promise.all([1, 2, 3].map(() => worker.post(CONFIRM, proof)));
    expect(clicks.filter(({ status }) => status === 201)).toHaveLength(1);
    expect((await worker.post(CONFIRM, proof)).status).toBe(400);
  });

  it("that dies half-way costs one sign-in", async () => {
    const email = uniqueEmail();
    const { verificationId, mail } = await begin(email);
    const dying = new MailWorker();
    const open = () => Promise.reject(new Error("the object cannot be reached"));
    Object.defineProperty(dying.env, "CREDIT_ACCOUNT", {
      value: new Proxy(dying.env.CREDIT_ACCOUNT, { get: () => () => ({ open }) }),
    });
    const half = await dying.post(CONFIRM, { verificationId, code: codeIn(mail) });
    expect(half).toMatchObject({ status: 503, json: { error: { code: "billing_unavailable" } } });
    expect((await logIn(email)).status).toBe(200);
  });

  it("expires after a day", async () => {
    const { verificationId, mail } = await begin(uniqueEmail());
    moveClock(DAY_MS + 1);
    const late = await worker.post(CONFIRM, { verificationId, code: codeIn(mail) });
    expect(late).toMatchObject({ status: 400, json: { error: { param: "code" } } });
    const link = await worker.post(CONFIRM, { token: tokenIn(mail), password });
    expect(link).toMatchObject({ status: 400, json: { error: { param: "token" } } });
  });

  it("sends an address five mails an hour, whoever asks", async () => {
    const email = uniqueEmail();
    const replies = [];
    for (let one = 0; one < 7; one++)
      replies.push(await worker.post(REGISTER, { email, password }));
    expect(replies.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 429, 429]);
    expect(worker.mailsTo(email)).toHaveLength(5);
  });

  it("writes in the language that the client asks for", async () => {
    const email = uniqueEmail();
    const headers = { "accept-language": "ar-EG,en;q=0.5" };
    await worker.send("POST", REGISTER, { body: { email, password }, headers });
    expect(worker.mailsTo(email)[0]).toMatchObject({
      subject: "أكّد عنوانك لدى The shop",
      html: expect.stringContaining('<html lang="ar" dir="rtl">'),
    });
  });

  it("makes an admin of who proves an address of ADMIN_EMAILS, and of nobody before", async () => {
    const email = uniqueEmail();
    const deployed = new MailWorker({
      ADMIN_EMAILS: email,
      PUBLIC_URL: "https://farebox.example",
    });
    const begun = await deployed.post(REGISTER, { email, password });
    const { verificationId = "" } = begun.json;
    const [mail = { text: "" }] = deployed.mailsTo(email);
    const confirmed = await deployed.post(CONFIRM, { verificationId, code: codeIn(mail) });
    expect(confirmed).toMatchObject({ status: 201, json: { user: { role: "admin" } } });
  });

  it.each([
    ["no proof", {}, "code"],
    ["a code alone", { code: "123456" }, "code"],
    ["a code of letters", { verificationId: "ver_1", code: "abcdef" }, "code"],
    ["a truncated link", { token: "abc", password }, "token"],
    ["an empty link", { token: "", password }, "token"],
    ["an unknown id", { verificationId: "ver_1", code: "123456" }, "code"],
  ])("refuses %s by naming the field", async (_what, body, param) => {
    expect(await worker.post(CONFIRM, body)).toMatchObject({
      status: 400,
      json: { error: { code: "invalid_request", param } },
    });
  });
});
