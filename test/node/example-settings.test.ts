import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { expect, it } from "vitest";
import { z } from "zod";
import { readConfig } from "../../src/config.ts";
import { EXAMPLE_SETTINGS } from "../../src/example-settings.ts";

const read = (file: string): string =>
  readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");

/** The settings under [vars] in wrangler.toml. */
const vars = Object.fromEntries(
  [
    ...(/\[vars\]\n((?:\w+ = .*\n)+)/.exec(read("wrangler.toml"))?.[1] ?? "").matchAll(
      /^(\w+) = (?:"(.*)"|'(.*)')$/gm,
    ),
  ].map(([, name = "", double, single]) => [name, double ?? single ?? ""]),
);
const secrets = parseEnv(read(".dev.vars.example"));
const { cloudflare } = z
  .object({
    cloudflare: z.object({ bindings: z.record(z.string(), z.object({ description: z.string() })) }),
  })
  .parse(JSON.parse(read("package.json")));

it("the examples' values are those that a deployed Worker refuses to run with", () => {
  expect({ ...vars, ...secrets }).toEqual(EXAMPLE_SETTINGS);
});

it("the examples' values are complete, and can neither move money nor reach anybody", () => {
  const config = readConfig({ ...vars, ...secrets });
  expect([config.isLive, config.MAIL_FROM]).toEqual([false, null]);
  const { hostname } = new URL(config.UPSTREAMS["local"]?.baseUrl ?? "");
  // Names that can never exist: https://www.rfc-editor.org/rfc/rfc2606
  expect(hostname).toMatch(/\.invalid$/);
  expect(config.ADMIN_EMAILS.join()).toMatch(/@example\.com$/);
});

it("whatever the deploy button asks for is described", () => {
  for (const name of Object.keys(EXAMPLE_SETTINGS))
    expect([name, cloudflare.bindings[name]?.description.length ?? 0]).toEqual([
      name,
      expect.toSatisfy((length: number) => length > 20),
    ]);
});

it("no placeholder is left where a fork would have to be named", () => {
  for (const file of ["README.md", "docs/runbook.md", "package.json", "wrangler.toml"])
    expect(read(file)).not.toMatch(/YOUR-NAME|<your-fork>/i);
});
