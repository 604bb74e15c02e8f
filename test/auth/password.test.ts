import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
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

const CONTEXT = { emailNormalized: "rider.one@example.com", publicUrl: "https://tramways.test" };

it.each([
  ["7 characters", "seven77"],
  ["4 letters of 2 bytes", "ямщк"],
  ["2 emoji, which have 8 bytes", "🙂🙂"],
  ["8 code points that are 4 letters", "e\u0301o\u0301a\u0301u\u0301"],
  ["1025 bytes", "correct horse ".repeat(74)],
  ["1026 bytes in 513 letters", "ямщик ".repeat(94)],
  ["a common password", "password1"],
  ["a common password in capitals", "QwertyUiop"],
  ["a common password with a year and a sign", "Sunshine2026!"],
  ["one character, repeated", "aaaaaaaa"],
  ["one character, and its neighbour", "11111112"],
  ["two characters in turn", "xyxyxyxyx"],
  ["a short word, repeated", "tramtram"],
  ["a short word, repeated and cut off", "4kz!4kz!4k"],
  ["digits in order", "1234567890123"],
  ["letters in order, and backwards", "abcdefedcba"],
  ["two sequences", "abcdef987654"],
  ["a row of the keyboard", "poiuytrewq"],
  ["rows of the keyboard", "asdfgh-qwertz"],
  ["the product and a digit", "farebox1"],
  ["the product, twice", "FareboxFarebox2"],
  ["the site's name and a year", "tramways-2026"],
  ["the address", "Rider.One@Example.com"],
  ["the address's local part", "RIDER.ONE"],
  ["a part of the address, and some digits", "rider8041"],
  ["the address's domain, and some digits", "example8041"],
  ["half a surrogate pair", "tram stop \ud83d here"],
])("refuses %s as a new password", (_, password) => {
  expect(checkNewPassword(password, CONTEXT, "newPassword")).toMatchObject({
    ok: false,
    failure: { code: "invalid_request", param: "newPassword" },
  });
});

it.each([
  ["8 characters", "tram-8ok"],
  ["8 letters of 2 bytes", "ямщикгон"],
  ["8 emoji", "🚋🎺🐢🍋🪀🌂🧭🥨"],
  ["1024 bytes", `${"correct horse ".repeat(73)}ok`],
  ["a common password inside a longer one", "my sunshine is late today"],
  ["a run inside a longer one", "tram 123456 to mill"],
  ["words of the context inside a longer one", "my farebox rider ticket"],
])("takes %s as a new password", (_, password) => {
  expect(checkNewPassword(password, CONTEXT, "password").ok).toBe(true);
});

it("a password of any length is refused before it is normalized", async () => {
  // Marks in falling order of their class, which NFC sorts in a time that grows with the square.
  const hostile = `a${"\u0315".repeat(100_000)}${"\u0300".repeat(100_000)}`;
  const normalize = vi.spyOn(String.prototype, "normalize");
  expect(checkNewPassword(hostile, CONTEXT, "password").ok).toBe(false);
  for (const [path, body] of [
    ["register", { email: "a@b.test", password: hostile }],
    ["login", { email: "a@b.test", password: hostile }],
  ] as const)
    expect((await call("POST", `/api/auth/${path}`, { body })).status).toBe(400);
  const lengths = normalize.mock.contexts.map((text) => String(text).length);
  normalize.mockRestore();
  expect(Math.max(0, ...lengths)).toBeLessThan(2000);
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
