import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { pruneChallenges } from "../../src/auth/factors/challenges.ts";
import { checkTotpCode } from "../../src/auth/factors/totp.ts";
import { database } from "../../src/db.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/time.ts";
import { call, readError } from "../support/call.ts";
import { moveClock } from "../support/clock.ts";
import { testContext } from "../support/context.ts";
import { addTotp, codeOf } from "../support/factors.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { createKey, signUp, type TestUser } from "../support/sign-up.ts";

const post = (path: string, body: unknown, token?: string) =>
  call("POST", `/api/auth/${path}`, { body, ...(token === undefined ? {} : { token }) });
let networks = 0;
/** Signs in from a network of its own, since each gets a few tries a minute. */
function signIn({ email, password }: TestUser): Promise<Response> {
  networks += 1;
  const headers = { "cf-connecting-ip": `198.51.100.${networks}` };
  return call("POST", "/api/auth/login", { body: { email, password }, headers });
}
const methods = async (token: string) =>
  await (await call("GET", "/api/auth/sign-in-methods", { token })).json();

/** Signs in by the password, and returns the question for the second factor. */
async function challengeOf(user: TestUser): Promise<string> {
  const response = await signIn(user);
  expect(response.status).toBe(202);
  return (await response.json<{ challengeId: string }>()).challengeId;
}
const answer = (challengeId: string, code: string) =>
  post("login/second-factor", { challengeId, code });

// In the middle of a step, so that no test crosses the border of two by accident.
beforeEach(() => {
  const nowMs = Math.floor(Date.now() / 30_000) * 30_000 + 15_000;
  vi.useFakeTimers({ now: nowMs, toFake: ["Date"] });
  return () => vi.useRealTimers();
});

