import { describe, expect, it } from "vitest";
import { resolveLocalSettings } from "../../dev/settings.ts";
import { readConfig } from "../../src/config.ts";

const secrets = { jwtSecret: "a".repeat(64), webhookSecret: "whsec_kept" };
const ports = {
  worker: 8787,
  stripe: 12_111,
  model: 12_112,
  mailbox: 12_113,
  turnstile: 12_114,
  issuer: 12_115,
};
const decide = (devVars: Record<string, string | undefined> = {}) =>
  resolveLocalSettings(devVars, secrets, ports);

/** Returns the Worker's config with these settings, which `.dev.vars` overrides as in wrangler. */
const resolveConfig = (devVars: Record<string, string> = {}) =>
  readConfig({ ...decide(devVars).vars, ...devVars });

describe("settings of npm start", () => {
  it("without .dev.vars are complete for the Worker, and stay on this machine", () => {
    const config = resolveConfig();
    expect(config.STRIPE_API_BASE).toBe("http://127.0.0.1:12111");
    expect(config.UPSTREAMS["local"]?.baseUrl).toBe("http://127.0.0.1:12112/v1");
    expect(config.secret("LOCAL_MODEL_KEY")).toBe("local-model-key");
    expect(config.ADMIN_EMAILS).toEqual(["admin@farebox.local"]);
    expect(decide()).toMatchObject({ localStripe: true, localModel: true, notes: [] });
  });

  it("with a Stripe key need no local Stripe, and tell how its webhooks get through", () => {
    const devVars = { STRIPE_SECRET_KEY: "sk_test_mine" };
    expect(resolveConfig(devVars).STRIPE_SECRET_KEY).toBe("sk_test_mine");
    expect(resolveConfig(devVars).STRIPE_API_BASE).toBeUndefined();
    expect(decide(devVars)).toMatchObject({ localStripe: false, localModel: true });
    expect(decide(devVars).notes.join()).toContain("stripe listen");
    expect(decide({ ...devVars, STRIPE_WEBHOOK_SECRET: "whsec_mine" }).notes).toEqual([]);
  });

  it("with upstreams need no local model", () => {
    const devVars = {
      UPSTREAMS: '{"groq":{"baseUrl":"https://groq.test/v1","apiKeyVar":"GROQ_API_KEY"}}',
    };
    expect(Object.keys(resolveConfig(devVars).UPSTREAMS)).toEqual(["groq"]);
    expect(decide(devVars)).toMatchObject({ localStripe: true, localModel: false });
    expect(decide(devVars).notes.join()).toContain("npm run catalog");
  });

  it("sign people in by the local issuer, unless there are providers of one's own", () => {
    const { SIGN_IN_PROVIDERS: providers, secret } = resolveConfig();
    expect([...providers.values()].map(({ name, type, issuer }) => [name, type, issuer])).toEqual([
      ["Local issuer", "oidc", "http://127.0.0.1:12115"],
      ["Local GitHub", "github", "http://127.0.0.1:12115/github/login/oauth"],
    ]);
    expect(secret("LOCAL_ISSUER_SECRET")).toBe("local-issuer-secret");
    const own = { SIGN_IN_PROVIDERS: "{}" };
    expect([decide().localIssuer, decide(own).localIssuer]).toEqual([true, false]);
    expect(decide(own).vars).not.toHaveProperty("LOCAL_ISSUER_SECRET");
  });

  it("leave to .dev.vars what it sets, and treat an empty value as none", () => {
    const { vars, adminEmail } = decide({
      JWT_SECRET: "b".repeat(32),
      ADMIN_EMAILS: "me@farebox.test, you@farebox.test",
      UPSTREAMS: "",
    });
    expect(vars).not.toHaveProperty("JWT_SECRET");
    expect(vars).not.toHaveProperty("ADMIN_EMAILS");
    expect(vars).toHaveProperty("UPSTREAMS");
    expect(adminEmail).toBe("me@farebox.test");
  });

  it("give the local Stripe and the local model the Worker's secrets", () => {
    expect(decide().webhookSecret).toBe(decide().vars["STRIPE_WEBHOOK_SECRET"]);
    expect(decide().modelKey).toBe(decide().vars["LOCAL_MODEL_KEY"]);
    expect(decide({ LOCAL_MODEL_KEY: "mine" }).modelKey).toBe("mine");
    expect(decide({ STRIPE_WEBHOOK_SECRET: "whsec_new, whsec_old" }).webhookSecret).toBe(
      "whsec_new",
    );
  });
});
