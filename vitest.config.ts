import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import {
  defineConfig,
  type TestProjectInlineConfiguration,
  type ViteUserConfig,
} from "vitest/config";
import { measureSlowness } from "./dev/slowness.ts";
import { ContractReporter } from "./test/contract/reporter.ts";
import { plantVendorFault, readVendorSettings } from "./test/vendors/settings.ts";

/** How many times slower than an idle small server this machine is now. */
const slowness = measureSlowness();
/**
 * No test is about speed: a limit only ends what hangs. It leaves room for a machine that becomes
 * busy with other things after the start.
 */
const LIMITS = { testTimeout: 600_000 * slowness, hookTimeout: 600_000 * slowness };

/** The seed of all random choices of the tests: see test/support/fast-check.ts. */
const { TEST_SEED = "1" } = process.env;
const seed = Number(TEST_SEED);

/**
 * Tests that create all the data that they read, or need none, so that they can share a workerd and
 * its database: starting one takes most of their time.
 */
const SHARING = [
  "account/*",
  "agents/*",
  "audit/*",
  "catalog/{currency-decimals,documented-webhook-events,model-prices,price-of}",
  "chat/*",
  "contract/*",
  "database/query-plans",
  "conversations/*",
  "dev/*",
  "http/{cache-control,csv,failing-database,request-limits,wire}",
  "object/*",
  "openapi/openapi",
  "surfaces/*",
  "pages/{charts,docs,error-pages,plurals}",
  "usage/*",
  "vendors/*",
].map((files) => `test/${files}.test.ts`);
/**
 * Tests that share a workerd only with each other: they sign up with the admins' addresses. Left
 * out are those that need a catalog, or rate limits, of their own.
 */
const SHARING_WITHIN: Readonly<Record<string, readonly string[]>> = {
  auth: ["test/auth/**/!(sign-in-rate-limit).test.ts"],
  // Left out: sign-ins of other files would end its operator's session, of which there are 50.
  billing: ["test/billing/**/!(ownership).test.ts"],
  admin: ["test/{admin,erasure}/*.test.ts"],
  catalog: [
    "test/catalog/!(catalog-sql|load-catalog|model-cache|push-entitlements|routes).test.ts",
  ],
  pages: ["test/pages/!(dead-ends).test.ts"],
};

/** The local model, in each dialect that it speaks. */
const LOCAL_MODEL = { baseUrl: "http://model.test/v1", apiKeyVar: "LOCAL_MODEL_KEY" };
const UPSTREAMS = {
  local: LOCAL_MODEL,
  messages: { ...LOCAL_MODEL, dialect: "messages" },
  responses: { ...LOCAL_MODEL, dialect: "responses" },
};

/**
 * Rate limits where all files have one admin, or a sweep sends thousands of requests of one user.
 * The other files have the numbers of wrangler.toml: test/http/request-limits.test.ts among them.
 */
const FOR_MANY_FILES = {
  WRITE_RATE_LIMIT: 100_000,
  READ_RATE_LIMIT: 100_000,
  MANAGEMENT_RATE_LIMIT: 100_000,
};

/**
 * Returns a project whose tests run in workerd with a real D1 and real Durable Objects. Nothing
 * leaves the machine: see test/support/fake-network.ts.
 */
