import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { NO_PASSWORD } from "../../src/auth/passwords/password-hash.ts";
import { MINUTE_MS } from "../../src/time.ts";
import { Authenticator } from "../support/authenticator.ts";
import { call, readError } from "../support/call.ts";
import { moveClock } from "../support/clock.ts";
import { addPasskey, addTotp, askPasskey, type PasskeyQuestion } from "../support/factors.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";

const post = (path: string, body?: unknown, token?: string) =>
  call("POST", `/api/auth/${path}`, {
    ...(body === undefined ? {} : { body }),
    ...(token === undefined ? {} : { token }),
  });
const remove = (path: string, body: unknown, token: string) =>
  call("DELETE", `/api/auth/${path}`, { body, token });
const methods = async (token: string) =>
  await (await call("GET", "/api/auth/sign-in-methods", { token })).json<{
    hasPassword: boolean;
    passkeys: { id: string; name: string; lastUsedAt: string | null }[];
  }>();

async function begin({ token, password }: TestUser): Promise<PasskeyQuestion> {
  const response = await post("passkeys/begin", { currentPassword: password }, token);
  expect(response.status).toBe(200);
  return await response.json<PasskeyQuestion>();
}
async function signInWith(
  authenticator: Authenticator,
  faults: Parameters<Authenticator["sign"]>[1] = {},
): Promise<Response> {
  const { challengeId, options } = await askPasskey();
  const credential = await authenticator.sign(options, faults);
  return await post("login/passkey", { challengeId, credential });
}

