import { SignJWT, UnsecuredJWT } from "jose";
import { expect, it } from "vitest";
import { signAccessToken, verifyAccessToken } from "../../src/auth/sessions/access-token.ts";
import { TokenCache } from "../../src/auth/token-cache.ts";
import { newUserId } from "../../src/ids.ts";
import { call } from "../support/call.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const settings = {
  JWT_SECRET: "a".repeat(32),
  JWT_SECRET_PREVIOUS: undefined,
  PUBLIC_URL: "http://farebox.test",
};
const who = { userId: newUserId(), role: "user", sessionId: "ses_1" } as const;
const secret = new TextEncoder().encode(settings.JWT_SECRET);

/** Signs a token that is valid but for the parts that a test changes. */
function forge(change: {
  typ?: string;
  alg?: string;
  iss?: string;
  aud?: string;
  sub?: string;
  role?: string;
  exp?: number | null;
}) {
  const jwt = new SignJWT({ role: change.role ?? "user", sid: "ses_1" })
    .setProtectedHeader({ alg: change.alg ?? "HS256", typ: change.typ ?? "at+jwt" })
    .setIssuer(change.iss ?? settings.PUBLIC_URL)
    .setAudience(change.aud ?? "farebox")
    .setSubject(change.sub ?? who.userId)
    .setIssuedAt(NOW / 1000);
  if (change.exp !== null) jwt.setExpirationTime(change.exp ?? NOW / 1000 + 900);
  return jwt;
}

const codeOf = async (token: string, nowMs = NOW) => {
  const result = await verifyAccessToken(settings, token, nowMs);
  return result.ok ? "ok" : result.failure.code;
};

it("says who signed in, for 15 minutes and not a second more", async () => {
  const token = await signAccessToken(settings, who, NOW);
  expect(await verifyAccessToken(settings, token, NOW + 899_000)).toEqual({ ok: true, value: who });
  expect(await codeOf(token, NOW + 900_000)).toBe("token_expired");
});

it("is right in the forging that the next tests change", async () => {
  expect(await codeOf(await forge({}).sign(secret))).toBe("ok");
});

it.each([
  ["another type of token", { typ: "JWT" }],
  ["another audience", { aud: "elsewhere" }],
  ["another issuer", { iss: "http://evil.test" }],
  ["a subject that is no user", { sub: "key_00000000" }],
  ["a role that does not exist", { role: "owner" }],
  ["no expiry", { exp: null }],
])("refuses %s, signed with the right secret", async (_, change) => {
  expect(await codeOf(await forge(change).sign(secret))).toBe("invalid_token");
});

it("refuses another algorithm of the same family, and the key of another kind", async () => {
  expect(await codeOf(await forge({ alg: "HS512" }).sign(secret))).toBe("invalid_token");
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  if (!("privateKey" in pair)) throw new Error("not a pair");
  expect(await codeOf(await forge({ alg: "ES256" }).sign(pair.privateKey))).toBe("invalid_token");
});

it("refuses a token that is not signed", async () => {
  const none = new UnsecuredJWT({ role: "admin", sid: "ses_1" })
    .setSubject(who.userId)
    .setAudience("farebox");
  const token = none
    .setIssuer(settings.PUBLIC_URL)
    .setExpirationTime(NOW / 1000 + 900)
    .encode();
  expect(await codeOf(token)).toBe("invalid_token");
  const typed = Uint8Array.from('{"alg":"none","typ":"at+jwt"}', (char) => char.charCodeAt(0));
  const header = typed.toBase64({ alphabet: "base64url", omitPadding: true });
  expect(await codeOf(`${header}.${token.split(".")[1]}.`)).toBe("invalid_token");
});

it("refuses claims that were changed after signing", async () => {
  const [header, claims = "", signature] = (await signAccessToken(settings, who, NOW)).split(".");
  const changed = new TextDecoder()
    .decode(Uint8Array.fromBase64(claims, { alphabet: "base64url" }))
    .replace('"user"', '"admin"');
  const forged = new TextEncoder()
    .encode(changed)
    .toBase64({ alphabet: "base64url", omitPadding: true });
  expect(await codeOf(`${header}.${forged}.${signature}`)).toBe("invalid_token");
});

it("accepts tokens of the previous secret while that is set", async () => {
  const before = { ...settings, JWT_SECRET: "b".repeat(32) };
  const token = await signAccessToken(before, who, NOW);
  expect(
    (await verifyAccessToken({ ...settings, JWT_SECRET_PREVIOUS: before.JWT_SECRET }, token, NOW))
      .ok,
  ).toBe(true);
  expect(await codeOf(token)).toBe("invalid_token");
});

it("answers that a token expired only if its signature is ours", async () => {
  expect(await codeOf(await forge({ exp: NOW / 1000 - 1 }).sign(secret))).toBe("token_expired");
  const stranger = new TextEncoder().encode("c".repeat(32));
  expect(await codeOf(await forge({ exp: NOW / 1000 - 1 }).sign(stranger))).toBe("invalid_token");
});

it("remembers a verified token for a minute at most, and never past its expiry", () => {
  const cache = new TokenCache<string>();
  cache.set("long", "a", NOW + 900_000, NOW);
  cache.set("short", "b", NOW + 5_000, NOW);
  expect([cache.get("long", NOW + 59_999), cache.get("long", NOW + 60_000)]).toEqual([
    "a",
    undefined,
  ]);
  expect([cache.get("short", NOW + 4_999), cache.get("short", NOW + 5_000)]).toEqual([
    "b",
    undefined,
  ]);
});

it("remembers a bounded number of tokens, the newest ones", () => {
  const cache = new TokenCache<number>();
  for (let n = 0; n < 5_000; n += 1) cache.set(`t${n}`, n, NOW + 900_000, NOW);
  expect(cache.size).toBe(1_000);
  expect([cache.get("t4999", NOW), cache.get("t0", NOW)]).toEqual([4_999, undefined]);
});

it.each([
  ["no header", undefined, "invalid_token"],
  ["another scheme", "Basic dXNlcjpwYXNz", "invalid_token"],
  ["an empty token", "Bearer ", "invalid_token"],
  ["what is neither a JWT nor a key", "Bearer nonsense", "invalid_api_key"],
  ["three parts of nothing", "Bearer a.b.c", "invalid_token"],
])("answers 401 to %s", async (_, authorization, code) => {
  const response = await call(
    "GET",
    "/api/users/me",
    authorization === undefined ? {} : { headers: { authorization } },
  );
  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
  expect(await response.json()).toMatchObject({ error: { code, type: "authentication_error" } });
});
