import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { registerUser } from "../../src/auth/sessions/register-user.ts";
import { call } from "../support/call.ts";
import { testContext } from "../support/context.ts";
import { signUp, uniqueEmail } from "../support/sign-up.ts";

const PASSWORD = "a quiet ride home";
const post = (path: string, body: unknown) => call("POST", `/api/auth/${path}`, { body });
const count = (email: string) =>
  env.DB.prepare("SELECT count(*) AS n FROM users WHERE email_normalized = ?")
    .bind(email.toLowerCase())
    .first("n");

it("signs a user up on the free plan, and shows the user alike from then on", async () => {
  await signUp();
  const email = `Rider.${crypto.randomUUID()}@Farebox.test`;
  const response = await post("register", {
    email: ` ${email} `,
    password: PASSWORD,
    name: " Rider One ",
  });
  expect(response.status).toBe(201);
  const { user, ...tokens } = await response.json<
    Record<string, unknown> & { user: Record<string, unknown> }
  >();
  expect(tokens).toEqual({
    accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    refreshToken: expect.stringMatching(/^rt_[0-9a-f]{64}$/),
    expiresIn: 900,
  });
  expect(user).toEqual({
    id: expect.stringMatching(/^usr_[0-9a-f]{16}$/),
    email,
    emailVerified: false,
    name: "Rider One",
    role: "user",
    planId: expect.stringMatching(/^pln_/),
    creditBalance: 0,
    plan: { id: user["planId"], slug: "free", name: "Free", credits: 0 },
    freeAllowanceTaken: false,
    suspendedAt: null,
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  const again = await post("login", { email: email.toUpperCase(), password: PASSWORD });
  expect(again.status).toBe(200);
  expect(await again.json()).toMatchObject({ user, expiresIn: 900 });
  const me = await call("GET", "/api/users/me", { token: String(tokens["accessToken"]) });
  expect(await me.json()).toEqual(user);
});

it("gives one address to one of 20 who want it at once, however they write it", async () => {
  await signUp();
  const email = uniqueEmail();
  const tries = Array.from({ length: 20 }, (_, n) =>
    post("register", { email: n % 2 === 0 ? email : email.toUpperCase(), password: PASSWORD }),
  );
  const statuses = (await Promise.all(tries)).map((response) => response.status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  expect(statuses.filter((status) => status === 409)).toHaveLength(19);
  expect(await count(email)).toBe(1);
});

it("says that an address is taken", async () => {
  const { email } = await signUp();
  const response = await post("register", { email, password: PASSWORD });
  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({ error: { code: "email_taken", param: "email" } });
});

it("makes an admin of an address that the operator named, and of no other", async () => {
  await signUp();
  const admin = await post("register", { email: "boss@farebox.test", password: PASSWORD });
  expect(await admin.json()).toMatchObject({ user: { role: "admin" } });
});

it.each([
  ["no address", { password: PASSWORD }, "email"],
  ["what is no address", { email: "rider", password: PASSWORD }, "email"],
  [
    "an address of 255 characters",
    { email: `${"a".repeat(243)}@example.com`, password: PASSWORD },
    "email",
  ],
  ["an address that is not a string", { email: 7, password: PASSWORD }, "email"],
  ["no password", { email: "a@b.test" }, "password"],
  ["a short password", { email: "a@b.test", password: "seven77" }, "password"],
  ["a common password", { email: "a@b.test", password: "iloveyou" }, "password"],
  [
    "a name with a control character",
    { email: "a@b.test", password: PASSWORD, name: "a\u0000b" },
    "name",
  ],
  [
    "a name of 201 characters",
    { email: "a@b.test", password: PASSWORD, name: "x".repeat(201) },
    "name",
  ],
  ["a role", { email: "a@b.test", password: PASSWORD, role: "admin" }, "role"],
])("refuses %s at sign-up, naming the field", async (_, body, param) => {
  const response = await post("register", body);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: "invalid_request", param } });
});

it("refuses malformed JSON", async () => {
  for (const path of ["register", "login", "refresh"])
    expect((await post(path, "{")).status).toBe(400);
});

it("answers a wrong address and a wrong password alike, word for word", async () => {
  const { email } = await signUp();
  const wrongPassword = await post("login", { email, password: "not the password" });
  const wrongAddress = await post("login", { email: uniqueEmail(), password: "not the password" });
  expect([wrongPassword.status, wrongAddress.status]).toEqual([401, 401]);
  const answer = await wrongPassword.json();
  expect(answer).toMatchObject({ error: { code: "invalid_credentials", param: null } });
  expect(await wrongAddress.json()).toEqual(answer);
});

const median = (times: number[]) => times.toSorted((a, b) => a - b)[4] ?? 0;
const timeOf = async (address: string) => {
  const start = performance.now();
  await post("login", { email: address, password: "not the password" });
  return performance.now() - start;
};

it("takes as long over a wrong address as over a wrong password", async () => {
  const { email } = await signUp();
  const known: number[] = [];
  const unknown: number[] = [];
  for (let n = 0; n < 9; n += 1) {
    known.push(await timeOf(email));
    unknown.push(await timeOf(uniqueEmail()));
  }
  expect(median(unknown) / median(known)).toBeGreaterThan(0.5);
  expect(median(unknown) / median(known)).toBeLessThan(2);
});

it("costs a sign-up that died half-way no more than a sign-in", async () => {
  await signUp();
  const email = uniqueEmail();
  const dead = {
    ...env,
    CREDIT_ACCOUNT: new Proxy(env.CREDIT_ACCOUNT, {
      get: () => () => ({ open: () => Promise.reject(new Error("the object cannot be reached")) }),
    }),
  };
  const ctx = testContext({ env: dead });
  const request = new Request("http://farebox.test");
  const half = registerUser(ctx, request, { email, password: PASSWORD }, "en");
  await expect(half).rejects.toMatchObject({ failure: { code: "billing_unavailable" } });
  expect((await post("register", { email, password: PASSWORD })).status).toBe(409);
  const response = await post("login", { email, password: PASSWORD });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    user: { email, creditBalance: 0, plan: { name: "Free" } },
  });
});
