import { type Context, Hono } from "hono";
import { GITHUB } from "./authorize.ts";
import type { Grant, Person } from "./grants.ts";
import type { LocalIssuer } from "./issuer.ts";
import { authorizeRoutes } from "./openid-app.ts";

/** GitHub answers with a form unless it is asked for JSON, and errors with status 200. */
function answer(c: Context, fields: Readonly<Record<string, string>>) {
  return /\bjson\b/.test(c.req.header("accept") ?? "")
    ? c.json(fields)
    : c.text(new URLSearchParams(fields).toString(), 200, {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      });
}

const refuse = (c: Context, error: string) =>
  answer(c, { error, error_description: "See GitHub's documentation.", error_uri: "" });

/** The addresses of a person: the primary one comes last, as it may. */
const emailsOf = ({ email, isVerified }: Person) => [
  { email: "other@farebox.local", primary: false, verified: true, visibility: null },
  { email, primary: true, verified: isVerified, visibility: "private" },
];

type Asked = { readonly grant: Grant } | { readonly refusal: Response };

/** Checks a call of the API: GitHub wants to know who asks, and a token that is good. */
function readCall(c: Context, issuer: LocalIssuer): Asked {
  if (c.req.header("user-agent") === undefined)
    return { refusal: c.text("Request forbidden by administrative rules.", 403) };
  const [, token = ""] =
    /^(?:bearer|token) (\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  const grant = issuer.grants.find(token, Date.now());
  return grant === undefined ? { refusal: c.json({ message: "Bad credentials" }, 401) } : { grant };
}

/**
 * GitHub's dialect of OAuth, and the two calls of its API that say who signed in
 * (https://docs.github.com/en/apps/oauth-apps). Its issuer is `<issuer>/login/oauth`.
 */
export const githubApp = (issuer: LocalIssuer) =>
  new Hono()
    .route("/login/oauth/authorize", authorizeRoutes(issuer, GITHUB, "Local GitHub"))
    .post("/login/oauth/access_token", async (c) => {
      const form = new URLSearchParams(new TextDecoder().decode(await c.req.arrayBuffer()));
      const { id, secret } = issuer.client;
      if (form.get("client_id") !== id || form.get("client_secret") !== secret)
        return refuse(c, "incorrect_client_credentials");
      const redirectUri = form.get("redirect_uri") ?? "";
      if (!issuer.client.redirectUris.includes(redirectUri))
        return refuse(c, "redirect_uri_mismatch");
      const client = { clientId: id, redirectUri, verifier: form.get("code_verifier") ?? "" };
      const exchanged = await issuer.grants.exchange(form.get("code") ?? "", client, Date.now());
      if (exchanged === null) return refuse(c, "bad_verification_code");
      const { accessToken, grant } = exchanged;
      const scope = grant.scopes.join(",");
      return answer(c, { access_token: accessToken, token_type: "bearer", scope });
    })
    .get("/user", (c) => {
      const asked = readCall(c, issuer);
      if ("refusal" in asked) return asked.refusal;
      const { subject, name } = asked.grant.person;
      return c.json({
        id: Number(subject),
        login: `user${subject}`,
        name: name || null,
        email: null,
      });
    })
    .get("/user/emails", (c) => {
      const asked = readCall(c, issuer);
      if ("refusal" in asked) return asked.refusal;
      const { grant } = asked;
      return grant.scopes.some((scope) => scope === "user" || scope === "user:email")
        ? c.json(emailsOf(grant.person))
        : c.json({ message: "Not Found" }, 404);
    });
