import { readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fetchFromNpm } from "../machine/fetch-from-npm.ts";
import { type Program, start } from "../machine/processes.ts";
import { folder, freePort } from "../machine/scratch.ts";
import { awaitAnswer } from "../machine/workerd.ts";

/**
 * Writes the module that keeps a server on the loopback address. It is JavaScript, because older
 * Nodes cannot run TypeScript.
 */
function loopbackOnly(): string {
  const path = join(folder("portkey"), "loopback-only.mjs");
  writeFileSync(
    path,
    stripTypeScriptTypes(readFileSync(new URL("./loopback-only.ts", import.meta.url), "utf8")),
  );
  return path;
}

/** The version of Node in Portkey's own image (`FROM node:20-alpine` in its Dockerfile). */
export const PORTKEY_NODE = "20.20.2";

interface Portkey {
  readonly name: "portkey" | "portkey-new";
  readonly program: Program;
  readonly url: string;
}

async function startPortkey(name: Portkey["name"], node: string, path: string): Promise<Portkey> {
  const port = await freePort();
  const program = start(
    "Portkey",
    node,
    ["--import", loopbackOnly(), path, `--port=${port}`, "--headless"],
    {
      env: { NODE_ENV: "production" },
      quiet: true,
    },
  );
  const url = `http://127.0.0.1:${port}`;
  await awaitAnswer(program, url);
  return { name, program, url };
}

/**
 * Starts a gateway that forwards and meters nothing, from npm, on the Node of its image and on
 * ours. Leaves out what cannot be fetched.
 */
export async function startPortkeys(): Promise<Portkey[]> {
  const path = await fetchFromNpm({
    name: "@portkey-ai/gateway",
    version: "1.15.2",
    file: "build/start-server.js",
    // With the current version it answers 500 to every stream.
    overrides: { "@hono/node-server": "1.3.3" },
  });
  if (path === null) return [];
  const ownNode = await fetchFromNpm({
    name: `node-${process.platform}-${process.arch}`,
    version: PORTKEY_NODE,
    file: "bin/node",
  });
  const own = ownNode === null ? [] : [await startPortkey("portkey", ownNode, path)];
  return [...own, await startPortkey("portkey-new", process.execPath, path)];
}

/** Returns the headers with which Portkey forwards to the upstream. */
export const portkeyHeaders = (upstreamPort: number): Record<string, string> => ({
  "x-portkey-provider": "openai",
  "x-portkey-custom-host": `http://127.0.0.1:${upstreamPort}/v1`,
});
