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

/** A page of a package, imported as text. */
declare module "*.html?raw" {
  const text: string;
  export default text;
}

/** Vite's import of many files at once, as texts. */
interface ImportMeta {
  glob(
    pattern: string,
    options: { readonly eager: true; readonly query: "?raw"; readonly import: "default" },
  ): Readonly<Record<string, string>>;
}
