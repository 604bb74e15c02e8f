import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The folder for programs from npm, kept from one run to the next. */
export const CACHE = join(ROOT, "node_modules/.cache/farebox-bench");

const MEMORY = "/dev/shm";

/** A folder for this run, in memory if the system has such a place, so that no disk is measured. */
export const scratch: string = mkdtempSync(
  join(existsSync(MEMORY) ? MEMORY : tmpdir(), "farebox-bench-"),
);

export const inMemory: boolean = scratch.startsWith(MEMORY);

/** Creates a folder in the scratch folder. */
export function folder(name: string): string {
  const path = join(scratch, name);
  mkdirSync(path, { recursive: true });
  return path;
}

export const removeScratch = (): void => rmSync(scratch, { recursive: true, force: true });

/** Returns a free port of the loopback address. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null
          ? resolve(address.port)
          : reject(new Error("no port")),
      );
    });
  });

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
