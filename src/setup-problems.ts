import { Refusal, type SetupProblem } from "./errors.ts";
import { isOwnMachine } from "./example-settings.ts";

/** What a setting is for, and a value of the right form. */
interface SettingHelp {
  readonly purpose: string;
  readonly example: string;
  /** Whether it belongs among the secrets, and not in a file that is committed. */
  readonly isSecret: boolean;
}

/** The settings without which nothing runs, and those that are easily mistyped. */
const HELP: Readonly<Record<string, SettingHelp>> = {
  JWT_SECRET: {
    purpose: "Signs sessions and encrypts stored secrets. At least 32 bytes.",
    example: "the output of: openssl rand -hex 32",
    isSecret: true,
  },
  STRIPE_SECRET_KEY: {
    purpose: "Takes payments. A secret or restricted key of your Stripe account.",
    example: "sk_test_… from https://dashboard.stripe.com/test/apikeys",
    isSecret: true,
  },
  STRIPE_WEBHOOK_SECRET: {
    purpose: "Verifies Stripe's webhooks. Not needed for a webhook created on /admin/setup.",
    example: "whsec_…",
    isSecret: true,
  },
  UPSTREAMS: {
    purpose: "The model providers, as JSON by name.",
    example: '{"groq":{"baseUrl":"https://api.groq.com/openai/v1","apiKeyVar":"GROQ_API_KEY"}}',
    isSecret: false,
  },
  PUBLIC_URL: {
    purpose: "The address at which people reach this Worker, for links and sign-in.",
    example: "https://farebox.your-account.workers.dev",
    isSecret: false,
  },
  ADMIN_EMAILS: {
    purpose: "The addresses that become admins once they are verified, comma-separated.",
    example: "you@your-company.com",
    isSecret: false,
  },
  SETUP_TOKEN: {
    purpose: "Lets the first admin sign up on /setup. At least 16 characters.",
    example: "the output of: openssl rand -hex 16",
    isSecret: true,
  },
  MAIL_FROM: {
    purpose: "The sender of mails.",
    example: "Your shop <shop@your-company.com>",
    isSecret: false,
  },
  migrations: {
    purpose: "The tables of the database DB.",
    example: "npx wrangler d1 migrations apply DB",
    isSecret: false,
  },
  catalog: {
    purpose: "The plans and models that you sell. Nobody can sign up before there is a free plan.",
    example: "npm run catalog -- default",
    isSecret: false,
  },
};

/** Whether a setting is set by `wrangler secret put`: keys of model providers are, too. */
export const isSecretSetting = (name: string): boolean =>
  HELP[name]?.isSecret ?? /(SECRET|KEY|TOKEN)(_PREVIOUS|S_RETIRED)?$/.test(name);

/** Describes one problem, with what is known of the setting. */
export function newProblem(
  name: string,
  problem: SetupProblem["problem"],
  reason: string,
): SetupProblem {
  const help = Object.hasOwn(HELP, name) ? HELP[name] : undefined;
  const { purpose = null, example = null } = help ?? {};
  return { name, problem, reason, purpose, example };
}

/** Builds the refusal that names every setting that is missing or wrong. */
export function refuseSettings(problems: readonly SetupProblem[]): Refusal {
  const [first] = problems;
  const message =
    first !== undefined && problems.length === 1
      ? `The setting ${first.name} ${first.reason}.`
      : `${problems.length} settings are missing or not usable: ` +
        `${problems.map(({ name, reason }) => `${name} ${reason}`).join("; ")}.`;
  return new Refusal({ code: "misconfigured", message, param: first?.name, problems });
}

/**
 * Refuses to run a deployed Worker on values that everybody can read in the repository: whoever
 * knows JWT_SECRET is anybody. On a machine of one's own they are welcome.
 * @param url where the Worker was asked, or is said to be
 * @throws {Refusal} `misconfigured`, naming each such setting
 */
export function checkExampleSettings(exampleSettings: readonly string[], url: string): void {
  if (exampleSettings.length === 0 || isOwnMachine(url)) return;
  throw refuseSettings(
    exampleSettings.map((name) =>
      newProblem(name, "example", "still has the value of the example, which everybody knows"),
    ),
  );
}

const MIGRATIONS_MISSING = newProblem(
  "migrations",
  "missing",
  "lacks tables: its migrations were not applied",
);

/** The refusal where D1 has no tables, or those of an earlier version. */
export const refuseSchema = (): Refusal =>
  new Refusal({
    code: "misconfigured",
    message:
      "The database lacks tables: apply the migrations with " +
      "`npx wrangler d1 migrations apply DB` (--local or --remote).",
    param: "migrations",
    problems: [MIGRATIONS_MISSING],
  });