describe("an authenticator app", () => {
  it("is asked for after the password, from its first code on", async () => {
    const user = await signUp();
    const { token, password: currentPassword } = user;
    const begun = await post("totp", { currentPassword }, token);
    const { secret, uri } = await begun.json<{ secret: string; uri: string }>();
    expect(uri).toContain(`secret=${secret}`);
    expect((await signIn(user)).status).toBe(200);
    expect(await methods(token)).toEqual({ hasPassword: true, totp: null, passkeys: [] });
    const wrong = await post("totp/confirm", { code: await codeOf(secret, 9) }, token);
    expect(await readError(wrong)).toEqual({
      status: 401,
      code: "invalid_credentials",
      param: "code",
    });
    const confirmed = await post("totp/confirm", { code: await codeOf(secret, -1) }, token);
    expect(confirmed.status).toBe(200);
    const { recoveryCodes } = await confirmed.json<{ recoveryCodes: string[] }>();
    expect(new Set(recoveryCodes).size).toBe(10);
    const challengeId = await challengeOf(user);
    const signedIn = await answer(challengeId, await codeOf(secret));
    expect(signedIn.status).toBe(200);
    expect(await signedIn.json()).toMatchObject({ user: { id: user.userId }, expiresIn: 900 });
    expect(await methods(token)).toMatchObject({ totp: { recoveryCodesLeft: 10 } });
  });

  it("has codes that are good once, also for two who use one at the same time", async () => {
    const user = await signUp();
    const { secret } = await addTotp(user);
    const code = await codeOf(secret);
    const [one, two] = [await challengeOf(user), await challengeOf(user)];
    const statuses = (await Promise.all([answer(one, code), answer(two, code)])).map(
      ({ status }) => status,
    );
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 401]);
    const again = await answer(await challengeOf(user), code);
    expect(again.status).toBe(401);
    // Nor is the code good with which the app was added.
    const earlier = await answer(await challengeOf(user), await codeOf(secret, -1));
    expect(earlier.status).toBe(401);
    moveClock(30_000);
    const next = await answer(await challengeOf(user), await codeOf(secret));
    expect(next.status).toBe(200);
  });

  it("has codes of which one use wins where two were found right at the same time", async () => {
    const user = await signUp();
    const { secret } = await addTotp(user);
    const code = await codeOf(secret);
    const check = () => checkTotpCode(testContext(), user.userId, code, true);
    const [one, two] = [await check(), await check()];
    if (one === undefined || two === undefined) throw new Error("the code is right");
    expect(await one.statement).toHaveLength(1);
    expect(await two.statement).toHaveLength(0);
  });

  it("gives a sign-in five tries, and a user ten that are not finished in an hour", async () => {
    const user = await signUp();
    const { secret, recoveryCodes } = await addTotp(user);
    const challengeId = await challengeOf(user);
    const guesses = Array.from({ length: 8 }, () => answer(challengeId, "000000"));
    const codes = await Promise.all((await Promise.all(guesses)).map(readError));
    expect(codes.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(codes.filter(({ param }) => param === "challengeId")).toHaveLength(3);
    const right = await answer(challengeId, await codeOf(secret));
    expect(await readError(right)).toMatchObject({ status: 400, param: "challengeId" });
    for (let n = 1; n < 10; n += 1) await challengeOf(user);
    const tooMany = await signIn(user);
    expect(await readError(tooMany)).toMatchObject({ status: 429, code: "rate_limit_exceeded" });
    moveClock(11 * MINUTE_MS);
    await pruneChallenges(database(env.DB), Date.now(), 100);
    expect((await signIn(user)).status).toBe(429);
    moveClock(HOUR_MS);
    await pruneChallenges(database(env.DB), Date.now(), 100);
    for (let n = 0; n < 4; n += 1) {
      expect((await answer(await challengeOf(user), recoveryCodes[n] ?? "")).status).toBe(200);
      expect((await answer(await challengeOf(user), "nothing")).status).toBe(401);
    }
    const last = await answer(await challengeOf(user), await codeOf(secret));
    const { accessToken } = await last.json<{ accessToken: string }>();
    // Those that were finished do not count, and none of before a new password.
    for (let n = 4; n < 10; n += 1) await challengeOf(user);
    expect((await signIn(user)).status).toBe(429);
    const newPassword = "a ride after the guesses";
    const changed = { currentPassword: user.password, newPassword };
    expect((await post("password", changed, accessToken)).status).toBe(204);
    expect((await signIn({ ...user, password: newPassword })).status).toBe(202);
  });

  it("waits ten minutes for the answer, and for the password of the question", async () => {
    const user = await signUp();
    const { secret } = await addTotp(user);
    const [early, late] = [await challengeOf(user), await challengeOf(user)];
    const newPassword = "another ride home";
    const changed = await post(
      "password",
      { currentPassword: user.password, newPassword },
      user.token,
    );
    expect(changed.status).toBe(204);
    expect((await answer(early, await codeOf(secret))).status).toBe(401);
    moveClock(10 * MINUTE_MS);
    expect((await answer(late, await codeOf(secret))).status).toBe(400);
    expect((await answer("chl_nobody", await codeOf(secret))).status).toBe(400);
  });

  it("is set up and removed by a session with the password, and not twice", async () => {
    const user = await signUp();
    const { token, password: currentPassword } = user;
    for (const path of ["totp", "recovery-codes"]) {
      expect((await post(path, { currentPassword: "not it" }, token)).status).toBe(401);
      expect(await readError(await post(path, {}, token))).toMatchObject({
        status: 400,
        param: "currentPassword",
      });
    }
    expect((await post("recovery-codes", { currentPassword }, token)).status).toBe(404);
    const key = await createKey(user, { scopes: ["read", "write", "chat"] });
    expect((await post("totp", { currentPassword }, key)).status).toBe(403);
    await addTotp(user);
    expect((await post("totp", { currentPassword }, token)).status).toBe(409);
    const remove = (body: unknown) => call("DELETE", "/api/auth/totp", { token, body });
    expect((await remove({ currentPassword: "not it" })).status).toBe(401);
    expect((await remove({ currentPassword })).status).toBe(204);
    expect((await remove({ currentPassword })).status).toBe(404);
    expect((await signIn(user)).status).toBe(200);
    expect(await methods(token)).toMatchObject({ totp: null });
  });

  it("that was begun anew is not confirmed by the code of the first secret", async () => {
    const { token, password: currentPassword } = await signUp();
    const begin = async () =>
      (await (await post("totp", { currentPassword }, token)).json<{ secret: string }>()).secret;
    const first = await begin();
    const second = await begin();
    const code = await codeOf(first);
    if (code !== (await codeOf(second)))
      expect((await post("totp/confirm", { code }, token)).status).toBe(401);
    const confirm = async () => post("totp/confirm", { code: await codeOf(second) }, token);
    const both = await Promise.all([confirm(), confirm()]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401]);
  });
});

