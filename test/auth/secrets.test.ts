import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { accountObject } from "../support/account.ts";
import { call } from "../support/call.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { codeOf } from "../support/factors.ts";
import { TestIssuer } from "../support/issuer.ts";
import { codeIn, MailWorker, tokenIn } from "../support/mail-worker.ts";
import { createKey, signUp, uniqueEmail } from "../support/sign-up.ts";

const newText = (name: string) => `a ${name} of ${crypto.randomUUID()}`;
const text = (rows: unknown) => JSON.stringify(rows);

async function everythingInD1(): Promise<string> {
  const tables = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
  ).all<{
    name: string;
  }>();
  const dumps = tables.results.map(async ({ name }) =>
    text((await env.DB.prepare(`SELECT * FROM "${name}"`).all()).results),
  );
  return (await Promise.all(dumps)).join("\n");
}

async function everythingInObject(userId: string): Promise<string> {
  return await runInDurableObject(accountObject(userId), (_object, state) => {
    const { sql } = state.storage;
    const tables = sql.exec<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
    );
    return tables
      .toArray()
      .map(({ name }) => text(sql.exec(`SELECT * FROM "${name}"`).toArray()))
      .join("\n");
  });
}

/** Collects what is logged until the test ends. */
function collectLog(): string[] {
  const logged: string[] = [];
  for (const level of ["log", "info", "warn", "error", "debug"] as const)
    vi.spyOn(console, level).mockImplementation(
      (...parts) => void logged.push(parts.map(String).join(" ")),
    );
  return logged;
}

it("I12: keeps and logs no link or code of a mail, a factor or a provider", async () => {
  const logged = collectLog();
  await loadDefaultCatalog();
  const issuer = new TestIssuer();
  const worker = new MailWorker(issuer.settings);
  issuer.connect();
  const post = async (path: string, body: object, token?: string) =>
    JSON.parse((await worker.post(`/api/auth/${path}`, body, token)).text || "{}");
  const lastMail = (email: string) => worker.mailsTo(email)[0] ?? { text: "" };
  const email = uniqueEmail();
  const [password, newPassword] = [newText("ride"), newText("longer ride")];

  const { verificationId } = await post("register", { email, password });
  const signUpMail = lastMail(email);
  const code = codeIn(signUpMail);
  await post("register/confirm", { verificationId, code });
  await post("forgot-password", { email });
  const reset = tokenIn(lastMail(email));
  await post("reset-password", { token: reset, newPassword });
  const { accessToken: token } = await post("login", { email, password: newPassword });
  const totp = await post("totp", { currentPassword: newPassword }, token);
  const totpCode = await codeOf(totp.secret, -1);
  await post("totp/confirm", { code: "000000" }, token);
  const { recoveryCodes } = await post("totp/confirm", { code: totpCode }, token);
  const { challengeId } = await post("login", { email, password: newPassword });
  await post("login/second-factor", { challengeId, code: totpCode });
  await post("login/second-factor", { challengeId, code: recoveryCodes[0] });

  const { url, sealedState } = await post("providers/local/begin", {});
  const back = await issuer.signIn(url, { email: uniqueEmail() });
  const answer = back.search.slice(1);
  await post("providers/local/finish", { sealedState, answer });
  await post("providers/local/finish", { sealedState, answer });
  // A mail that could not be sent waits, and one that is given up keeps nothing.
  worker.disconnect();
  await post("forgot-password", { email });

  const secrets = {
    password,
    newPassword,
    link: tokenIn(signUpMail),
    code,
    reset,
    totpSecret: totp.secret,
    totpCode,
    ...Object.fromEntries(recoveryCodes.map((each: string, n: number) => [`recovery ${n}`, each])),
    sealedState,
    state: new URL(url).searchParams.get("state"),
    providerCode: back.searchParams.get("code"),
    clientSecret: issuer.settings.ISSUER_SECRET,
  };
  const places = { d1: await everythingInD1(), log: text(logged) };
  expect(places.d1).toContain("user.totp_added");
  expect(places.log).toContain("second_factor.refused");
  for (const [place, content] of Object.entries(places))
    for (const [name, secret] of Object.entries(secrets)) {
      const isThere = new RegExp(`(?<![0-9a-z])${RegExp.escape(secret ?? "")}(?![0-9a-z])`, "i");
      expect(isThere.test(content), `${name} in ${place}`).toBe(false);
    }
  const left = await env.DB.prepare(
    "SELECT count(*) AS n FROM mails WHERE state <> 'queued' AND sealed_message IS NOT NULL",
  ).first("n");
  expect(left).toBe(0);
});

it("I12: keeps and logs no password, key or token, whatever is done with them", async () => {
  const logged = collectLog();
  const user = await signUp();
  const key = await createKey(user);
  const newPassword = `a longer ride of ${crypto.randomUUID()}`;
  const answers: string[] = [];
  const request = async (method: string, path: string, options: Parameters<typeof call>[2]) => {
    answers.push(await (await call(method, path, options)).text());
  };
  await request("POST", "/api/auth/login", {
    body: { email: user.email, password: "not the password" },
  });
  await request("GET", "/api/api-keys", { token: key });
  await request("GET", "/api/users/me", { token: key });
  await request("GET", "/api/users/me", { token: `${user.token}x` });
  await request("POST", "/api/auth/password", {
    token: user.token,
    body: { currentPassword: user.password, newPassword },
  });
  const pair = await (
    await call("POST", "/api/auth/refresh", { body: { refreshToken: user.refreshToken } })
  ).json<{
    accessToken: string;
    refreshToken: string;
  }>();
  const login = await call("POST", "/api/auth/login", {
    body: { email: user.email, password: newPassword },
  });
  const signedIn = await login.json<{ accessToken: string; refreshToken: string; user: unknown }>();
  answers.push(text(signedIn.user));

  const tokens = [
    user.token,
    user.refreshToken,
    pair.accessToken,
    pair.refreshToken,
    signedIn.accessToken,
    signedIn.refreshToken,
  ];
  const halves = [user.refreshToken, signedIn.refreshToken].flatMap((token) => [
    token.slice(3, 35),
    token.slice(35),
  ]);
  const secrets = [
    user.password,
    newPassword,
    key,
    key.slice(27),
    key.slice(27, 55),
    ...tokens,
    ...halves,
  ];
  const places = {
    d1: await everythingInD1(),
    object: await everythingInObject(user.userId),
    log: text(logged),
    answers: text(answers),
  };
  // The scan reached the places where secrets would be.
  expect(places.d1).toContain(user.email);
  expect(places.d1).toContain("$argon2id$");
  expect(places.object).toContain(key.slice(0, 20));
  for (const [place, content] of Object.entries(places)) {
    for (const secret of secrets)
      expect(content.includes(secret), `${secret} in ${place}`).toBe(false);
  }
  // Nor does the log line of a reuse, which comes later than two tabs that refresh at once.
  await env.DB.prepare("UPDATE sessions SET refreshed_at = 0 WHERE user_id = ?")
    .bind(user.userId)
    .run();
  await call("POST", "/api/auth/refresh", { body: { refreshToken: user.refreshToken } });
  expect(text(logged)).toContain("refresh_token.reused");
  expect(text(logged)).not.toContain(user.refreshToken.slice(3, 35));
  expect(places.answers).not.toContain("$argon2id$");
});
