import { type Context, Hono } from "hono";
import { checkRequest, type Dialect, OPENID, type Refused, SCOPES } from "./authorize.ts";
import { authenticate, badRequest, type OAuthError, repeatedParameter } from "./client.ts";
import { makeIdToken, personClaims } from "./id-token.ts";
import { type LocalIssuer, readPerson } from "./issuer.ts";
import { refusedPage, signInPage } from "./page.ts";

const EXPIRES_IN_SECONDS = 300;

/** Reads a form, of which a real issuer takes no other type. Null for another one. */
async function readForm(c: Context): Promise<URLSearchParams | null> {
  const type = c.req.header("content-type") ?? "";
  return /^application\/x-www-form-urlencoded\b/i.test(type)
    ? new URLSearchParams(new TextDecoder().decode(await c.req.arrayBuffer()))
    : null;
}

function refuseToken(c: Context, { status, error, description }: OAuthError) {
  if (status === 401) c.header("www-authenticate", 'Basic realm="local issuer"');
  return c.json({ error, error_description: description }, status, { "cache-control": "no-store" });
}

/** Refuses a request for a sign-in: on a page, or by the redirect to its client. */
function refuseRequest(
  c: Context,
  issuer: LocalIssuer,
  refused: Refused,
  terms: { readonly state: string | null; readonly dialect: Dialect },
) {
  if (refused.kind === "page") return c.html(refusedPage(refused.text), 400);
  const { redirectUri, error } = refused;
  const fields = { error: error.error, error_description: error.description };
  return c.redirect(issuer.answer({ redirectUri, ...terms }, fields).href, 303);
}

/** The sign-in page of a dialect, and what its form does. */
export const authorizeRoutes = (issuer: LocalIssuer, dialect: Dialect, title: string) =>
  new Hono()
    .get("/", (c) => {
      const query = new URL(c.req.url).searchParams;
      const request = checkRequest(query, issuer.client, dialect);
      return "kind" in request
        ? refuseRequest(c, issuer, request, { state: query.get("state"), dialect })
        : c.html(signInPage(title, query));
    })
    .post("/", async (c) => {
      const form = await readForm(c);
      if (form === null) return c.html(refusedPage("This is no form."), 415);
      const request = checkRequest(form, issuer.client, dialect);
      if ("kind" in request)
        return refuseRequest(c, issuer, request, { state: form.get("state"), dialect });
      const { redirectUri, state } = request;
      const url =
        form.get("login_action") === "deny"
          ? issuer.answer({ redirectUri, state, dialect }, { error: "access_denied" })
          : issuer.allow(request, await readPerson(form), dialect, Date.now());
      return c.redirect(url.href, 303);
    });

/** Checks a token request but for its code. */
function findFault(
  issuer: LocalIssuer,
  authorization: string | undefined,
  form: URLSearchParams,
): OAuthError | null {
  const repeated = repeatedParameter(form);
  if (repeated !== undefined) return badRequest("invalid_request", `${repeated} is there twice.`);
  const unknown = authenticate(issuer.client, authorization, form);
  if (unknown !== null) return unknown;
  if (form.get("grant_type") !== "authorization_code")
    return badRequest("unsupported_grant_type", "grant_type has to be authorization_code.");
  const missing = ["code", "redirect_uri", "code_verifier"].find((name) => !form.has(name));
  return missing === undefined ? null : badRequest("invalid_request", `${missing} is missing.`);
}

const bearerOf = (header: string | undefined): string =>
  /^bearer (\S+)$/i.exec(header ?? "")?.[1] ?? "";

/** OpenID Connect: discovery, keys, sign-in page, token and userinfo. */
export const openidApp = (issuer: LocalIssuer) =>
  new Hono()
    .get("/.well-known/openid-configuration", (c) =>
      c.json({
        issuer: issuer.issuer,
        authorization_endpoint: `${issuer.issuer}/authorize`,
        token_endpoint: `${issuer.issuer}/token`,
        userinfo_endpoint: `${issuer.issuer}/userinfo`,
        jwks_uri: `${issuer.issuer}/jwks`,
        scopes_supported: SCOPES,
        response_types_supported: ["code"],
        grant_types_supported: ["authorization_code"],
        subject_types_supported: ["public"],
        // Only an issuer that lists `none` may send it. The signature is asked for all the same.
        id_token_signing_alg_values_supported:
          issuer.faults.isUnsigned === true ? ["RS256", "none"] : ["RS256"],
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: true,
      }),
    )
    .get("/jwks", async (c) => c.json({ keys: [(await issuer.signingKey()).jwk] }))
    .route("/authorize", authorizeRoutes(issuer, OPENID, "Local issuer"))
    .post("/token", async (c) => {
      const form = await readForm(c);
      if (form === null) return refuseToken(c, badRequest("invalid_request", "Send a form."));
      const fault = findFault(issuer, c.req.header("authorization"), form);
      if (fault !== null) return refuseToken(c, fault);
      const client = {
        clientId: issuer.client.id,
        redirectUri: form.get("redirect_uri") ?? "",
        verifier: form.get("code_verifier") ?? "",
      };
      const exchanged = await issuer.grants.exchange(form.get("code") ?? "", client, Date.now());
      if (exchanged === null)
        return refuseToken(
          c,
          badRequest("invalid_grant", "The code is not good for this request."),
        );
      const { grant, accessToken } = exchanged;
      const key = await issuer.signingKey();
      const { faults } = issuer;
      const idToken = await makeIdToken(issuer.issuer, grant, key, faults, Date.now());
      const tokens = {
        access_token: accessToken,
        token_type: "Bearer",
        expires_in: EXPIRES_IN_SECONDS,
        scope: grant.scopes.join(" "),
        ...(faults.hasNoIdToken === true ? {} : { id_token: idToken }),
      };
      return c.json(tokens, 200, { "cache-control": "no-store" });
    })
    .on(["GET", "POST"], "/userinfo", (c) => {
      const grant = issuer.grants.find(bearerOf(c.req.header("authorization")), Date.now());
      if (grant === undefined)
        return c.json({ error: "invalid_token" }, 401, {
          "www-authenticate": 'Bearer error="invalid_token"',
        });
      const sub = issuer.faults.userinfoSubject ?? grant.person.subject;
      return c.json({ sub, ...personClaims(grant.person, grant.scopes, issuer.faults) });
    });
