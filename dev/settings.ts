/** The ports that `npm start` uses. */
export interface Ports {
  readonly worker: number;
  readonly stripe: number;
  readonly model: number;
  readonly mailbox: number;
}

/** The secrets that are generated at the first start and kept. */
export interface Secrets {
  readonly jwtSecret: string;
  readonly webhookSecret: string;
}

export const LOCAL_MAIL_KEY = "re_local";
export const LOCAL_STRIPE_KEY = "sk_test_local";
const ADMIN_EMAIL = "admin@farebox.local";

/** The settings of the Worker on this machine. */
export interface LocalSettings {
  /**
   * The settings that are passed to the Worker. Those in `.dev.vars` are not included: wrangler
   * reads that file itself.
   */
  readonly vars: Readonly<Record<string, string>>;
  readonly publicUrl: string;
  /** The first address in ADMIN_EMAILS. */
  readonly adminEmail: string | undefined;
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
  /** Notes for the person about the settings that they chose. */
  readonly notes: readonly string[];
}

/**
 * Resolves every setting of the Worker on a developer's machine. Those in `.dev.vars` take
 * precedence.
 * @param devVars the settings in `.dev.vars`; an empty value counts as missing
 */
export function resolveLocalSettings(
  devVars: Readonly<Record<string, string | undefined>>,
  secrets: Secrets,
  ports: Ports,
): LocalSettings {
  const isSet = (name: string): boolean => (devVars[name] ?? "") !== "";
  const localStripe = !isSet("STRIPE_SECRET_KEY") && !isSet("STRIPE_API_BASE");
  const localModel = !isSet("UPSTREAMS");
  const localMailbox = !isSet("MAIL_FROM") && !isSet("RESEND_API_KEY");
  const publicUrl = `http://localhost:${ports.worker}`;
  const upstreams = {
    local: { baseUrl: `http://127.0.0.1:${ports.model}/v1`, apiKeyVar: "LOCAL_MODEL_KEY" },
  };
  const modelKey = devVars["LOCAL_MODEL_KEY"] || "local-model-key";
  const defaults: Record<string, string> = {
    JWT_SECRET: secrets.jwtSecret,
    PUBLIC_URL: publicUrl,
    ALLOWED_ORIGINS: `${publicUrl},http://127.0.0.1:${ports.worker}`,
    ADMIN_EMAILS: ADMIN_EMAIL,
    STRIPE_SECRET_KEY: LOCAL_STRIPE_KEY,
    STRIPE_WEBHOOK_SECRET: secrets.webhookSecret,
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
  const notes: string[] = [];
  if (!localStripe && !isSet("STRIPE_WEBHOOK_SECRET")) {
    notes.push(
      "Stripe's webhooks will not get through: run `stripe listen --forward-to " +
        `localhost:${ports.worker}/api/webhooks/stripe\` and put the whsec_ that it prints ` +
        "into .dev.vars as STRIPE_WEBHOOK_SECRET.",
    );
  }
  if (!localModel) {
    notes.push(
      "The default catalog's models are of the upstream `local`. Load a catalog for your own: " +
        "npm run catalog -- <name> --persist-to .dev/state.",
    );
  }
  if (localMailbox) Object.assign(defaults, mailSettings);
  return {
    vars: Object.fromEntries(Object.entries(defaults).filter(([name]) => !isSet(name))),
    publicUrl,
    adminEmail: (devVars["ADMIN_EMAILS"] ?? ADMIN_EMAIL).split(",")[0]?.trim() || undefined,
    webhookSecret: devVars["STRIPE_WEBHOOK_SECRET"]?.split(",")[0]?.trim() || secrets.webhookSecret,
    modelKey,
    localStripe,
    localModel,
    localMailbox,
    notes,
  };
}
