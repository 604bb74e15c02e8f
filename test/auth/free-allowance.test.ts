import { eq } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { pruneSpentAllowances } from "../../src/auth/index.ts";
import { users } from "../../src/auth/tables.ts";
import { applyEffectivePlan } from "../../src/billing/index.ts";
import { findFreePlan, toEntitlement } from "../../src/catalog/index.ts";
import { sendDueMails } from "../../src/mail/index.ts";
import { DAY_MS } from "../../src/time.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { moveClock } from "../support/clock.ts";
import { codeIn, type MailReply, MailWorker } from "../support/mail-worker.ts";

beforeAll(loadDefaultCatalog);

const password = "a long ride home";
const worker = new MailWorker();
const atOnce = new MailWorker({ FREE_PLAN_NEEDS_PROOF: "false" });
beforeEach(() => worker.connect());
const { db } = worker.context;

const newName = (): string => `u${crypto.randomUUID().replaceAll("-", "")}`;

/** A user who signed up, and what the free plan gives them. */
interface SignedUp {
  readonly userId: string;
  readonly token: string;
  readonly cookie: string;
  readonly isTaken: boolean;
}

async function readSignedUp(reply: MailReply): Promise<SignedUp> {
  expect(reply.status, reply.text).toBe(201);
  const { user, accessToken, refreshToken } = await new Response(reply.text).json<{
    user: { id: string; freeAllowanceTaken: boolean };
    accessToken: string;
    refreshToken: string;
  }>();
  const cookie = `farebox_session=${refreshToken}`;
  return { userId: user.id, token: accessToken, cookie, isTaken: user.freeAllowanceTaken };
}

const signUp = async (email: string): Promise<SignedUp> =>
  await readSignedUp(await atOnce.post("/api/auth/register", { email, password }));

async function messageLimit(userId: string): Promise<number | null | undefined> {
  const summary = await creditAccount(worker.env, userId).summary();
  if (!summary.ok) throw new Error(summary.failure.message);
  return summary.value.meters.find(({ meter }) => meter === "message")?.limit;
}

const erase = async ({ userId, token }: SignedUp) => {
  const body = { currentPassword: password };
  const erased = await atOnce.send("DELETE", `/api/users/${userId}`, { token, body });
  expect(erased.status).toBe(204);
};

describe("the free allowance of a mailbox", () => {
  it("is the first one's; the next signs up, has none, and is told", async () => {
    const name = newName();
    const first = await signUp(`${name}@gmail.com`);
    const second = await signUp(`${name}+work@gmail.com`);
    const third = await signUp(`${name.slice(0, 3)}.${name.slice(3)}@googlemail.com`);
    expect([first, second, third].map(({ isTaken }) => isTaken)).toEqual([false, true, true]);
    expect(await messageLimit(first.userId)).toBe(50);
    expect(await messageLimit(second.userId)).toBe(0);
    const chat = { model: "small", messages: [{ role: "user", content: "Hi" }] };
    const refused = await atOnce.post("/v1/chat/completions", chat, second.token);
    expect(refused).toMatchObject({
      status: 402,
      json: { error: { code: "insufficient_quota", meter: "message", limit: 0 } },
    });
    const notice = "This account has no free messages";
    for (const { cookie, isTaken } of [first, second]) {
      const page = await atOnce.send("GET", "/dashboard", { headers: { cookie } });
      expect(page.text.includes(notice)).toBe(isTaken);
    }
  });

  it("is one user's, of any number of sign-ups at once", async () => {
    const name = newName();
    const tags = Array.from({ length: 12 }, (_, tag) => `${name}+${tag}@gmail.com`);
    const all = await Promise.all(tags.map(signUp));
    expect(all.filter(({ isTaken }) => !isTaken)).toHaveLength(1);
  });

  it("comes with the proof of an address, where there has to be one", async () => {
    const name = newName();
    const prove = async (email: string) => {
      const begun = await worker.post("/api/auth/register", { email, password });
      await sendDueMails(worker.context, 100);
      const [mail] = worker.mailsTo(email);
      if (mail === undefined) throw new Error("no mail came");
      const { verificationId } = begun.json;
      const proof = { verificationId, code: codeIn(mail) };
      return await readSignedUp(await worker.post("/api/auth/register/confirm", proof));
    };
    // Whoever does not prove an address takes nothing from its owner.
    await worker.post("/api/auth/register", { email: `${name}+squatter@gmail.com`, password });
    expect((await prove(`${name}@gmail.com`)).isTaken).toBe(false);
    expect((await prove(`${name}+second@gmail.com`)).isTaken).toBe(true);
  });

  it("is not had again by erasing and signing up, for a month", async () => {
    const name = newName();
    await erase(await signUp(`${name}@gmail.com`));
    const again = await signUp(`${name}+again@gmail.com`);
    expect(again.isTaken).toBe(true);
    await erase(again);
    moveClock(31 * DAY_MS + 1);
    await pruneSpentAllowances(db, Date.now(), 1000);
    expect((await signUp(`${name}@gmail.com`)).isTaken).toBe(false);
  });

  it.each(["JWT_SECRET_PREVIOUS", "JWT_SECRETS_RETIRED"])(
    "is not had again after the secret was rotated, while the old one is in %s",
    async (old) => {
      const name = newName();
      await erase(await signUp(`${name}@gmail.com`));
      const rotated = new MailWorker({
        FREE_PLAN_NEEDS_PROOF: "false",
        JWT_SECRET: "another-secret-of-at-least-32-bytes-012345",
        [old]: worker.context.config.JWT_SECRET,
      });
      const email = `${name}+rotated@gmail.com`;
      const reply = await rotated.post("/api/auth/register", { email, password });
      expect((await readSignedUp(reply)).isTaken).toBe(true);
    },
  );

  it("stays with its user, whose address changes", async () => {
    const name = newName();
    const { userId } = await signUp(`${name}@gmail.com`);
    const moved = `${name}@example.com`;
    await db
      .update(users)
      .set({ email: moved, emailNormalized: moved })
      .where(eq(users.id, userId));
    expect((await signUp(`${name}@gmail.com`)).isTaken).toBe(true);
  });

  it("is that of a user of an earlier version, who has no folded address", async () => {
    const name = newName();
    const { userId } = await signUp(`${name}@gmail.com`);
    await db.update(users).set({ freeAddress: null }).where(eq(users.id, userId));
    expect((await signUp(`${name}+new@gmail.com`)).isTaken).toBe(true);
  });

  it("is not given later to those who have none: by a plan that ends, or changes", async () => {
    const name = newName();
    await signUp(`${name}@gmail.com`);
    const { userId } = await signUp(`${name}+late@gmail.com`);
    const free = await findFreePlan(db);
    if (free === undefined) throw new Error("no free plan");
    const paid = { ...toEntitlement(free, { hasFreeAllowance: true }), planId: "pln_paid" };
    await creditAccount(worker.env, userId).setEntitlement({ entitlement: paid });
    expect(await messageLimit(userId)).toBe(50);
    await applyEffectivePlan(worker.context, userId);
    expect(await messageLimit(userId)).toBe(0);
  });
});
