declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import("../../src/index.ts");
  }
  interface Env {
    readonly TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}

/** A document as text. */
declare module "*.md?raw" {
  const text: string;
  export default text;
}
