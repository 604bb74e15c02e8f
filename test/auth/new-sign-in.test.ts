import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS } from "../../src/time.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const password = "a long ride home";
const worker = new MailWorker({ FREE_PLAN_NEEDS_PROOF: "false" });
beforeEach(() => worker.connect());

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";
const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";

interface Origin {
  readonly userAgent?: string;
  readonly country?: string;
  readonly city?: string;
  readonly language?: string;
}

const send = (
  path: string,
  email: string,
  { userAgent = FIREFOX, country = "DE", city, language = "en" }: Origin,
) =>
  worker.send("POST", path, {
    body: { email, password },
    headers: { "user-agent": userAgent, "accept-language": language },
    cf: { country, ...(city === undefined ? {} : { city }) },
  });

/** Signs up in Germany with Firefox, unless told otherwise. */
async function signUp(origin: Origin = {}): Promise<string> {
  const email = uniqueEmail();
  expect((await send("/api/auth/register", email, origin)).status).toBe(201);
  return email;
}

async function signIn(email: string, origin: Origin = {}): Promise<void> {
  expect((await send("/api/auth/login", email, origin)).status).toBe(200);
}

const mailsTo = (email: string) =>
  worker.mailsTo(email).filter(({ subject }) => /New sign-in|تسجيل دخول جديد/.test(subject));

describe("a mail about a new sign-in", () => {
  it("comes for a new country, and says where and by which device", async () => {
    const email = await signUp();
    await signIn(email, { country: "FR", city: "Lyon" });
    const [mail, ...more] = mailsTo(email);
    expect(more).toEqual([]);
    expect(mail?.subject).toBe("New sign-in to The shop");
    for (const fact of ["Firefox on Windows", "Lyon, France", "/account", "/forgot", "UTC"])
      expect(mail?.text).toContain(fact);
  });

  it("comes for a new kind of device", async () => {
    const email = await signUp();
    await signIn(email, { userAgent: CHROME });
    expect(mailsTo(email)).toHaveLength(1);
  });

  it("does not come at the first sign-in, nor from where one has signed in before", async () => {
    const email = await signUp();
    await signIn(email);
    await signIn(email, { userAgent: FIREFOX.replace("140.0", "141.0") });
    expect(mailsTo(email)).toEqual([]);
    await signIn(email, { country: "FR" });
    await signIn(email, { country: "FR" });
    expect(mailsTo(email)).toHaveLength(1);
  });

  it("does not come for a known device in a known country, if new together", async () => {
    const email = await signUp();
    await signIn(email, { country: "FR", userAgent: CHROME });
    expect(mailsTo(email)).toHaveLength(1);
    await signIn(email, { country: "FR" });
    await signIn(email, { userAgent: CHROME });
    expect(mailsTo(email)).toHaveLength(1);
  });

  it("comes also where no session is left to compare with", async () => {
    const email = await signUp();
    await env.DB.prepare(
      "delete from sessions where user_id in (select id from users where email = ?)",
    )
      .bind(email)
      .run();
    await signIn(email, { country: "FR" });
    expect(mailsTo(email)).toHaveLength(1);
  });

  it("comes ten times a day at most, whatever a thief pretends to be", async () => {
    const email = await signUp();
    for (const country of "AT BE CH DK ES FI GR HU IT JP KR LU MT NL".split(" "))
      await signIn(email, { country });
    expect(mailsTo(email)).toHaveLength(10);
    await env.DB.prepare(
      `update sign_in_places set first_at = first_at - ${DAY_MS + 1}
        where user_id in (select id from users where email = ?)`,
    )
      .bind(email)
      .run();
    await signIn(email, { country: "PT" });
    expect(mailsTo(email)).toHaveLength(11);
  });

  it("is in the language of the browser that signs in", async () => {
    const email = await signUp();
    await signIn(email, { country: "FR", language: "ar" });
    expect(mailsTo(email)[0]?.text).toContain("فرنسا");
  });

  it("says nothing of what a stranger wrote", async () => {
    const email = await signUp();
    const userAgent = `Evil"><script>alert(1)</script> Bcc: all@shop.example ${"x".repeat(9000)}`;
    await signIn(email, { userAgent, city: "Ly\u0000on\r\nBcc: all@shop.example" });
    const [mail] = mailsTo(email);
    expect(mail?.text).toContain("Device: unknown");
    expect(mail?.text).not.toContain("Evil");
    expect(mail?.text).not.toMatch(/\nBcc/);
    expect(mail?.html).not.toContain("<script>");
  });

  it("comes where nobody knows the place or the device", async () => {
    const email = await signUp();
    await worker.send("POST", "/api/auth/login", { body: { email, password } });
    const [mail] = mailsTo(email);
    expect(mail?.text).toContain("Device: unknown");
    expect(mail?.text).toContain("Place: unknown");
  });

  it("does not come later for what happened while no mails were sent", async () => {
    const email = await signUp();
    const silent = new MailWorker({ MAIL_FROM: "" });
    const headers = { "user-agent": CHROME };
    const body = { email, password };
    const login = await silent.send("POST", "/api/auth/login", {
      body,
      headers,
      cf: { country: "FR" },
    });
    expect(login.status).toBe(200);
    worker.connect();
    await signIn(email, { country: "FR", userAgent: CHROME });
    expect(mailsTo(email)).toEqual([]);
  });
});
