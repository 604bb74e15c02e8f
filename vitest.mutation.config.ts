import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const STAND_IN = fileURLToPath(new URL("test/soak/account-tests-in-node.ts", import.meta.url));

/** Histories take longest and come last: a break that another test finds need not wait for them. */
const isLast = ({ moduleId }: TestSpecification): number => Number(moduleId.includes("histories"));

class QuickestFirst extends BaseSequencer {
  override sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(specifications.toSorted((a, b) => isLast(a) - isLast(b)));
  }
}

/**
 * The tests of decisions that need no workerd, in plain Node, for `npm run test:mutation`: each
 * mutant is tried in milliseconds.
 */
export default defineConfig({
  resolve: {
    alias: {
      "cloudflare:workers": STAND_IN,
      "cloudflare:test": STAND_IN,
    },
  },
  test: {
    environment: "node",
    isolate: false,
    sequence: { sequencer: QuickestFirst },
    setupFiles: ["test/support/no-shrinking.ts"],
    provide: { seed: 1 },
    include: [
      "test/soak/histories.ts",
      "test/account/{alarm,allowance-window,allowances,carry-over-entries}.test.ts",
      "test/account/{counters,fold,grant-reversals,holds,keys,overage,overage-decision}.test.ts",
      "test/account/{price,track-usage,use-since}.test.ts",
      "test/billing/{fulfilment-decision,payment-state,prorate,retry-schedule}.test.ts",
      "test/billing/subscriptions/{effective-plan,invoice-credits}.test.ts",
      "test/chat/{lines-to-events,usage,usage-tally,vendor-error,vendor-usage}.test.ts",
    ],
  },
});
