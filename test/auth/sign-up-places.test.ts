import { eq } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pruneSignUpCounts } from "../../src/auth/index.ts";
import { signUpCounts } from "../../src/auth/tables.ts";
import { DAY_MS, toUtcDay } from "../../src/time.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { moveClock } from "../support/clock.ts";
import { codeIn, MailWorker } from "../support/mail-worker.ts";
import { uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const password = "a long ride home";
const LIMIT = 3;

/** A Worker with this limit, which nothing else slows down. */
function limitedWorker(settings: Readonly<Record<string, string>> = {}): MailWorker {
  const worker = new MailWorker({ SIGN_UPS_PER_NETWORK_PER_DAY: String(LIMIT), ...settings });
  const brake = { limit: () => Promise.resolve({ success: true }) };
  for (const name of ["AUTH_RATE_LIMIT", "ANONYMOUS_RATE_LIMIT"])
    Object.defineProperty(worker.env, name, { value: brake });
  return worker;
}

const byMail = limitedWorker();
const atOnce = limitedWorker({ FREE_PLAN_NEEDS_PROOF: "false" });
beforeEach(() => byMail.connect());

const random = (): string => crypto.getRandomValues(new Uint16Array(1))[0]?.toString(16) ?? "1";
/** An IPv6 /48 of the test's own. */
const newSite = (): string => `2001:db8:${random()}`;
const newIPv4 = (): string => `198.51.${crypto.getRandomValues(new Uint8Array(2)).join(".")}`;

const register = (worker: MailWorker, ip: string | null, email = uniqueEmail()) =>
  worker.send("POST", "/api/auth/register", {
    body: { email, password },
    ...(ip === null ? {} : { headers: { "cf-connecting-ip": ip } }),
  });

const statuses = (replies: readonly { status: number }[]) =>
  Object.groupBy(replies, ({ status }) => String(status));

describe("from one network and on one day", () => {
  it("exactly the limit signs up, of any number at once, and the others are told why", async () => {
    const ip = newIPv4();
    const replies = await Promise.all(Array.from({ length: 20 }, () => register(atOnce, ip)));
    const { 201: added, 429: refused } = statuses(replies);
    expect([added?.length, refused?.length]).toEqual([LIMIT, 20 - LIMIT]);
    const last = await register(atOnce, ip);
    expect(last.json).toMatchObject({ error: { code: "rate_limit_exceeded", param: "network" } });
    expect(last.text).toContain("from your network today");
    const seconds = Number(last.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(86_400);
    expect((await register(atOnce, newIPv4())).status).toBe(201);
    moveClock(DAY_MS);
    expect((await register(atOnce, ip)).status).toBe(201);
  });

  it("as many mails ask for a proof, and a refused one is not sent", async () => {
    const ip = newIPv4();
    const emails = Array.from({ length: 10 }, uniqueEmail);
    const replies = await Promise.all(emails.map((email) => register(byMail, ip, email)));
    const { 202: asked, 429: refused } = statuses(replies);
    expect([asked?.length, refused?.length]).toEqual([LIMIT, 10 - LIMIT]);
    expect(emails.flatMap((email) => byMail.mailsTo(email))).toHaveLength(LIMIT);
  });

  it("as many users begin, and a proof that comes too many stays good until tomorrow", async () => {
    const ip = newIPv4();
    const proofs = [];
    for (let at = 0; at <= LIMIT; at += 1) {
      const email = uniqueEmail();
      const { json } = await register(byMail, newIPv4(), email);
      const [mail] = byMail.mailsTo(email);
      if (mail === undefined) throw new Error("no mail came");
      proofs.push({ verificationId: json.verificationId, code: codeIn(mail) });
    }
    const confirm = (body: object) =>
      byMail.send("POST", "/api/auth/register/confirm", {
        body,
        headers: { "cf-connecting-ip": ip },
      });
    const replies = await Promise.all(proofs.map(confirm));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(LIMIT);
    const late = proofs[replies.findIndex(({ status }) => status === 429)];
    if (late === undefined) throw new Error("none was refused");
    const elsewhere = await byMail.post("/api/auth/register/confirm", late);
    expect(elsewhere.status).toBe(201);
  });

  it("an IPv6 network is a /64, and a /48 has five times as many", async () => {
    const site = newSite();
    const neighbours = Array.from({ length: 8 }, (_, host) => `${site}:1::${host + 1}`);
    const near = await Promise.all(neighbours.map((ip) => register(atOnce, ip)));
    expect(near.filter(({ status }) => status === 201)).toHaveLength(LIMIT);
    const others = Array.from({ length: 24 }, (_, net) => `${site}:${(net + 2).toString(16)}::1`);
    const far = await Promise.all(others.map((ip) => register(atOnce, ip)));
    expect(far.filter(({ status }) => status === 201)).toHaveLength(5 * LIMIT - LIMIT);
  });

  it("a taken address takes no place", async () => {
    const ip = newIPv4();
    const email = uniqueEmail();
    await register(atOnce, ip, email);
    for (let again = 0; again < LIMIT; again += 1)
      expect((await register(atOnce, ip, email)).status).toBe(409);
    expect((await register(atOnce, ip)).status).toBe(201);
  });
});

it("limits nobody on this machine, over no network, or where the setting is 0", async () => {
  const unlimited = limitedWorker({
    FREE_PLAN_NEEDS_PROOF: "false",
    SIGN_UPS_PER_NETWORK_PER_DAY: "0",
  });
  const ip = newIPv4();
  for (const [worker, from] of [
    [atOnce, null],
    [atOnce, "127.0.0.1"],
    [atOnce, "::1"],
    [unlimited, ip],
  ] as const)
    for (let at = 0; at <= LIMIT; at += 1)
      expect((await register(worker, from)).status, from ?? "none").toBe(201);
});

it("keeps no address of a network, and no count of a past day", async () => {
  const ip = newIPv4();
  await register(atOnce, ip);
  const { db } = atOnce.context;
  const countsOfToday = async () =>
    await db
      .select()
      .from(signUpCounts)
      .where(eq(signUpCounts.day, toUtcDay(Date.now())));
  const before = await countsOfToday();
  expect(before.length).toBeGreaterThan(0);
  expect(JSON.stringify(before)).not.toContain(ip);
  await pruneSignUpCounts(db, Date.now() + DAY_MS, 10_000);
  expect(await countsOfToday()).toEqual([]);
});
