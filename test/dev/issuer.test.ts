import { createLocalJWKSet, jwtVerify } from "jose";
import { calculatePKCECodeChallenge, generateRandomCodeVerifier } from "oauth4webapi";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { issuerApp } from "../../dev/issuer/app.ts";
import { LocalIssuer } from "../../dev/issuer/issuer.ts";

const ISSUER = "https://issuer.example";
const BACK = "https://shop.example/login/local/callback";
const client = { id: "farebox", secret: "s:e cret", redirectUris: [BACK] };

let issuer: LocalIssuer;
let app: ReturnType<typeof issuerApp>;
let verifier: string;
let query: Record<string, string>;

beforeEach(async () => {
  issuer = new LocalIssuer({ issuer: ISSUER, client });
  app = issuerApp(issuer);
  verifier = generateRandomCodeVerifier();
  query = {
    client_id: client.id,
    redirect_uri: BACK,
    response_type: "code",
    scope: "openid email profile",
    state: "st4te",
    nonce: "n0nce",
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  };
});

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const person = { login_email: "Ada@Shop.example", login_name: "Ada", login_verified: "yes" };

const get = (path: string, headers: Record<string, string> = {}) =>
  app.request(`${ISSUER}${path}`, { headers });
const post = (path: string, fields: object, headers: Record<string, string> = {}) => {
  const body = new URLSearchParams(Object.entries(fields)).toString();
  return app.request(`${ISSUER}${path}`, {
    method: "POST",
    headers: { ...FORM, ...headers },
    body,
  });
};

/** Returns where a redirect leads, with its query. */
const leadsTo = (reply: Response): URL => new URL(reply.headers.get("location") ?? "");

/** Signs a person in, and returns the code. */
async function allow(fields: object = person): Promise<string> {
  const reply = await post("/authorize", { ...query, ...fields });
  expect(reply.status).toBe(303);
  return leadsTo(reply).searchParams.get("code") ?? "";
}

const basic = `Basic ${btoa("farebox:s%3Ae+cret")}`;
const exchange = (code: string, more: object = {}, authorization: string | null = basic) =>
  post(
    "/token",
    {
      grant_type: "authorization_code",
      code,
      redirect_uri: BACK,
      code_verifier: verifier,
      ...more,
    },
    authorization === null ? {} : { authorization },
  );
const errorOf = async (reply: Response) => [
  reply.status,
  (await reply.json<{ error: string }>()).error,
];

