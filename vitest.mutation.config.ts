import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/**
 * The tests of decisions that need no workerd, in plain Node, for `npm run test:mutation`: each
 * mutant is tried in milliseconds.
 */
export default defineConfig({
  resolve: {
    alias: {
      "cloudflare:workers": fileURLToPath(new URL("test/soak/workers-in-node.ts", import.meta.url)),
    },
  },
  test: {
    environment: "node",
    provide: { seed: 1 },
    include: [
      "test/soak/histories.ts",
      "test/account/{allowance-window,price}.test.ts",
      "test/billing/{fulfilment-decision,payment-state,prorate,retry-schedule}.test.ts",
      "test/billing/subscriptions/{effective-plan,invoice-credits}.test.ts",
      "test/chat/{lines-to-events,usage,usage-tally,vendor-error,vendor-usage}.test.ts",
    ],
  },
});
