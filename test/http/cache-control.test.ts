import { expect, it } from "vitest";
import { call } from "../support/call.ts";
import { createKey, signUp } from "../support/sign-up.ts";

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
    "/v1/credits",
    "/v1/key",
    "/v1/nowhere",
  ])
    for (const as of [{ token }, { headers: { cookie } }])
      expect([path, (await call("GET", path, as)).headers.get("cache-control")]).toEqual([
        path,
        "no-store",
      ]);
  const key = await createKey({ token });
  for (const path of ["/v1/chat/completions", "/v1/nowhere"]) {
    const { headers } = await call("POST", path, { token: key, body: {} });
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  }
  expect((await call("GET", "/openapi.json")).headers.get("x-content-type-options")).toBe(
    "nosniff",
  );
  const signedIn = await call("POST", "/api/auth/login", { body: { email, password } });
  expect(signedIn.headers.get("cache-control")).toBe("no-store");
});

it("what is the same for everybody is cached for a minute, unless a credential came", async () => {
  const { token } = await signUp();
  for (const path of ["/api/plans", "/api/plans/active", "/api/marketplace", "/v1/models"]) {
    const { headers } = await call("GET", path);
    expect([path, headers.get("cache-control")]).toEqual([path, "public, max-age=60"]);
    expect(headers.get("vary")).toContain("authorization");
    const asked = await call("GET", path, { token });
    expect([path, asked.headers.get("cache-control")]).toEqual([path, "no-store"]);
  }
  for (const path of ["/api/plans/nothing", "/api/marketplace/nothing", "/v1/models/nothing"])
    expect((await call("GET", path)).headers.get("cache-control")).toBe("no-store");
});