describe("a recovery code", () => {
  it("signs in once, however it is typed, and new ones end the old", async () => {
    const user = await signUp();
    const { recoveryCodes } = await addTotp(user);
    const [first = "", second = "", third = ""] = recoveryCodes;
    const typed = ` ${first.toUpperCase().replaceAll("-", " ").replaceAll("0", "O")} `;
    expect((await answer(await challengeOf(user), typed)).status).toBe(200);
    expect((await answer(await challengeOf(user), first)).status).toBe(401);
    const [one, two] = [await challengeOf(user), await challengeOf(user)];
    const both = await Promise.all([answer(one, second), answer(two, second)]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401]);
    const renewed = await post("recovery-codes", { currentPassword: user.password }, user.token);
    const { recoveryCodes: newCodes } = await renewed.json<{ recoveryCodes: string[] }>();
    expect((await answer(await challengeOf(user), third)).status).toBe(401);
    expect((await answer(await challengeOf(user), newCodes[0] ?? "")).status).toBe(200);
    expect(await methods(user.token)).toMatchObject({ totp: { recoveryCodesLeft: 9 } });
  });

  it("of another user does not sign in", async () => {
    const [user, other] = [await signUp(), await signUp()];
    await addTotp(user);
    const { recoveryCodes } = await addTotp(other);
    expect((await answer(await challengeOf(user), recoveryCodes[0] ?? "")).status).toBe(401);
  });
});

describe("a second factor", () => {
  it("is told by mail when it comes and goes, and audited without secrets", async () => {
    const worker = new MailWorker({ FREE_PLAN_NEEDS_PROOF: "false" });
    const user = await signUp();
    const body = { currentPassword: user.password };
    const begun = await worker.post("/api/auth/totp", body, user.token);
    const { secret } = JSON.parse(begun.text);
    const code = await codeOf(secret);
    expect((await worker.post("/api/auth/totp/confirm", { code }, user.token)).status).toBe(200);
    await worker.post("/api/auth/recovery-codes", body, user.token);
    await worker.send("DELETE", "/api/auth/totp", { body, token: user.token });
    const texts = worker.mailsTo(user.email).map(({ text }) => text);
    expect(texts).toHaveLength(3);
    expect(texts.join()).toMatch(/app was removed.*New recovery codes.*app was added/s);
    const { results } = await env.DB.prepare("SELECT * FROM audit_log WHERE user_id = ?")
      .bind(user.userId)
      .all();
    const actions = results.map(({ action }) => action);
    expect(actions).toEqual(
      expect.arrayContaining([
        "user.totp_added",
        "user.recovery_codes_renewed",
        "user.totp_removed",
      ]),
    );
    expect(JSON.stringify(results)).not.toContain(secret);
  });

  it("outlives the JWT_SECRET under which it was encrypted", async () => {
    const { JWT_SECRET: first } = testContext().config;
    const user = await signUp();
    const { secret } = await addTotp(user);
    const rotated = new MailWorker({
      JWT_SECRET: "a secret that came after the one before it",
      JWT_SECRET_PREVIOUS: first,
    });
    const last = new MailWorker({ JWT_SECRET: "a secret that came after the one before it" });
    const signInAt = async (worker: MailWorker) => {
      const { email, password } = user;
      const { text } = await worker.post("/api/auth/login", { email, password });
      const { challengeId } = JSON.parse(text);
      const code = await codeOf(secret);
      return await worker.post("/api/auth/login/second-factor", { challengeId, code });
    };
    expect((await signInAt(rotated)).status).toBe(200);
    moveClock(HOUR_MS);
    expect((await signInAt(last)).status).toBe(200);
    moveClock(HOUR_MS);
    const retired = new MailWorker({
      JWT_SECRET: "a secret that came long after the others did",
      JWT_SECRETS_RETIRED: `${first},a secret that came after the one before it`,
    });
    expect((await signInAt(retired)).status).toBe(200);
    // It opens, and signs nothing.
    const { token } = user;
    expect((await retired.send("GET", "/api/users/me", { token })).status).toBe(401);
  });

  it("goes with its user", async () => {
    const user = await signUp();
    await addTotp(user);
    const body = { currentPassword: user.password };
    expect((await call("DELETE", "/api/users/me", { token: user.token, body })).status).toBe(204);
    for (const table of ["totp_factors", "recovery_codes", "challenges"]) {
      const left = await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE user_id = ?`)
        .bind(user.userId)
        .first("n");
      expect([table, left]).toEqual([table, 0]);
    }
  });
});
