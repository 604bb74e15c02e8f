declare namespace Cloudflare {
  interface Env {
    readonly TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}

/** A document, imported as text. */
declare module "*.md?raw" {
  const text: string;
  export default text;
}
