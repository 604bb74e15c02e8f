import { expect, it, vi } from "vitest";
import { cookieOf, openPage, submitForm } from "../support/browser.ts";
import { call } from "../support/call.ts";
import { signUp } from "../support/sign-up.ts";

it("a cookie whose token somebody else has used ends the family at the next visit", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const { email, password } = await signUp();
  const cookie = cookieOf(await submitForm("/login", { email, password }));
  const stolen = cookie.slice(cookie.indexOf("=") + 1);

  const taken = await call("POST", "/api/auth/refresh", { body: { refreshToken: stolen } });
  const thief = await taken.json<{ accessToken: string; refreshToken: string }>();
  expect((await call("GET", "/api/users/me", { token: thief.accessToken })).status).toBe(200);

  expect((await openPage("/dashboard", { cookie })).status).toBe(303);
  expect((await call("GET", "/api/users/me", { token: thief.accessToken })).status).toBe(401);
  expect(
    (await call("POST", "/api/auth/refresh", { body: { refreshToken: thief.refreshToken } }))
      .status,
  ).toBe(401);
  expect(warn.mock.calls.flat().join()).toContain("refresh_token.reused");
  warn.mockRestore();
});
