import { describe, expect, it } from "vitest";
import { resolveLocalSettings } from "../../dev/settings.ts";
import { readConfig } from "../../src/config.ts";

const secrets = { jwtSecret: "a".repeat(64), webhookSecret: "whsec_kept" };
const ports = { worker: 8787, stripe: 12_111, model: 12_112 };
const decide = (chosen: Record<string, string | undefined> = {}) =>
  resolveLocalSettings(chosen, secrets, ports);

/**
 * What the Worker makes of the settings, with what `.dev.vars` says over them as wrangler puts it.
 */
const configOf = (chosen: Record<string, string> = {}) =>
  readConfig({ ...decide(chosen).vars, ...chosen });

describe("settings of npm start", () => {
  it("without .dev.vars are all that the Worker needs, and stay on this machine", () => {
    const config = configOf();
    expect(config.STRIPE_API_BASE).toBe("http://127.0.0.1:12111");
    expect(config.UPSTREAMS["local"]?.baseUrl).toBe("http://127.0.0.1:12112/v1");
    expect(config.secret("LOCAL_MODEL_KEY")).toBe("local-model-key");
    expect(config.ADMIN_EMAILS).toEqual(["admin@farebox.local"]);
    expect(decide()).toMatchObject({ localStripe: true, localModel: true, notes: [] });
  });

  it("with a Stripe key do without the local Stripe, and say how its webhooks get through", () => {
    const chosen = { STRIPE_SECRET_KEY: "sk_test_mine" };
    expect(configOf(chosen).STRIPE_SECRET_KEY).toBe("sk_test_mine");
    expect(configOf(chosen).STRIPE_API_BASE).toBeUndefined();
    expect(decide(chosen)).toMatchObject({ localStripe: false, localModel: true });
    expect(decide(chosen).notes.join()).toContain("stripe listen");
    expect(decide({ ...chosen, STRIPE_WEBHOOK_SECRET: "whsec_mine" }).notes).toEqual([]);
  });

  it("with upstreams do without the local model", () => {
    const chosen = {
      UPSTREAMS: '{"groq":{"baseUrl":"https://groq.test/v1","apiKeyVar":"GROQ_API_KEY"}}',
    };
    expect(Object.keys(configOf(chosen).UPSTREAMS)).toEqual(["groq"]);
    expect(decide(chosen)).toMatchObject({ localStripe: true, localModel: false });
    expect(decide(chosen).notes.join()).toContain("npm run catalog");
  });

  it("leave to .dev.vars whatever it sets, and take an empty value for none", () => {
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

  it("give the local Stripe and the local model the secrets that the Worker has", () => {
    expect(decide().webhookSecret).toBe(decide().vars["STRIPE_WEBHOOK_SECRET"]);
    expect(decide().modelKey).toBe(decide().vars["LOCAL_MODEL_KEY"]);
    expect(decide({ LOCAL_MODEL_KEY: "mine" }).modelKey).toBe("mine");
    expect(decide({ STRIPE_WEBHOOK_SECRET: "whsec_new, whsec_old" }).webhookSecret).toBe(
      "whsec_new",
    );
  });
});