describe("the local issuer", () => {
  it("signs a person in: a page, a code, a token that its keys verify", async () => {
    const page = await get(`/authorize?${new URLSearchParams(query).toString()}`);
    expect(await page.text()).toContain('name="login_email"');
    const reply = await post("/authorize", { ...query, ...person });
    const url = leadsTo(reply);
    expect(url.href.startsWith(`${BACK}?`)).toBe(true);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ state: "st4te", iss: ISSUER });
    const tokens = await (await exchange(url.searchParams.get("code") ?? "")).json<{
      id_token: string;
      access_token: string;
    }>();
    const keys = await (await get("/jwks")).json<{ keys: [] }>();
    const { payload } = await jwtVerify(tokens.id_token, createLocalJWKSet(keys), {
      issuer: ISSUER,
      audience: client.id,
    });
    const claims = { email: "Ada@Shop.example", email_verified: true, name: "Ada" };
    expect(payload).toMatchObject({ ...claims, nonce: "n0nce" });
    const authorization = `Bearer ${tokens.access_token}`;
    expect(await (await get("/userinfo", { authorization })).json()).toEqual({
      ...claims,
      sub: payload.sub,
    });
    expect((await get("/userinfo", { authorization: "Bearer x" })).status).toBe(401);
  });

  it("sends nobody to an address that is not registered to the letter", async () => {
    for (const wrong of [`${BACK}/`, `${BACK}?x=1`, "https://evil.example/", ""]) {
      const fields = { ...query, redirect_uri: wrong };
      for (const reply of [
        await get(`/authorize?${new URLSearchParams(fields).toString()}`),
        await post("/authorize", { ...fields, ...person }),
      ])
        expect([reply.status, reply.headers.get("location")]).toEqual([400, null]);
    }
    expect((await post("/authorize", { ...query, client_id: "other" })).status).toBe(400);
  });

  it.each([
    ["no PKCE", { code_challenge: "" }, "invalid_request"],
    ["plain PKCE", { code_challenge_method: "plain" }, "invalid_request"],
    ["no openid", { scope: "email" }, "invalid_scope"],
    ["an unknown scope", { scope: "openid calendar" }, "invalid_scope"],
    ["another flow", { response_type: "token" }, "unsupported_response_type"],
    ["a person who cancels", { login_action: "deny" }, "access_denied"],
  ])("answers %s by an error", async (_what, change, error) => {
    const url = leadsTo(await post("/authorize", { ...query, ...person, ...change }));
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ error, state: "st4te" });
    expect(url.searchParams.has("code")).toBe(false);
  });

  it("refuses a parameter that is there twice", async () => {
    const reply = await get(`/authorize?${new URLSearchParams(query).toString()}&state=other`);
    expect(leadsTo(reply).searchParams.get("error")).toBe("invalid_request");
  });

  it("takes a code once, and ends its token when it comes twice", async () => {
    const code = await allow();
    const { access_token } = await (await exchange(code)).json<{ access_token: string }>();
    const authorization = `Bearer ${access_token}`;
    expect((await get("/userinfo", { authorization })).status).toBe(200);
    expect(await errorOf(await exchange(code))).toEqual([400, "invalid_grant"]);
    expect((await get("/userinfo", { authorization })).status).toBe(401);
  });

  it("takes a code for a minute", async () => {
    const [early, late] = [await allow(), await allow()];
    const now = Date.now();
    const clock = vi.spyOn(Date, "now").mockReturnValue(now + 59_000);
    expect((await exchange(early)).status).toBe(200);
    clock.mockReturnValue(now + 61_000);
    expect(await errorOf(await exchange(late))).toEqual([400, "invalid_grant"]);
    clock.mockRestore();
  });

  it.each([
    ["another verifier", { code_verifier: "x".repeat(43) }, "invalid_grant"],
    ["no verifier", { code_verifier: undefined }, "invalid_grant"],
    ["another redirect URI", { redirect_uri: "https://shop.example/" }, "invalid_grant"],
    ["another grant", { grant_type: "password" }, "unsupported_grant_type"],
  ])("refuses a code with %s", async (_what, more, error) => {
    expect(await errorOf(await exchange(await allow(), more))).toEqual([400, error]);
  });

  it("authenticates its client by the header or by the body, and not by both", async () => {
    const secret = { client_id: client.id, client_secret: client.secret };
    expect((await exchange(await allow(), secret, null)).status).toBe(200);
    expect(await errorOf(await exchange(await allow(), secret))).toEqual([400, "invalid_request"]);
    const wrong = { ...secret, client_secret: "guess" };
    for (const reply of [
      await exchange(await allow(), wrong, null),
      await exchange(await allow(), {}, `Basic ${btoa("farebox:guess")}`),
      await exchange(await allow(), {}, "Basic !"),
      await exchange(await allow(), {}, null),
    ])
      expect(await errorOf(reply)).toEqual([401, "invalid_client"]);
  });

  it("tells of a person what the scopes allow", async () => {
    query["scope"] = "openid";
    const { access_token } = await (await exchange(await allow())).json<{ access_token: string }>();
    const info = await get("/userinfo", { authorization: `Bearer ${access_token}` });
    expect(Object.keys(await info.json<object>())).toEqual(["sub"]);
  });

  it("is down, and up again, as it is told", async () => {
    const put = (body: object) =>
      app.request(`${ISSUER}/_local/faults`, { method: "PUT", body: JSON.stringify(body) });
    expect((await put({ isDown: true })).status).toBe(204);
    expect((await get("/jwks")).status).toBe(503);
    expect((await put({ isTired: true })).status).toBe(400);
    expect((await put({})).status).toBe(204);
    expect((await get("/jwks")).status).toBe(200);
  });
});

describe("GitHub's dialect of the local issuer", () => {
  const exchangeThere = (code: string, more: object = {}, accept = "application/json") =>
    post(
      "/github/login/oauth/access_token",
      {
        client_id: client.id,
        client_secret: client.secret,
        code,
        redirect_uri: BACK,
        code_verifier: verifier,
        ...more,
      },
      { accept },
    );

  async function allowThere(): Promise<string> {
    const fields = { ...query, scope: "read:user user:email", ...person };
    const url = leadsTo(await post("/github/login/oauth/authorize", fields));
    expect(url.searchParams.has("iss")).toBe(false);
    return url.searchParams.get("code") ?? "";
  }

  it("tells the API's token who signed in, and which address is verified", async () => {
    const { access_token, token_type } = await (await exchangeThere(await allowThere())).json<{
      access_token: string;
      token_type: string;
    }>();
    expect(token_type).toBe("bearer");
    const headers = { authorization: `Bearer ${access_token}`, "user-agent": "test" };
    expect(await (await get("/github/user", headers)).json()).toMatchObject({ name: "Ada" });
    const emails = await (await get("/github/user/emails", headers)).json<object[]>();
    expect(emails).toContainEqual(
      expect.objectContaining({ email: "Ada@Shop.example", primary: true, verified: true }),
    );
    const { authorization } = headers;
    expect((await get("/github/user", { authorization })).status).toBe(403);
    expect((await get("/github/user", { "user-agent": "test" })).status).toBe(401);
  });

  it("answers errors with status 200, and forms unless asked for JSON", async () => {
    const code = await allowThere();
    expect(await errorOf(await exchangeThere(code, { client_secret: "guess" }))).toEqual([
      200,
      "incorrect_client_credentials",
    ]);
    const form = await exchangeThere(code, {}, "*/*");
    expect(new URLSearchParams(await form.text()).get("token_type")).toBe("bearer");
    expect(await errorOf(await exchangeThere(code))).toEqual([200, "bad_verification_code"]);
    expect(
      await errorOf(await exchangeThere(code, { redirect_uri: "https://evil.example/" })),
    ).toEqual([200, "redirect_uri_mismatch"]);
  });
});
