import { parseArgs } from "node:util";

export const USAGE = `Usage: npm run bench -- [--short] [--profile [--as before]] [--rounds <n>]
  (nothing)     everything: about twenty minutes. Writes docs/performance.md, .svg and .json
  --short       under a minute, fewer cases, no profile. Prints, and writes nothing
  --profile     only where a chat's CPU goes (V8). Writes that part of docs/performance.md
  --as before   keeps this profile as the one before a change, to be shown beside the next
  --rounds <n>  how often each case is measured (1 to 20)`;

/** The extent of the measurements. Times are in seconds. */
export interface Plan {
  readonly mode: "full" | "short" | "profile";
  readonly profileAs: "before" | "now";
  readonly rounds: number;
  readonly slotSeconds: number;
  readonly firstByteAsks: number;
  /** The number of chats by a far account. Each takes about a second. */
  readonly farAsks: number;
  readonly ledgerSizes: readonly number[];
  readonly ledgerChats: number;
  readonly residentAccounts: number;
  readonly starts: number;
}

const FULL = {
  rounds: 5,
  slotSeconds: 4,
  firstByteAsks: 400,
  farAsks: 60,
  ledgerSizes: [1000, 100_000, 1_000_000],
  ledgerChats: 3000,
  residentAccounts: 10_000,
  starts: 5,
};
const SHORT = {
  rounds: 2,
  slotSeconds: 1,
  firstByteAsks: 60,
  farAsks: 8,
  ledgerSizes: [1000, 20_000],
  ledgerChats: 500,
  residentAccounts: 500,
  starts: 1,
};

/**
 * Reads the command line. Returns null for `--help`.
 * @throws for invalid options
 */
export function readPlan(args: readonly string[]): Plan | null {
  const options = {
    short: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
    as: { type: "string", default: "now" },
    rounds: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return null;
  const { as } = values;
  if (as !== "now" && as !== "before") throw new Error(`--as takes before or now.\n${USAGE}`);
  const mode = values.profile ? "profile" : values.short ? "short" : "full";
  const base = values.short ? SHORT : FULL;
  const rounds = Number(values.rounds ?? base.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 20)
    throw new Error(`--rounds takes 1 to 20.\n${USAGE}`);
  return { mode, profileAs: as, ...base, rounds };
}
