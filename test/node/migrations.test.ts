import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import config from "../../drizzle.config.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

it("the migrations make exactly the tables that the code has, wherever its tables.ts are", () => {
  // drizzle-kit takes only a path relative to where it runs.
  const folder = mkdtempSync(join(root, "node_modules/.farebox-migrations-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const out = join(folder, "migrations");
  cpSync(join(root, "migrations"), out, { recursive: true });
  const before = readdirSync(out);
  const { stdout } = spawnSync(
    process.execPath,
    [
      join(root, "node_modules/drizzle-kit/bin.cjs"),
      "generate",
      "--dialect=sqlite",
      `--schema=${String(config.schema)}`,
      `--out=${relative(root, out)}`,
    ],
    { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
  );
  expect(stdout).toContain("No schema changes");
  expect(readdirSync(out)).toEqual(before);
}, 60_000);
