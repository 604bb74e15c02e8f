import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXAMPLE_SETTINGS } from "../src/example-settings.ts";
import { readDevVars, settingsPath } from "./options.ts";

/** A file of settings without the values that `.dev.vars.example` has. */
interface OwnSettings {
  readonly devVars: Readonly<Record<string, string | undefined>>;
  /** The file for wrangler to read; null where it reads `.dev.vars` by itself. */
  readonly file: string | null;
}

/**
 * Reads the settings in `.dev.vars`, or in the file that takes its place, as if those that still
 * have their example's value were not set: `npm start` has better ones. wrangler then gets a copy
 * without them, since what its file says wins.
 */
export function readOwnSettings(settingsFile: string | null, stateFolder: string): OwnSettings {
  const devVars = readDevVars(settingsFile);
  const isExample = (name: string): boolean =>
    Object.hasOwn(EXAMPLE_SETTINGS, name) && devVars[name] === EXAMPLE_SETTINGS[name];
  if (!Object.keys(devVars).some(isExample)) return { devVars, file: settingsFile };
  const lines = readFileSync(settingsPath(settingsFile), "utf8").split("\n");
  const kept = lines.filter(
    (line) => !isExample(/^\s*(?:export\s+)?(\w+)\s*=/.exec(line)?.[1] ?? ""),
  );
  mkdirSync(stateFolder, { recursive: true });
  const file = join(stateFolder, "settings.vars");
  writeFileSync(file, kept.join("\n"), { mode: 0o600 });
  return {
    devVars: Object.fromEntries(Object.entries(devVars).filter(([name]) => !isExample(name))),
    file,
  };
}
