import { readdirSync, readFileSync } from "node:fs";

/** A process of this machine. `startedAt` distinguishes it from a later one with the same pid. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly startedAt: string;
}

/**
 * Reads `/proc/<pid>/stat` (proc(5)): after the name in parentheses come state, parent, and the
 * start time as the 20th field.
 */
function readProcess(pid: number): ProcessInfo | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended; only its parent has not collected it.
    return fields[0] === "Z"
      ? null
      : { pid, parent: Number(fields[1]), startedAt: fields[19] ?? "" };
  } catch {
    return null;
  }
}

const listProcesses = (): readonly ProcessInfo[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);

/** Lists a process and all its descendants. Returns an empty list on a system without `/proc`. */
export function descendants(pid: number): readonly ProcessInfo[] {
  if (process.platform !== "linux") return [];
  const all = listProcesses();
  const family = all.filter((one) => one.pid === pid);
  for (const member of family) family.push(...all.filter((one) => one.parent === member.pid));
  return family;
}

const commandOf = ({ pid }: ProcessInfo): string => {
  try {
    return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`;
  } catch {
    return String(pid);
  }
};

/**
 * Waits a second for the processes to end, kills those that still run, and returns their commands.
 */
export async function killLeftovers(family: readonly ProcessInfo[]): Promise<readonly string[]> {
  const left = () => family.filter((one) => readProcess(one.pid)?.startedAt === one.startedAt);
  for (let tries = 0; tries < 20 && left().length > 0; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return left().map((one) => {
    const command = commandOf(one);
    process.kill(one.pid, "SIGKILL");
    return command;
  });
}
