import { z } from "zod";

/** A provider's id: it stands in paths, and in the redirect URI that is registered there. */
const PROVIDER_ID = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** Paths that stand below /login already. */
const RESERVED_IDS: ReadonlySet<string> = new Set(["passkey", "second-factor"]);
/** A token of `scope` (RFC 6749 §3.3). */
const SCOPE = /^[\x21\x23-\x5B\x5D-\x7E]{1,200}$/;
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether an address is on this machine, so that nobody listens in on http. */
const isLoopback = ({ hostname }: URL): boolean => LOOPBACK_HOSTS.has(hostname);

/** An address that is called with secrets: https, or http on this machine. */
const safeBase = z
  .string()
  .max(300)
  .refine((value) => {
    const url = URL.parse(value);
    if (url === null || `${url.search}${url.hash}${url.username}${url.password}` !== "")
      return false;
    return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));
  }, "must be an https URL without a query (http only on this machine)");

const TYPES = ["oidc", "google", "github"] as const;
type ProviderType = (typeof TYPES)[number];

const providerSettings = z.strictObject({
  type: z.enum(TYPES).optional(),
  issuer: safeBase.optional(),
  /** Of GitHub's API, at a GitHub Enterprise of one's own. */
  apiBase: safeBase.optional(),
  clientId: z.string().min(1).max(300),
  /** Names the secret that holds the client's, so that this setting can stand in wrangler.toml. */
  clientSecretVar: z.string().min(1),
  name: z.string().trim().min(1).max(50).optional(),
  scopes: z.array(z.string().regex(SCOPE, "must be a scope")).max(30).optional(),
});

/** A provider by which people sign in: Google, GitHub, or any other issuer of OpenID Connect. */
export interface SignInProvider {
  readonly id: string;
  /** `oidc`: OpenID Connect by discovery. `github`: OAuth 2 and GitHub's own API. */
  readonly type: "oidc" | "github";
  readonly issuer: string;
  /** The base of GitHub's API; empty for others. */
  readonly apiBase: string;
  readonly clientId: string;
  readonly clientSecretVar: string;
  /** The name that people read. */
  readonly name: string;
  readonly scopes: readonly string[];
}

interface Preset {
  readonly type: "oidc" | "github";
  readonly issuer: string | undefined;
  readonly apiBase: string;
  readonly name: string | undefined;
  readonly scopes: readonly string[];
}

const OIDC_SCOPES = ["openid", "email", "profile"];
const PRESETS: Readonly<Record<ProviderType, Preset>> = {
  oidc: { type: "oidc", issuer: undefined, apiBase: "", name: undefined, scopes: OIDC_SCOPES },
  google: {
    type: "oidc",
    issuer: "https://accounts.google.com",
    apiBase: "",
    name: "Google",
    scopes: OIDC_SCOPES,
  },
  github: {
    type: "github",
    issuer: "https://github.com/login/oauth",
    apiBase: "https://api.github.com",
    name: "GitHub",
    scopes: ["read:user", "user:email"],
  },
};

/** Returns the preset that an id or a type names; any other id is OpenID Connect. */
const presetOf = (id: string, type: ProviderType | undefined): Preset =>
  PRESETS[type ?? (id === "google" || id === "github" ? id : "oidc")];

/** The setting SIGN_IN_PROVIDERS: JSON, providers by their ids. Empty: there are none. */
export const signInProviders = z
  .string()
  .default("")
  .transform((value, ctx) => {
    try {
      return value.trim() === "" ? {} : (JSON.parse(value) as unknown);
    } catch {
      ctx.addIssue({ code: "custom", message: "must be JSON" });
      return z.NEVER;
    }
  })
  .pipe(
    z.record(
      z
        .string()
        .regex(PROVIDER_ID)
        .refine((id) => !RESERVED_IDS.has(id)),
      providerSettings,
    ),
  )
  .transform((providers, ctx): ReadonlyMap<string, SignInProvider> => {
    const resolved = new Map<string, SignInProvider>();
    for (const [id, { type, ...given }] of Object.entries(providers)) {
      const preset = presetOf(id, type);
      const issuer = given.issuer ?? preset.issuer;
      const { apiBase = preset.apiBase, name = preset.name ?? id, scopes = preset.scopes } = given;
      const issue = (field: string, message: string) =>
        ctx.addIssue({ code: "custom", path: [id, field], message });
      if (issuer === undefined) issue("issuer", "is missing");
      else if (preset.type === "oidc" && !scopes.includes("openid"))
        issue("scopes", "must include openid");
      else if (preset.type === "oidc" && given.apiBase !== undefined)
        issue("apiBase", "is allowed only with the type github");
      else {
        const { clientId, clientSecretVar } = given;
        const { type: kind } = preset;
        const terms = { apiBase, clientId, clientSecretVar, name, scopes };
        resolved.set(id, { id, type: kind, issuer, ...terms });
      }
    }
    return resolved;
  });

/** Whether http is allowed in calls to an issuer: on this machine alone. */
export const mayUseHttp = (issuer: string): boolean => isLoopback(new URL(issuer));
