import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import {
  checkSignInRateLimit,
  toNetworkPrefix,
} from "../../src/auth/sessions/sign-in-rate-limit.ts";
import { call } from "../support/call.ts";
import { signUp, uniqueEmail } from "../support/sign-up.ts";

/** One more than the tries of two minutes: enough even when a minute ends in between. */
const TRIES = 41;

async function firstRefusal(
  tries: (n: number) => Promise<Response>,
): Promise<Response | undefined> {
  for (let n = 0; n < TRIES; n += 1) {
    const response = await tries(n);
    if (response.status === 429) return response;
  }
  return undefined;
}

it("does not keep an owner from signing in, whoever else guesses at the address", async () => {
  const user = await signUp();
  const refused = await firstRefusal((n) =>
    call("POST", "/api/auth/login", {
      headers: { "cf-connecting-ip": `203.0.113.${n}` },
      body: { email: user.email, password: "a guess" },
    }),
  );
  expect(refused).toBeUndefined();
  const owner = await call("POST", "/api/auth/login", {
    headers: { "cf-connecting-ip": "198.51.100.7" },
    body: { email: user.email, password: user.password },
  });
  expect(owner.status).toBe(200);
});

it("slows down one network that guesses at one address, and no other address", async () => {
  const user = await signUp();
  const refused = await firstRefusal((n) =>
    call("POST", "/api/auth/login", {
      headers: { "cf-connecting-ip": "192.0.2.1" },
      body: { email: n % 2 === 0 ? user.email : user.email.toUpperCase(), password: "a guess" },
    }),
  );
  expect(refused?.headers.get("retry-after")).toBe("60");
  expect(await refused?.json()).toMatchObject({
    error: { code: "rate_limit_exceeded", type: "rate_limit_error" },
  });
  const other = await signUp();
  expect(
    (
      await call("POST", "/api/auth/login", {
        body: { email: other.email, password: other.password },
      })
    ).status,
  ).toBe(200);
});

it("slows down one network that tries many addresses", async () => {
  await signUp();
  const refused = await firstRefusal((n) =>
    call("POST", "/api/auth/login", {
      headers: { "cf-connecting-ip": `2001:db8:1:2::${n.toString(16)}` },
      body: { email: uniqueEmail(), password: "a guess" },
    }),
  );
  expect(refused?.status).toBe(429);
});

it.each([
  ["register", () => ({ email: "a@b.test", password: "seven77" })],
  ["refresh", () => ({ refreshToken: `rt_${"0".repeat(64)}` })],
])("slows down %s", async (path, body) => {
  await signUp();
  expect(
    await firstRefusal(() => call("POST", `/api/auth/${path}`, { body: body() })),
  ).toBeDefined();
});

it("slows down a thief of the session who guesses the password, on every route", async () => {
  const user = await signUp();
  const refused = await firstRefusal((n) =>
    n % 2 === 0
      ? call("POST", "/api/auth/password", {
          token: user.token,
          body: { currentPassword: "a guess", newPassword: "another ride" },
        })
      : call("DELETE", "/api/users/me", {
          token: user.token,
          body: { currentPassword: "a guess" },
        }),
  );
  expect(refused).toBeDefined();
});

it.each([
  ["203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::", "2001:db8:1:2"],
  ["2001:0db8::1", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
  ["::ffff:203.0.113.7", "::ffff:203.0.113.7"],
])("counts %s as %s", (ip, network) => {
  expect(toNetworkPrefix(ip)).toBe(network);
});

it("counts each action by itself, so that refreshing does not use up signing in", async () => {
  const keys: string[] = [];
  const limiter = { limit: async ({ key }: { key: string }) => ({ success: keys.push(key) > 0 }) };
  const limits = { AUTH_RATE_LIMIT: limiter, ANONYMOUS_RATE_LIMIT: limiter };
  const headers = new Headers({ "cf-connecting-ip": "203.0.113.7" });
  await checkSignInRateLimit(limits, "login", headers, "a@b.test");
  await checkSignInRateLimit(limits, "refresh", headers, "f");
  expect(new Set(keys).size).toBe(keys.length);
});

/** The numbers of wrangler.toml. */
const AUTH = 20;
const ANONYMOUS = 300;

/** Counts the tries that are let through, each from another network. */
async function admitted(
  action: "register" | "login",
  tries: number,
  ipOf: (n: number) => string,
  subjectOf: (n: number) => string,
): Promise<number> {
  let count = 0;
  for (let n = 0; n < tries; n += 1) {
    const headers = new Headers({ "cf-connecting-ip": ipOf(n) });
    const allowed = await checkSignInRateLimit(env, action, headers, subjectOf(n));
    if (allowed.ok) count += 1;
  }
  return count;
}
const hex = (n: number): string => n.toString(16);

it("slows down one customer of a provider who signs up from ever other networks", async () => {
  const ip = (n: number) => `2001:db8:77:${hex(n)}::1`;
  // Two minutes' at most, if one ends in between.
  expect(await admitted("register", 90, ip, uniqueEmail)).toBeLessThanOrEqual(2 * AUTH);
});

it.each([
  ["an IPv6 provider's networks", (n: number) => `2001:db9:${hex(n)}::1`],
  ["neighbouring IPv4 addresses", (n: number) => `198.51.100.${n % 250}`],
])("slows down who signs up from all of %s", async (_whose, ip) => {
  const tries = 2 * ANONYMOUS + 50;
  expect(await admitted("register", tries, ip, uniqueEmail)).toBeLessThanOrEqual(2 * ANONYMOUS);
});

it("slows down guesses at one address from everywhere, but far later", async () => {
  const email = uniqueEmail();
  const ip = (n: number) => `2001:${hex(0xc00 + n)}::1`;
  const count = await admitted("login", 2 * ANONYMOUS + 50, ip, () => email);
  expect(count).toBeLessThanOrEqual(2 * ANONYMOUS);
  expect(count).toBeGreaterThanOrEqual(ANONYMOUS);
  expect(await admitted("login", 1, () => "2001:db8:1::1", uniqueEmail)).toBe(1);
});