describe("a passkey", () => {
  it("signs its user in without an address or a password", async () => {
    const user = await signUp();
    const authenticator = await addPasskey(user);
    const signedIn = await signInWith(authenticator);
    expect(signedIn.status).toBe(200);
    const { accessToken, ...rest } = await signedIn.json<{ accessToken: string }>();
    expect(rest).toMatchObject({ user: { id: user.userId } });
    const { passkeys } = await methods(accessToken);
    expect(passkeys).toMatchObject([{ name: "Phone", lastUsedAt: expect.any(String) }]);
  });

  it("is two factors in one: no code of an app is asked for", async () => {
    const user = await signUp();
    const authenticator = await addPasskey(user);
    await addTotp(user);
    expect((await signInWith(authenticator)).status).toBe(200);
  });

  it("is refused where its answer does not fit", async () => {
    const user = await signUp();
    const authenticator = await addPasskey(user);
    expect((await signInWith(authenticator)).status).toBe(200);
    const faults = [
      { origin: "https://farebox.test.evil.example" },
      { rpId: "evil.example" },
      { isUserVerified: false },
      { signCount: 0 },
    ];
    for (const fault of faults) {
      const refused = await signInWith(authenticator, fault);
      expect([fault, await readError(refused)]).toEqual([
        fault,
        { status: 401, code: "invalid_credentials", param: "credential" },
      ]);
    }
    expect((await signInWith(await Authenticator.create())).status).toBe(401);
    expect((await signInWith(authenticator)).status).toBe(200);
  });

  it("answers one question once, which is its own and not too old", async () => {
    const user = await signUp();
    const authenticator = await addPasskey(user);
    const [one, two] = [await askPasskey(), await askPasskey()];
    const crossed = {
      challengeId: two.challengeId,
      credential: await authenticator.sign(one.options),
    };
    expect((await post("login/passkey", crossed)).status).toBe(401);
    const body = {
      challengeId: one.challengeId,
      credential: await authenticator.sign(one.options),
    };
    const both = await Promise.all([post("login/passkey", body), post("login/passkey", body)]);
    expect(both.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await readError(await post("login/passkey", body))).toMatchObject({
      status: 400,
      param: "challengeId",
    });
    const late = await askPasskey();
    const credential = await authenticator.sign(late.options);
    moveClock(11 * MINUTE_MS);
    const { challengeId } = late;
    expect(await readError(await post("login/passkey", { challengeId, credential }))).toMatchObject(
      {
        status: 400,
        param: "challengeId",
      },
    );
  });

  it("is added by the user who was asked, with the password, and once", async () => {
    const [user, other] = [await signUp(), await signUp()];
    const { token, password: currentPassword } = user;
    expect((await post("passkeys/begin", {}, token)).status).toBe(400);
    expect((await post("passkeys/begin", { currentPassword: "no" }, token)).status).toBe(401);
    const authenticator = await Authenticator.create();
    const { challengeId, options } = await begin(user);
    const name = "Key";
    const wrong = [
      { challengeId, name, credential: await authenticator.make({ challenge: "other" }) },
      { challengeId, name, credential: await authenticator.make(options, { rpId: "evil" }) },
      {
        challengeId,
        name,
        credential: await authenticator.make(options, { origin: "https://evil.example" }),
      },
      {
        challengeId,
        name,
        credential: await authenticator.make(options, { isUserVerified: false }),
      },
    ];
    for (const body of wrong)
      expect(await readError(await post("passkeys", body, token))).toMatchObject({
        status: 400,
        param: "credential",
      });
    const credential = await authenticator.make(options);
    const body = { challengeId, name, credential };
    expect(await readError(await post("passkeys", body, other.token))).toMatchObject({
      param: "challengeId",
    });
    const again = await begin(user);
    const good = {
      challengeId: again.challengeId,
      name,
      credential: await authenticator.make(again.options),
    };
    const added = await post("passkeys", good, token);
    expect([added.status, await added.clone().text()]).toEqual([201, expect.any(String)]);
    expect((await post("passkeys", good, token)).status).toBe(400);
    const third = await begin(other);
    const known = {
      challengeId: third.challengeId,
      name,
      credential: await authenticator.make(third.options),
    };
    expect((await post("passkeys", known, other.token)).status).toBe(409);
    expect((await methods(token)).passkeys).toHaveLength(1);
    const { options: excluding } = await post("passkeys/begin", { currentPassword }, token).then(
      (response) => response.json<PasskeyQuestion>(),
    );
    expect(excluding["excludeCredentials"]).toHaveLength(1);
  });

  it("is one of 20 at most", async () => {
    const user = await signUp();
    const insert = env.DB.prepare(
      `INSERT INTO passkeys (id, credential_id, user_id, public_key, sign_count, transports, name,
        created_at) VALUES (?, ?, ?, 'x', 0, '[]', 'n', 0)`,
    );
    const open = await begin(user);
    await env.DB.batch(
      Array.from({ length: 20 }, (_, n) => {
        const id = `${user.userId}${n}`;
        return insert.bind(`pky_${id}`, id, user.userId);
      }),
    );
    const { token, password: currentPassword } = user;
    expect((await post("passkeys/begin", { currentPassword }, token)).status).toBe(409);
    const credential = await (await Authenticator.create()).make(open.options);
    const body = { challengeId: open.challengeId, name: "One more", credential };
    expect(await readError(await post("passkeys", body, token))).toMatchObject({
      code: "limit_reached",
    });
  });

  it("is removed by its user, and signs in no more", async () => {
    const [user, other] = [await signUp(), await signUp()];
    const authenticator = await addPasskey(user);
    const { token, password: currentPassword } = user;
    const id = (await methods(token)).passkeys[0]?.id ?? "";
    const ofOther = { currentPassword: other.password };
    expect((await remove(`passkeys/${id}`, ofOther, other.token)).status).toBe(404);
    expect((await remove(`passkeys/${id}`, {}, token)).status).toBe(400);
    expect((await remove(`passkeys/${id}`, { currentPassword: "no" }, token)).status).toBe(401);
    expect((await remove(`passkeys/${id}`, { currentPassword }, token)).status).toBe(204);
    expect((await remove(`passkeys/${id}`, { currentPassword }, token)).status).toBe(404);
    expect((await signInWith(authenticator)).status).toBe(401);
  });

  it("may be the only way to sign in, and then stays", async () => {
    const user = await signUp();
    const { token, password: currentPassword, email } = user;
    expect((await remove("password", { currentPassword }, token)).status).toBe(409);
    const [first, second] = [await addPasskey(user, "One"), await addPasskey(user, "Two")];
    expect((await remove("password", {}, token)).status).toBe(400);
    expect((await remove("password", { currentPassword: "no" }, token)).status).toBe(401);
    expect((await remove("password", { currentPassword }, token)).status).toBe(204);
    expect(await methods(token)).toMatchObject({ hasPassword: false });
    for (const password of [currentPassword, NO_PASSWORD])
      expect((await post("login", { email, password })).status).toBe(401);
    const [one, two] = (await methods(token)).passkeys.map(({ id }) => id);
    // The session has just begun, which takes the place of the password.
    const both = await Promise.all([
      remove(`passkeys/${one}`, {}, token),
      remove(`passkeys/${two}`, {}, token),
    ]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 409]);
    const answers = await Promise.all([first, second].map((each) => signInWith(each)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401]);
  });

  it("confirms by a session of the last 15 minutes what a password confirms", async () => {
    const user = await signUp();
    const { token, password: currentPassword } = user;
    const authenticator = await addPasskey(user);
    expect((await remove("password", { currentPassword }, token)).status).toBe(204);
    moveClock(14 * MINUTE_MS);
    expect((await post("passkeys/begin", {}, token)).status).toBe(200);
    moveClock(2 * MINUTE_MS);
    const signedIn = await signInWith(authenticator);
    const { accessToken, refreshToken } = await signedIn.json<{
      accessToken: string;
      refreshToken: string;
    }>();
    moveClock(14 * MINUTE_MS);
    expect((await post("passkeys/begin", {}, accessToken)).status).toBe(200);
    moveClock(2 * MINUTE_MS);
    const refreshed = await post("refresh", { refreshToken });
    const { accessToken: later } = await refreshed.json<{ accessToken: string }>();
    const id = (await methods(later)).passkeys[0]?.id ?? "";
    const asked = [
      await post("passkeys/begin", {}, later),
      await remove(`passkeys/${id}`, {}, later),
      await remove("password", {}, later),
      await post("totp", {}, later),
      await remove("totp", {}, later),
      await post("recovery-codes", {}, later),
      await post("password", { newPassword: "a ride that is new" }, later),
      await call("PATCH", "/api/users/me", { token: later, body: { email: "new@farebox.test" } }),
      await call("DELETE", "/api/users/me", { token: later, body: {} }),
    ];
    for (const response of asked)
      expect(await readError(response)).toMatchObject({
        status: 403,
        code: "recent_sign_in_required",
      });
    const anew = await (await signInWith(authenticator)).json<{ accessToken: string }>();
    const set = await post("password", { newPassword: "a ride that is new" }, anew.accessToken);
    expect(set.status).toBe(204);
    const { email } = user;
    expect((await post("login", { email, password: "a ride that is new" })).status).toBe(200);
  });

  it("is told by mail when it comes and goes", async () => {
    const worker = new MailWorker({ FREE_PLAN_NEEDS_PROOF: "false" });
    const user = await signUp();
    const body = { currentPassword: user.password };
    const begun = await worker.post("/api/auth/passkeys/begin", body, user.token);
    const { challengeId, options } = JSON.parse(begun.text);
    const credential = await (await Authenticator.create()).make(options);
    const name = "<b>Phone</b>";
    const added = await worker.post(
      "/api/auth/passkeys",
      { challengeId, name, credential },
      user.token,
    );
    const { id } = JSON.parse(added.text);
    await worker.send("DELETE", "/api/auth/password", { body, token: user.token });
    const another = await worker.post("/api/auth/passkeys/begin", {}, user.token);
    const second = JSON.parse(another.text);
    await worker.post(
      "/api/auth/passkeys",
      {
        challengeId: second.challengeId,
        name: "Two",
        credential: await (await Authenticator.create()).make(second.options),
      },
      user.token,
    );
    await worker.send("DELETE", `/api/auth/passkeys/${id}`, { body: {}, token: user.token });
    const texts = worker.mailsTo(user.email).map(({ text }) => text);
    expect(texts).toHaveLength(4);
    expect(texts.join()).toMatch(/was removed.*was added.*password was removed.*was added/s);
  });
});
