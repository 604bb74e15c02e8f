/** The ports that `npm start` uses. */
export interface Ports {
  readonly worker: number;
  readonly stripe: number;
  readonly model: number;
  readonly mailbox: number;
  readonly turnstile: number;
  readonly issuer: number;
}

/** The secrets that are generated at the first start and kept. */
export interface Secrets {
  readonly jwtSecret: string;
  readonly webhookSecret: string;
}

/** The client that the local issuer knows. */
export const LOCAL_CLIENT = { id: "farebox", secret: "local-issuer-secret" };
export const LOCAL_MAIL_KEY = "re_local";
export const LOCAL_STRIPE_KEY = "sk_test_local";
/** The keys of the local Turnstile's one widget. */
export const LOCAL_TURNSTILE_KEYS = { siteKey: "0x_local_site", secretKey: "0x_local_secret" };
/** By which the first admin of an empty Farebox signs up. */
const LOCAL_SETUP_TOKEN = "local-setup-token";
const ADMIN_EMAIL = "admin@farebox.local";

/** Returns the setting for the local issuer, as OpenID Connect and in GitHub's dialect. */
function localProviders({ issuer }: Ports) {
  const base = `http://127.0.0.1:${issuer}`;
  const client = { clientId: LOCAL_CLIENT.id, clientSecretVar: "LOCAL_ISSUER_SECRET" };
  return {
    local: { issuer: base, name: "Local issuer", ...client },
    "local-github": {
      type: "github",
      issuer: `${base}/github/login/oauth`,
      apiBase: `${base}/github`,
      name: "Local GitHub",
      ...client,
    },
  };
}

/**
 * Returns the addresses to which the local issuer sends browsers back: those of the Worker under
 * both names of this machine.
 */
export const localRedirectUris = ({ worker }: Ports, publicUrl: string): string[] =>
  [...new Set([publicUrl, `http://localhost:${worker}`, `http://127.0.0.1:${worker}`])].flatMap(
    (origin) => ["local", "local-github"].map((id) => `${origin}/login/${id}/callback`),
  );

/** The settings of the Worker on this machine. */
export interface LocalSettings {
  /**
   * The settings that are passed to the Worker. Those in `.dev.vars` are not included: wrangler
   * reads that file itself.
   */
  readonly vars: Readonly<Record<string, string>>;
  readonly publicUrl: string;
  /** The first address in ADMIN_EMAILS; none where the first admin signs up by SETUP_TOKEN. */
  readonly adminEmail: string | undefined;
  /** By which the first admin signs up on `/setup`; null where npm start signs one up. */
  readonly setupToken: string | null;
  readonly webhookSecret: string;
  readonly modelKey: string;
  /**
   * Whether the local Stripe and the local model are needed. They are not if `.dev.vars` has a real
   * key or upstream.
   */
  readonly localStripe: boolean;
  readonly localModel: boolean;
  /** Whether mails go to the local mailbox: unless `.dev.vars` says who sends them. */
  readonly localMailbox: boolean;
  /** Whether the local Turnstile is shown: where it was asked for. */
  readonly localTurnstile: boolean;
  /** Whether people sign in by the local issuer: unless `.dev.vars` has providers of its own. */
  readonly localIssuer: boolean;
  /** Notes for the person about the settings that they chose. */
  readonly notes: readonly string[];
}

/**
 * Resolves every setting of the Worker on a developer's machine. Those in `.dev.vars` take
 * precedence.
 * @param devVars the settings in `.dev.vars`; an empty value counts as missing
 * @param catalogName the catalog that is sold
 * @param withTurnstile whether to show the local Turnstile, unless `.dev.vars` has a real one
 * @param isEmpty whether the first admin signs up on `/setup`
 */
