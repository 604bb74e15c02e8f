import { expect, it } from "vitest";
import { call } from "../support/call.ts";
import { signUp } from "../support/sign-up.ts";

it("no answer about a user is cached, with a token or with a cookie", async () => {
  const { token, refreshToken, email, password } = await signUp();
  const cookie = `farebox_session=${refreshToken}`;
  for (const path of [
    "/api/users/me",
    "/api/credits",
    "/api/orders",
    "/api/conversations",
    "/api/api-keys",
    "/api/nowhere",
  ])
    for (const as of [{ token }, { headers: { cookie } }])
      expect([path, (await call("GET", path, as)).headers.get("cache-control")]).toEqual([
        path,
        "no-store",
      ]);
  const signedIn = await call("POST", "/api/auth/login", { body: { email, password } });
  expect(signedIn.headers.get("cache-control")).toBe("no-store");
});
