import { readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fetchFromNpm } from "../machine/fetch-from-npm.ts";
import { type Program, start } from "../machine/processes.ts";
import { folder, freePort } from "../machine/scratch.ts";
import { awaitAnswer } from "../machine/workerd.ts";

/** Keeps a server to the loopback address. As JavaScript, since older Nodes read nothing else. */
function loopbackOnly(): string {
  const path = join(folder("portkey"), "loopback-only.mjs");
  writeFileSync(
    path,
    stripTypeScriptTypes(readFileSync(new URL("./loopback-only.ts", import.meta.url), "utf8")),
  );
  return path;
}

/** What Portkey's own image runs it by (`FROM node:20-alpine` in its Dockerfile). */
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
 * A gateway that forwards and meters nothing, from npm, by the Node of its image and by ours.
 * Without what cannot be fetched.
 */
export async function startPortkeys(): Promise<Portkey[]> {
  const path = await fetchFromNpm({
    name: "@portkey-ai/gateway",
    version: "1.15.2",
    file: "build/start-server.js",
    // With today's it answers 500 to every stream.
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

/** Tells Portkey where to forward to. */
export const portkeyHeaders = (upstreamPort: number): Record<string, string> => ({
  "x-portkey-provider": "openai",
  "x-portkey-custom-host": `http://127.0.0.1:${upstreamPort}/v1`,
});
