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
  const headers = new Headers({ "cf-connecting-ip": "203.0.113.7" });
  await checkSignInRateLimit(limiter, "login", headers, "a@b.test");
  await checkSignInRateLimit(limiter, "refresh", headers, "f");
  expect(new Set(keys).size).toBe(4);
});
