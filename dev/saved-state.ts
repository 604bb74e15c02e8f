import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { newPerson, person } from "./people.ts";
import type { Secrets } from "./settings.ts";
import { UserError } from "./user-error.ts";

const schema = z.object({
  secrets: z.object({ jwtSecret: z.string(), webhookSecret: z.string() }),
  demo: person,
  admin: person.nullable(),
  /** The digest of the catalog as it was loaded. */
  catalogDigest: z.string().nullable(),
  /** The name of the catalog as it was loaded. */
  catalogName: z.string().default("default"),
});

/** The state that one start saves for the next, beside the databases. */
export type SavedState = z.infer<typeof schema>;

const newSecrets = (): Secrets => ({
  jwtSecret: randomBytes(32).toString("hex"),
  webhookSecret: `whsec_${randomBytes(24).toString("hex")}`,
});

const statePath = (folder: string): string => join(folder, "kept.json");

/**
 * Reads the state of an earlier start, or creates a new one. A file that cannot be read is an
 * error, because its secrets are in use.
 */
export function readSavedState(folder: string): SavedState {
  mkdirSync(folder, { recursive: true });
  let text: string;
  try {
    text = readFileSync(statePath(folder), "utf8");
  } catch {
    return {
      secrets: newSecrets(),
      demo: newPerson("demo@farebox.local"),
      admin: null,
      catalogDigest: null,
      catalogName: "default",
    };
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new UserError(`${statePath(folder)} is damaged. Remove ${folder} to begin anew.`);
  }
}

/** Saves the state for the next start, readable only by this user. */
export function writeSavedState(folder: string, state: SavedState): void {
  writeFileSync(statePath(folder), `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
}
