import { exports } from "cloudflare:workers";
import { expect, it } from "vitest";
import { cookieOf } from "../support/browser.ts";
import { signUp } from "../support/sign-up.ts";

const sendRequest = (
  method: string,
  path: string,
  headers: Record<string, string>,
  form?: Record<string, string>,
): Promise<Response> =>
  exports.default.fetch(
    new Request(`https://farebox.test${path}`, {
      method,
      redirect: "manual",
      headers: { "sec-fetch-site": "same-origin", ...headers },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    }),
  );

it("over https a cookie that a sibling site set signs nobody in", async () => {
  const { email, password, refreshToken } = await signUp();
  const planted = await sendRequest("GET", "/api/users/me", {
    cookie: `farebox_session=${refreshToken}`,
  });
  expect(planted.status).toBe(401);
  expect(
    (await sendRequest("GET", "/dashboard", { cookie: `farebox_session=${refreshToken}` })).status,
  ).toBe(303);

  const signedIn = await sendRequest("POST", "/login", {}, { email, password });
  const cookie = cookieOf(signedIn);
  expect(signedIn.headers.get("set-cookie")).toMatch(
    /^__Host-farebox_session=rt_\w+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
  expect((await sendRequest("GET", "/dashboard", { cookie })).status).toBe(200);

  const out = await sendRequest("POST", "/logout", { cookie }, {});
  expect(out.headers.get("set-cookie")).toMatch(
    /^__Host-farebox_session=; Max-Age=0; Path=\/; Secure$/,
  );
  expect((await sendRequest("GET", "/api/users/me", { cookie })).status).toBe(401);
});
