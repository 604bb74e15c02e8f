import { describe, expect, it } from "vitest";
import { signInProviders } from "../../src/provider-settings.ts";

const client = { clientId: "farebox", clientSecretVar: "SECRET" };
const read = (providers: object) => signInProviders.safeParse(JSON.stringify(providers));

describe("the setting SIGN_IN_PROVIDERS", () => {
  it("has presets for Google and GitHub, by the id or by the type", () => {
    const { data } = read({ google: client, github: client, work: { type: "google", ...client } });
    const { data: none } = signInProviders.safeParse(undefined);
    const terms = [...(data ?? [])].map(([id, { type, issuer, apiBase, name }]) => [
      id,
      type,
      issuer,
      apiBase,
      name,
    ]);
    expect(terms).toEqual([
      ["google", "oidc", "https://accounts.google.com", "", "Google"],
      ["github", "github", "https://github.com/login/oauth", "https://api.github.com", "GitHub"],
      ["work", "oidc", "https://accounts.google.com", "", "Google"],
    ]);
    expect(none?.size).toBe(0);
  });

  it.each<[string, object, string]>([
    ["no issuer", { work: client }, "work.issuer: is missing"],
    [
      "http elsewhere",
      { work: { ...client, issuer: "http://id.example" } },
      "work.issuer: must be",
    ],
    ["an issuer with a query", { work: { ...client, issuer: "https://id.example?x" } }, "issuer"],
    ["no address", { work: { ...client, issuer: "id.example" } }, "work.issuer: must be an https"],
    ["no client", { google: { clientSecretVar: "S" } }, "google.clientId"],
    ["no secret", { google: { clientId: "c" } }, "google.clientSecretVar"],
    ["a secret itself", { google: { ...client, clientSecret: "s" } }, "google"],
    [
      "no openid",
      { google: { ...client, scopes: ["email"] } },
      "google.scopes: must include openid",
    ],
    ["a scope with a blank", { google: { ...client, scopes: ["openid email"] } }, "scopes.0"],
    ["an API of an issuer", { google: { ...client, apiBase: "https://a.example" } }, "apiBase"],
    ["an unknown type", { google: { ...client, type: "saml" } }, "google.type"],
    ["an id for a path", { "a/b": client }, "a/b"],
    ["an id that is a page's", { passkey: client }, "passkey"],
  ])("refuses %s, and names it", (_what, providers, text) => {
    const issues = read(providers).error?.issues ?? [];
    const told = issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n");
    expect(told).toContain(text);
  });

  it("refuses what is no JSON", () => {
    expect(signInProviders.safeParse("{").error?.issues[0]?.message).toBe("must be JSON");
  });

  it("takes http on this machine", () => {
    for (const issuer of ["http://127.0.0.1:1", "http://localhost:1/x", "http://[::1]:1"])
      expect(read({ work: { ...client, issuer } }).success).toBe(true);
  });
});
