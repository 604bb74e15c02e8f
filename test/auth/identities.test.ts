import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { TestIssuer, type TypedPerson } from "../support/issuer.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const issuer = new TestIssuer();
const worker = new MailWorker({ ...issuer.settings, FREE_PLAN_NEEDS_PROOF: "false" });
beforeEach(() => {
  worker.connect();
  issuer.connect();
});

const password = "a long ride home";
const PATH = "/api/auth/identities";

interface Person {
  readonly email: string;
  readonly userId: string;
  readonly token: string;
}

async function register(): Promise<Person> {
  const email = uniqueEmail();
  const { json } = await worker.post("/api/auth/register", { email, password });
  return { email, userId: json.user?.id ?? "", token: json.accessToken ?? "" };
}

/** Signs up by the issuer: a user without a password. */
async function registerByIssuer(typed: TypedPerson = { email: uniqueEmail() }): Promise<Person> {
  const begun = await worker.post("/api/auth/providers/local/begin", {});
  const { url = "", sealedState } = begun.json;
  const back = await issuer.signIn(url, typed);
  const callback = { sealedState, answer: back.search.slice(1) };
  const { json } = await worker.post("/api/auth/providers/local/finish", callback);
  return { email: typed.email, userId: json.user?.id ?? "", token: json.accessToken ?? "" };
}

const begin = (token: string, body: object = { currentPassword: password }) =>
  worker.post(`${PATH}/begin`, { providerId: "local", ...body }, token);

/** Goes to the issuer to add it, and returns what the browser brings along. */
async function visit(token: string, typed: TypedPerson, body?: object) {
  const { url = "", sealedState } = (await begin(token, body)).json;
  const back = await issuer.signIn(url, typed);
  return { providerId: "local", sealedState, answer: back.search.slice(1) };
}

const finish = (token: string, callback: object) => worker.post(`${PATH}/finish`, callback, token);
const list = async (token: string) =>
  JSON.parse((await worker.send("GET", PATH, { token })).text).data;
const remove = (token: string, id: string, body: object = { currentPassword: password }) =>
  worker.send("DELETE", `${PATH}/${id}`, { token, body });

const refusal = (status: number, code: string) => ({ status, json: { error: { code } } });

