import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { UserError } from "./user-error.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

/** Runs statements in the D1 database that wrangler.toml binds as DB. */
export function executeSql(statements: readonly string[], target: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), "farebox-catalog-"));
  const file = join(folder, "catalog.sql");
  try {
    writeFileSync(file, `${statements.join(";\n")};\n`);
    const args = [WRANGLER, "d1", "execute", "DB", ...target, "--yes", "--file", file];
    const run = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
    if (run.status === 0) return;
    const output = `${run.stdout}${run.stderr}${run.error?.message ?? ""}`.trim();
    const hint = output.includes("no such table")
      ? "\nMake the tables first: wrangler d1 migrations apply DB."
      : "";
    throw new UserError(`The catalog could not be written:\n${output}${hint}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const answer = z.array(z.object({ results: z.array(z.record(z.string(), z.unknown())) }));

/** Queries the same database. */
export function querySql(sql: string, target: readonly string[]): Record<string, unknown>[] {
  const args = [WRANGLER, "d1", "execute", "DB", ...target, "--json", "--command", sql];
  const run = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.status !== 0)
    throw new UserError(`The catalog could not be read:\n${run.stdout}${run.stderr}`.trim());
  return answer.parse(JSON.parse(run.stdout)).flatMap(({ results }) => results);
}
