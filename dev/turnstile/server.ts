import { parseArgs } from "node:util";
import { serve } from "@hono/node-server";
import { turnstileApp } from "./app.ts";
import { LocalTurnstile } from "./turnstile.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "12114" },
    "site-key": { type: "string", default: "" },
    "secret-key": { type: "string", default: "" },
  },
});
const turnstile = new LocalTurnstile(values["site-key"], values["secret-key"]);
const server = serve(
  { fetch: turnstileApp(turnstile).fetch, hostname: "127.0.0.1", port: Number(values.port) },
  ({ port }) => console.log(`local Turnstile on http://127.0.0.1:${port}`),
);
server.on("error", (error) => {
  console.error(`Turnstile cannot listen on 127.0.0.1:${values.port}: ${error.message}`);
  process.exit(1);
});