const worker = async (
  name: string,
  isolate: boolean,
  test: { include: string[]; exclude: string[] },
  limits: Readonly<Record<string, number>> = FOR_MANY_FILES,
): Promise<TestProjectInlineConfiguration> => ({
  logLevel: "error",
  plugins: [
    plantVendorFault(process.env),
    cloudflareTest({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        ratelimits: Object.fromEntries(
          Object.entries(limits).map(([name, limit]) => [
            name,
            { namespace_id: name, simple: { limit, period: 60 } },
          ]),
        ),
        bindings: {
          TEST_MIGRATIONS: await readD1Migrations("migrations"),
          JWT_SECRET: "test-secret-of-at-least-32-bytes-0123456789",
          STRIPE_SECRET_KEY: "sk_test_local",
          STRIPE_WEBHOOK_SECRET: "whsec_test_local",
          STRIPE_API_BASE: "http://stripe.test",
          UPSTREAMS: JSON.stringify(UPSTREAMS),
          LOCAL_MODEL_KEY: "upstream-key",
          PUBLIC_URL: "http://farebox.test",
          ALLOWED_ORIGINS: "http://shop.test",
          // Tests share the cards that Stripe has for them.
          TRIAL_ONCE_PER_CARD: "false",
          // Tests that look passwords up turn it on, with a stand-in.
          PASSWORD_BREACH_CHECK: "false",
          CREDIT_VALUE: "0.01 usd",
          // Most tests are about replies as they came. Those about what is hidden unset it.
          SHOW_VENDOR: "true",
          ADMIN_EMAILS: "admin@farebox.test,chief@farebox.test,boss@farebox.test",
        },
      },
    }),
  ],
  test: {
    ...test,
    name,
    isolate,
    provide: { seed, vendors: readVendorSettings(process.env) },
    setupFiles: ["./test/support/setup.ts", "./test/contract/setup.ts", "./test/database/setup.ts"],
    globalSetup: ["./dev/model/test-server.ts"],
    ...LIMITS,
    sequence: { groupOrder: 0 },
  },
});

/**
 * Journeys of programs that fetch some hundred megabytes first: `npm run test:agents`. `npm test`
 * needs no network.
 */
const AGENTS = "test/journeys/agents.test.ts";

/**
 * Journeys run in Node against what `npm start` starts, over real sockets. They come last, when
 * nothing else needs the machine.
 */
const journeys: TestProjectInlineConfiguration = {
  test: {
    name: "journeys",
    include: ["test/journeys/**/*.test.ts"],
    exclude: [AGENTS],
    environment: "node",
    setupFiles: [
      "./test/journeys/support/needs-stack.ts",
      "./test/journeys/support/steady-fetch.ts",
    ],
    globalSetup: ["./test/journeys/support/setup.ts"],
    ...LIMITS,
    sequence: { groupOrder: 1 },
  },
};

const agents: TestProjectInlineConfiguration = {
  test: { ...journeys.test, name: "external:agents", include: [AGENTS], exclude: [] },
};

/** Tests of pages in a real Chromium, against the same: `npm run test:browser`. */
const browser: TestProjectInlineConfiguration = {
  test: {
    name: "external:browser",
    include: ["test/browser/**/*.test.ts"],
    environment: "node",
    setupFiles: [
      "./test/journeys/support/needs-stack.ts",
      "./test/journeys/support/steady-fetch.ts",
    ],
    globalSetup: ["./test/browser/support/setup.ts"],
    expect: { poll: { timeout: 60_000 * slowness } },
    ...LIMITS,
    // wrangler's proxy may lose a form that is posted on a connection just being closed. Journeys
    // have steady-fetch.ts for that, which a browser cannot use.
    retry: 1,
    sequence: { groupOrder: 2 },
  },
};

/** Checks of the repository itself: they run in Node, and nothing has to be started for them. */
const node: TestProjectInlineConfiguration = {
  test: {
    name: "node",
    include: ["test/node/**/*.test.ts"],
    environment: "node",
    provide: { seed },
    ...LIMITS,
    sequence: { groupOrder: 0 },
  },
};

export default defineConfig(
  async (): Promise<ViteUserConfig> => ({
    // The logs of passing tests, and warnings about packages without sources for their source maps,
    // would hide the failures.
    logLevel: "error",
    test: {
      projects: [
        ...(await Promise.all(
          Object.entries(SHARING_WITHIN).map(([name, include]) =>
            worker(name, false, { include: [...include], exclude: SHARING }),
          ),
        )),
        await worker("rooms", true, {
          include: ["test/**/*.test.ts"],
          exclude: [
            "test/journeys/**",
            "test/browser/**",
            "test/node/**",
            ...SHARING,
            ...Object.values(SHARING_WITHIN).flat(),
          ],
        }),
        await worker("sharing rooms", false, { include: SHARING, exclude: [] }, {}),
        node,
        journeys,
        agents,
        browser,
      ],
      globalSetup: ["./test/stripe-contract/server.ts"],
      reporters: ["default", new ContractReporter()],
      silent: "passed-only",
      // A workerd mostly waits: three of them keep two cores busy.
      maxWorkers: 3,
    },
  }),
);
