import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { adminSql } from "./admin-sql.ts";
import { UserError } from "./user-error.ts";

const USAGE = `npm run admin -- <address> [--remote] [--persist-to <folder>]
  Makes the user who signed up with this address an admin.
  --remote      in the deployed database
  --persist-to  in a local one (.dev/state is that of npm start, and the default)`;
const ROOT = fileURLToPath(new URL("..", import.meta.url));

const output = z.array(
  z.looseObject({ results: z.array(z.looseObject({ role: z.string().optional() })) }),
);

/** Runs statements in the D1 database that wrangler.toml binds as DB. */
function execute(statements: readonly string[], target: readonly string[]) {
  const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  const command = `${statements.join(";\n")};`;
  const args = [wrangler, "d1", "execute", "DB", ...target, "--yes", "--json", "--command"];
  const run = spawnSync(process.execPath, [...args, command], { cwd: ROOT, encoding: "utf8" });
  if (run.status !== 0)
    throw new UserError(
      `The database could not be changed:\n${run.stdout}${run.stderr}${run.error?.message ?? ""}`,
    );
  return output.parse(JSON.parse(run.stdout));
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        remote: { type: "boolean", default: false },
        "persist-to": { type: "string" },
      },
    });
    const { remote, "persist-to": folder } = values;
    const [address, ...more] = positionals;
    if (address === undefined || more.length > 0) throw new Error("Name one address.");
    if (remote && folder !== undefined) throw new Error("--persist-to is for the local database.");
    return { address, remote, folder };
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function makeAdmin(): void {
  const { address, remote, folder } = readArguments();
  const state = folder === undefined ? join(ROOT, ".dev/state") : resolve(folder);
  const results = execute(
    adminSql(address, Date.now()),
    remote ? ["--remote"] : ["--local", "--persist-to", state],
  );
  if (results.at(-1)?.results[0]?.role !== "admin")
    throw new UserError(`Nobody has signed up with ${address}. Sign up first.`);
  console.log(`${address} is an admin. They may have to sign in again.`);
}

try {
  makeAdmin();
} catch (error) {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = 1;
}
