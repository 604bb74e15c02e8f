import { fileURLToPath } from "node:url";
import { fetched } from "../machine/fetched.ts";
import { type Program, start } from "../machine/processes.ts";
import { freePort } from "../machine/scratch.ts";
import { awaitAnswer } from "../machine/workerd.ts";

const LOOPBACK = fileURLToPath(new URL("./loopback-only.ts", import.meta.url));

/** A gateway that forwards and meters nothing, from npm. Null when it cannot be fetched. */
export async function startPortkey(): Promise<{ program: Program; url: string } | null> {
  const path = await fetched({
    name: "@portkey-ai/gateway",
    version: "1.15.2",
    file: "build/start-server.js",
    // With today's it answers 500 to every stream.
    overrides: { "@hono/node-server": "1.3.3" },
  });
  if (path === null) return null;
  const port = await freePort();
  const program = start("Portkey", process.execPath, ["--import", LOOPBACK, path, `--port=${port}`, "--headless"], {
    NODE_ENV: "production",
  });
  const url = `http://127.0.0.1:${port}`;
  await awaitAnswer(program, url);
  return { program, url };
}

/** Tells Portkey where to forward to. */
export const portkeyHeaders = (upstreamPort: number): Record<string, string> => ({
  "x-portkey-provider": "openai",
  "x-portkey-custom-host": `http://127.0.0.1:${upstreamPort}/v1`,
});