describe("a provider", () => {
  it("is added to the caller whatever its address is, and told by mail, once", async () => {
    const me = await register();
    const theirs = uniqueEmail();
    const added = await finish(
      me.token,
      await visit(me.token, { email: theirs, isVerified: false }),
    );
    expect(added).toMatchObject({
      status: 200,
      json: { providerId: "local", providerName: "The issuer", email: null },
    });
    const again = await finish(me.token, await visit(me.token, { email: theirs }));
    expect(again.json.id).toBe(added.json.id);
    expect(await list(me.token)).toHaveLength(1);
    const subjects = worker.mailsTo(me.email).map(({ subject }) => subject);
    expect(subjects.filter((one) => one.includes("sign-in methods changed"))).toHaveLength(1);
    const signedIn = await registerByIssuer({ email: theirs });
    expect(signedIn.userId).toBe(me.userId);
  });

  it("is added and removed in the audit log, without address, subject or token", async () => {
    const me = await register();
    const theirs = uniqueEmail();
    const subject = crypto.randomUUID();
    const added = await finish(me.token, await visit(me.token, { email: theirs, subject }));
    expect((await remove(me.token, added.json.id ?? "")).status).toBe(204);
    const { results } = await env.DB.prepare(
      "SELECT action, actor_id, after FROM audit_log WHERE user_id = ? ORDER BY id",
    )
      .bind(me.userId)
      .all();
    expect(results).toMatchObject([
      { action: "user.provider_added", actor_id: me.userId, after: '{"provider":"local"}' },
      { action: "user.provider_removed", actor_id: me.userId, after: null },
    ]);
    const text = JSON.stringify(results);
    for (const secret of [theirs, subject]) expect(text).not.toContain(secret);
  });

  it("of another user is refused, to whoever tries to add it", async () => {
    const typed = { email: uniqueEmail() };
    await registerByIssuer(typed);
    const me = await register();
    const callback = await visit(me.token, typed);
    expect(await finish(me.token, callback)).toMatchObject(refusal(409, "identity_taken"));
    expect(await list(me.token)).toEqual([]);
  });

  it("is added to one user of two who try at once", async () => {
    const typed = { email: uniqueEmail() };
    const people = [await register(), await register()];
    const visits = [];
    for (const { token } of people) visits.push({ token, callback: await visit(token, typed) });
    const replies = await Promise.all(visits.map(({ token, callback }) => finish(token, callback)));
    expect(replies.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });

  it("takes the password, or of who has none a session that has just begun", async () => {
    const me = await register();
    expect(await begin(me.token, {})).toMatchObject(refusal(400, "invalid_request"));
    const wrong = { currentPassword: "not the password" };
    expect(await begin(me.token, wrong)).toMatchObject(refusal(401, "invalid_credentials"));
    const other = await registerByIssuer();
    expect((await begin(other.token, {})).status).toBe(200);
    await env.DB.prepare("UPDATE sessions SET created_at = created_at - 900001 WHERE user_id = ?")
      .bind(other.userId)
      .run();
    expect(await begin(other.token, {})).toMatchObject(refusal(403, "recent_sign_in_required"));
    const [only] = await list(other.token);
    expect(await remove(other.token, only.id, {})).toMatchObject(
      refusal(403, "recent_sign_in_required"),
    );
  });

  it("is added in the session that began, and not by a sign-in's answer", async () => {
    const [me, thief] = [await register(), await register()];
    const typed = { email: uniqueEmail() };
    const mine = await visit(me.token, typed);
    expect(await finish(thief.token, mine)).toMatchObject(refusal(400, "invalid_request"));
    const { json } = await worker.post("/api/auth/login", { email: me.email, password });
    expect(await finish(json.accessToken ?? "", mine)).toMatchObject(
      refusal(400, "invalid_request"),
    );
    const { providerId, ...callback } = mine;
    const asSignIn = await worker.post(`/api/auth/providers/${providerId}/finish`, callback);
    expect(asSignIn).toMatchObject(refusal(400, "invalid_request"));
    const begun = await worker.post("/api/auth/providers/local/begin", {});
    const back = await issuer.signIn(begun.json.url ?? "", typed);
    const signIn = {
      providerId,
      sealedState: begun.json.sealedState,
      answer: back.search.slice(1),
    };
    expect(await finish(me.token, signIn)).toMatchObject(refusal(400, "invalid_request"));
    expect((await finish(me.token, mine)).status).toBe(200);
  });

  it("that refuses or lies is told as at a sign-in", async () => {
    const me = await register();
    const denied = await visit(me.token, { email: uniqueEmail(), denies: true });
    expect(await finish(me.token, denied)).toMatchObject(refusal(403, "provider_refused"));
    const forged = await visit(me.token, { email: uniqueEmail() });
    issuer.issuer.faults = { isForged: true };
    expect(await finish(me.token, forged)).toMatchObject(refusal(502, "provider_error"));
    issuer.issuer.faults = {};
    const nobody = { providerId: "nobody" };
    const right = { currentPassword: password };
    expect(await begin(me.token, { ...right, ...nobody })).toMatchObject(refusal(404, "not_found"));
    expect(await finish(me.token, { ...forged, ...nobody })).toMatchObject(
      refusal(404, "not_found"),
    );
    const elsewhere = { ...right, redirectUri: "https://evil.example/" };
    expect(await begin(me.token, elsewhere)).toMatchObject(refusal(400, "invalid_request"));
  });

  it("that is not set up to the end, or down, is told before anybody leaves", async () => {
    const me = await register();
    const { SIGN_IN_PROVIDERS } = issuer.settings;
    const bare = new MailWorker({ SIGN_IN_PROVIDERS });
    const body = { providerId: "local", currentPassword: password };
    const missing = refusal(503, "misconfigured");
    expect(await bare.post(`${PATH}/begin`, body, me.token)).toMatchObject(missing);
    const callback = await visit(me.token, { email: uniqueEmail() });
    expect(await bare.post(`${PATH}/finish`, callback, me.token)).toMatchObject(missing);
    const down = new MailWorker(new TestIssuer().settings);
    const reply = await down.post(`${PATH}/begin`, body, me.token);
    expect(reply).toMatchObject(refusal(502, "provider_error"));
  });
});

it("guesses at a password on the way to a provider are limited", async () => {
  const me = await register();
  const headers = { "cf-connecting-ip": "203.0.113.78" };
  const guesses = Array.from({ length: 21 }, () =>
    worker.send("POST", `${PATH}/begin`, {
      token: me.token,
      headers,
      body: { providerId: "local", currentPassword: "a guess" },
    }),
  );
  expect((await Promise.all(guesses)).map(({ status }) => status)).toContain(429);
  await env.DB.prepare(
    "INSERT INTO identities VALUES ('idn_1', ?, 'local', 'https://id.test', 'guessed', null, 1, 1)",
  )
    .bind(me.userId)
    .run();
  const removal = await worker.send("DELETE", `${PATH}/idn_1`, {
    token: me.token,
    headers,
    body: { currentPassword: "a guess" },
  });
  expect(removal.status).toBe(429);
});

describe("removing a provider", () => {
  it("is refused where it is the last way to sign in", async () => {
    const me = await registerByIssuer();
    const [only] = await list(me.token);
    expect(await remove(me.token, only.id, {})).toMatchObject(refusal(409, "conflict"));
    const callback = await visit(me.token, { email: uniqueEmail() }, {});
    expect((await finish(me.token, callback)).status).toBe(200);
    const both = await list(me.token);
    const removals = await Promise.all(
      both.map(({ id }: { id: string }) => remove(me.token, id, {})),
    );
    expect(removals.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 409]);
    expect(await list(me.token)).toHaveLength(1);
  });

  it("keeps the last way there is, where the password goes", async () => {
    const me = await register();
    const right = { currentPassword: password };
    const lonely = await worker.send("DELETE", "/api/auth/password", {
      token: me.token,
      body: right,
    });
    expect(lonely.status).toBe(409);
    await finish(me.token, await visit(me.token, { email: uniqueEmail() }));
    const gone = await worker.send("DELETE", "/api/auth/password", {
      token: me.token,
      body: right,
    });
    expect(gone.status).toBe(204);
    const [only] = await list(me.token);
    expect(await remove(me.token, only.id, {})).toMatchObject(refusal(409, "conflict"));
  });

  it("takes the password, and finds no other user's", async () => {
    const [me, other] = [await register(), await register()];
    const added = await finish(me.token, await visit(me.token, { email: uniqueEmail() }));
    const id = added.json.id ?? "";
    expect(await remove(other.token, id)).toMatchObject(refusal(404, "not_found"));
    const wrong = { currentPassword: "not the password" };
    expect(await remove(me.token, id, wrong)).toMatchObject(refusal(401, "invalid_credentials"));
    expect((await remove(me.token, id)).status).toBe(204);
    expect(await remove(me.token, id)).toMatchObject(refusal(404, "not_found"));
  });
});
