/**
 * The values that `.dev.vars.example` and `wrangler.toml` come with. They let a copy start on one's
 * own machine and nowhere else: everybody knows them, so a Worker that is deployed with one of them
 * refuses to run (`checkExampleSettings`).
 */
export const EXAMPLE_SETTINGS: Readonly<Record<string, string>> = {
  JWT_SECRET: "example-secret-for-your-own-machine-only",
  STRIPE_SECRET_KEY: "sk_test_example",
  UPSTREAM_API_KEY: "example",
  SETUP_TOKEN: "example-setup-token",
  PUBLIC_URL: "http://localhost:8787",
  ADMIN_EMAILS: "you@example.com",
  UPSTREAMS: '{"local":{"baseUrl":"https://models.invalid/v1","apiKeyVar":"UPSTREAM_API_KEY"}}',
};

/** Lists the settings that still have their example's value. */
export const listExampleSettings = (env: object): string[] =>
  Object.entries(EXAMPLE_SETTINGS)
    .filter(([name, example]) => Reflect.get(env, name) === example)
    .map(([name]) => name);

const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

/**
 * Whether a URL leads to a machine of one's own: by name, or by an address, by which Cloudflare
 * serves no Worker.
 */
export function isOwnMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return (
    /(^|\.)(localhost|local)$/.test(hostname) || IPV4.test(hostname) || hostname.startsWith("[")
  );
}