export function resolveLocalSettings(
  devVars: Readonly<Record<string, string | undefined>>,
  secrets: Secrets,
  ports: Ports,
  withTurnstile = false,
  catalogName = "default",
  isEmpty = false,
): LocalSettings {
  const isSet = (name: string): boolean => (devVars[name] ?? "") !== "";
  const localStripe = !isSet("STRIPE_SECRET_KEY") && !isSet("STRIPE_API_BASE");
  const localModel = !isSet("UPSTREAMS");
  const localMailbox = !isSet("MAIL_FROM") && !isSet("RESEND_API_KEY");
  const localTurnstile = withTurnstile && !isSet("TURNSTILE_SITE_KEY");
  const localIssuer = !isSet("SIGN_IN_PROVIDERS");
  const publicUrl = `http://localhost:${ports.worker}`;
  const upstreams = {
    local: { baseUrl: `http://127.0.0.1:${ports.model}/v1`, apiKeyVar: "LOCAL_MODEL_KEY" },
  };
  const modelKey = devVars["LOCAL_MODEL_KEY"] || "local-model-key";
  const defaults: Record<string, string> = {
    JWT_SECRET: secrets.jwtSecret,
    PUBLIC_URL: publicUrl,
    ALLOWED_ORIGINS: `${publicUrl},http://127.0.0.1:${ports.worker}`,
    ...(isEmpty ? { SETUP_TOKEN: LOCAL_SETUP_TOKEN } : { ADMIN_EMAILS: ADMIN_EMAIL }),
    STRIPE_SECRET_KEY: LOCAL_STRIPE_KEY,
    STRIPE_WEBHOOK_SECRET: secrets.webhookSecret,
    // So that the card 4242 4242 4242 4242 tries every plan with every user.
    TRIAL_ONCE_PER_CARD: "false",
    // So that nothing waits for the network, which there may be none of.
    PASSWORD_BREACH_CHECK: "false",
    ...(localStripe ? { STRIPE_API_BASE: `http://127.0.0.1:${ports.stripe}` } : {}),
    ...(localModel ? { UPSTREAMS: JSON.stringify(upstreams), LOCAL_MODEL_KEY: modelKey } : {}),
  };
  const mailSettings = {
    MAIL_FROM: "Farebox <farebox@farebox.local>",
    RESEND_API_KEY: LOCAL_MAIL_KEY,
    RESEND_API_BASE: `http://127.0.0.1:${ports.mailbox}`,
    // So that trying it out takes no code from a mail.
    FREE_PLAN_NEEDS_PROOF: "false",
  };
  const issuerSettings = {
    SIGN_IN_PROVIDERS: JSON.stringify(localProviders(ports)),
    LOCAL_ISSUER_SECRET: LOCAL_CLIENT.secret,
  };
  const notes: string[] = [];
  if (!localStripe && !isSet("STRIPE_WEBHOOK_SECRET")) {
    notes.push(
      "Stripe's webhooks will not get through: run `stripe listen --forward-to " +
        `localhost:${ports.worker}/api/webhooks/stripe\` and put the whsec_ that it prints ` +
        "into .dev.vars as STRIPE_WEBHOOK_SECRET.",
    );
  }
  if (!localModel && catalogName === "default") {
    notes.push(
      "The default catalog's models are of the upstream `local`. Load a catalog for your own: " +
        "npm run catalog -- <name> --persist-to .dev/state.",
    );
  }
  if (localMailbox) Object.assign(defaults, mailSettings);
  const turnstileSettings = {
    TURNSTILE_SITE_KEY: LOCAL_TURNSTILE_KEYS.siteKey,
    TURNSTILE_SECRET_KEY: LOCAL_TURNSTILE_KEYS.secretKey,
    TURNSTILE_API_BASE: `http://127.0.0.1:${ports.turnstile}`,
  };
  if (localTurnstile) Object.assign(defaults, turnstileSettings);
  if (localIssuer) Object.assign(defaults, issuerSettings);
  return {
    vars: Object.fromEntries(Object.entries(defaults).filter(([name]) => !isSet(name))),
    publicUrl,
    setupToken: isEmpty ? devVars["SETUP_TOKEN"] || LOCAL_SETUP_TOKEN : null,
    adminEmail: (devVars["ADMIN_EMAILS"] ?? ADMIN_EMAIL).split(",")[0]?.trim() || undefined,
    webhookSecret: devVars["STRIPE_WEBHOOK_SECRET"]?.split(",")[0]?.trim() || secrets.webhookSecret,
    modelKey,
    localStripe,
    localModel,
    localMailbox,
    localTurnstile,
    localIssuer,
    notes,
  };
}
