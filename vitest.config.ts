import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

/** Tests run in workerd with a real D1 and real Durable Objects. Nothing leaves the machine: see test/support/outside.ts. */
export default defineConfig(async () => ({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        bindings: {
          TEST_MIGRATIONS: await readD1Migrations("migrations"),
          JWT_SECRET: "test-secret-of-at-least-32-bytes-0123456789",
          STRIPE_SECRET_KEY: "sk_test_local",
          STRIPE_WEBHOOK_SECRET: "whsec_test_local",
          STRIPE_API_BASE: "http://stripe.test",
          UPSTREAMS: '{"local":{"baseUrl":"http://model.test/v1","apiKeyVar":"LOCAL_MODEL_KEY"}}',
          LOCAL_MODEL_KEY: "upstream-key",
          PUBLIC_URL: "http://farebox.test",
          ALLOWED_ORIGINS: "http://shop.test",
          ADMIN_EMAILS: "admin@farebox.test",
        },
      },
    }),
  ],
  test: { setupFiles: ["./test/support/setup.ts"], globalSetup: ["./dev/model/test-server.ts"] },
}));
