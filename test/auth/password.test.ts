import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { hashPassword, verifyPassword } from "../../src/auth/passwords/password-hash.ts";
import { checkNewPassword } from "../../src/auth/passwords/password-rules.ts";
import { call } from "../support/call.ts";
import { signUp } from "../support/sign-up.ts";

const NONE = { matches: false, isStale: false };
const SALT = "ZmFyZWJveC1zYWx0LTE2Yg";
const TODAY = `$argon2id$v=19$m=19456,t=2,p=1$${SALT}$`;

// Made by node:crypto's argon2, which is OpenSSL's: other implementations read them, too.
it.each([
  ["correct horse battery", "KXg5DDw8+2HoxcZA23FnVIfhJHWwMlf5Bazy8eZzNy4"],
  ["пароль-и-соль", "Li2sL3YKdhGML+NHDdidqJP4HmxrduNYHs3HTtH0L8A"],
  ["🚋🚋🚋🚋", "SckbTWbtgqS3cbe/2tb9YuEV2JrWrxmEb/KeQRVUu98"],
])("hashes %s as every Argon2id does", (password, hash) => {
  expect(verifyPassword(password, TODAY + hash)).toEqual({ matches: true, isStale: false });
});

it("compares all of a password that is not ASCII, to its last character", () => {
  const phc = hashPassword("пароль-и-соль-А");
  expect(verifyPassword("пароль-и-соль-А", phc).matches).toBe(true);
  expect(verifyPassword("пароль-и-соль-Б", phc).matches).toBe(false);
});

it("is the same password whichever way a keyboard composes its letters", () => {
  expect(verifyPassword("cafe\u0301-terrasse", hashPassword("caf\u00e9-terrasse")).matches).toBe(
    true,
  );
});

it("salts: a password has another hash each time, by Argon2id with the current parameters", () => {
  const [a, b] = [hashPassword("correct horse battery"), hashPassword("correct horse battery")];
  expect(a).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(a).not.toBe(b);
});

it.each([
  ["more memory than an isolate gives", `$argon2id$v=19$m=9999999,t=2,p=1$${SALT}$`],
  ["more passes", `$argon2id$v=19$m=19456,t=999,p=1$${SALT}$`],
  ["more lanes", `$argon2id$v=19$m=19456,t=2,p=200$${SALT}$`],
  ["another algorithm", `$argon2i$v=19$m=19456,t=2,p=1$${SALT}$`],
  ["another version", `$argon2id$v=16$m=19456,t=2,p=1$${SALT}$`],
])("matches nothing with a stored hash that asks for %s", (_, head) => {
  expect(
    verifyPassword("correct horse battery", `${head}KXg5DDw8+2HoxcZA23FnVIfhJHWwMlf5Bazy8eZzNy4`),
  ).toEqual(NONE);
});

it("matches nothing with what is no stored hash at all, and nobody's password is any", () => {
  expect(verifyPassword("correct horse battery", "")).toEqual(NONE);
  expect(verifyPassword("correct horse battery", "correct horse battery")).toEqual(NONE);
  expect(verifyPassword("correct horse battery", undefined)).toEqual(NONE);
});

it.each([
  ["7 bytes", "seven77"],
  ["1025 bytes", "x".repeat(1025)],
  ["1026 bytes in 513 letters", "я".repeat(513)],
  ["a common password", "password1"],
  ["a common password in capitals", "QwertyUiop"],
  ["the address", "Rider.One@Example.com"],
  ["the address's local part", "RIDER.ONE"],
  ["half a surrogate pair", "tram stop \ud83d here"],
])("refuses %s as a new password", (_, password) => {
  const result = checkNewPassword(password, "rider.one@example.com", "newPassword");
  expect(result).toMatchObject({
    ok: false,
    failure: { code: "invalid_request", param: "newPassword" },
  });
});

it.each([
  ["8 bytes", "tram-8ok"],
  ["8 bytes in 4 letters", "ямщк"],
  ["1024 bytes", "x".repeat(1024)],
])("takes %s as a new password", (_, password) => {
  expect(checkNewPassword(password, "rider.one@example.com", "password").ok).toBe(true);
});

it("stores a password anew at sign-in when it was hashed with other parameters", async () => {
  const user = await signUp();
  // The Argon2id hash of "correct horse battery" with m=8192, t=1, p=1, by node:crypto.
  const old = `$argon2id$v=19$m=8192,t=1,p=1$${SALT}$QlHsfTX3jGSvNPzTTSMGRhp710frUC2Yg9LSHJ+9UbU`;
  await env.DB.prepare("UPDATE users SET password_hash = ? WHERE id = ?")
    .bind(old, user.userId)
    .run();
  const body = { email: user.email, password: "correct horse battery" };
  expect((await call("POST", "/api/auth/login", { body })).status).toBe(200);
  const stored = await env.DB.prepare("SELECT password_hash FROM users WHERE id = ?")
    .bind(user.userId)
    .first("password_hash");
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect((await call("POST", "/api/auth/login", { body })).status).toBe(200);
});
