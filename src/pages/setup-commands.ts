import type { SetupProblem } from "../errors.ts";
import { isSecretSetting } from "../setup-problems.ts";

const MIGRATE = "npx wrangler d1 migrations apply DB";
const LOAD = "npm run catalog -- default";

/**
 * Returns the commands that fix what is missing or wrong, in their order.
 * @param isLocal whether it is the Worker of `npx wrangler dev`, and not a deployed one
 */
export function setupCommands(problems: readonly SetupProblem[], isLocal: boolean): string[] {
  const names = problems.map(({ name }) => name);
  const settings = names.filter((name) => name !== "migrations" && name !== "catalog");
  const lines: string[] = [];
  if (isLocal) {
    if (settings.length > 0)
      lines.push(
        "cp -n .dev.vars.example .dev.vars",
        `# in .dev.vars: ${settings.map((name) => `${name}=…`).join("  ")}`,
      );
    if (names.includes("migrations")) lines.push(`${MIGRATE} --local`);
    if (names.includes("catalog")) lines.push(`${LOAD} --persist-to .wrangler/state`);
    return settings.length > 0 ? [...lines, "npx wrangler dev"] : lines;
  }
  const vars = settings.filter((name) => !isSecretSetting(name));
  for (const name of settings.filter((name) => isSecretSetting(name)))
    lines.push(`npx wrangler secret put ${name}`);
  if (vars.length > 0)
    lines.push(`# in wrangler.toml, under [vars]: ${vars.join(", ")}`, "npm run deploy");
  if (names.includes("migrations")) lines.push(`${MIGRATE} --remote`);
  if (names.includes("catalog")) lines.push(`${LOAD} --remote`);
  return lines;
}
