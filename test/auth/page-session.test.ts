import { describe, expect, it } from "vitest";
import { call } from "../support/call.ts";
import { signUp } from "../support/sign-up.ts";

const ours = { "sec-fetch-site": "same-origin" };

/** Returns the cookie of a browser in which a user signed in. */
async function browser() {
  const user = await signUp();
  return { user, cookie: `theme=dark; farebox_session=${user.refreshToken}` };
}

describe("a browser's cookie", () => {
  it("says who is calling, also twice at once", async () => {
    const { user, cookie } = await browser();
    const asks = [1, 2].map(() => call("GET", "/api/users/me", { headers: { cookie } }));
    for (const reply of await Promise.all(asks))
      expect(await reply.json()).toMatchObject({ id: user.userId });
  });

  it.each([
    ["from another site", { "sec-fetch-site": "cross-site" }],
    ["from a sibling site", { "sec-fetch-site": "same-site" }],
    ["with another origin", { origin: "https://evil.example" }],
    ["that does not say where it is from", {}],
  ])("changes nothing by a request %s", async (_which, headers) => {
    const { cookie } = await browser();
    const reply = await call("PATCH", "/api/users/me", {
      headers: { cookie, ...headers },
      body: { name: "Mallory" },
    });
    expect(reply.status).toBe(401);
    expect(
      await (await call("GET", "/api/users/me", { headers: { cookie } })).json(),
    ).toMatchObject({ name: null });
  });

  it.each([
    ["says so", ours],
    ["has our origin", { origin: "http://farebox.test" }],
  ])("changes something by a request of our own page that %s", async (_which, headers) => {
    const { cookie } = await browser();
    const reply = await call("PATCH", "/api/users/me", {
      headers: { cookie, ...headers },
      body: { name: "Ada" },
    });
    expect(await reply.json()).toMatchObject({ name: "Ada" });
  });

  it("is nothing after its session has ended, and none where it was made up", async () => {
    const { user, cookie } = await browser();
    await call("POST", "/api/auth/logout", { body: { refreshToken: user.refreshToken } });
    expect((await call("GET", "/api/users/me", { headers: { cookie } })).status).toBe(401);
    const madeUp = `farebox_session=rt_${"0".repeat(64)}`;
    expect((await call("GET", "/api/users/me", { headers: { cookie: madeUp } })).status).toBe(401);
  });

  it.each([
    ["same-origin", '"cache", "storage"'],
    ["same-site", null],
    ["cross-site", null],
  ])(
    "clears what the browser keeps only where a page of ours ends it: %s",
    async (site, cleared) => {
      const { user } = await browser();
      const { headers } = await call("POST", "/api/auth/logout", {
        body: { refreshToken: user.refreshToken },
        headers: { "sec-fetch-site": site },
      });
      expect(headers.get("clear-site-data")).toBe(cleared);
    },
  );

  it("does not stand in for an Authorization header that is wrong", async () => {
    const { cookie } = await browser();
    expect(
      (await call("GET", "/api/users/me", { headers: { cookie, authorization: "Basic abc" } }))
        .status,
    ).toBe(401);
  });
});
