import { parseArgs } from "node:util";
import { serve } from "@hono/node-server";
import { issuerApp } from "./app.ts";
import { LocalIssuer } from "./issuer.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "12115" },
    "client-id": { type: "string", default: "farebox" },
    "client-secret": { type: "string", default: "local-issuer-secret" },
    "redirect-uri": { type: "string", multiple: true, default: [] },
  },
});
const issuer = new LocalIssuer({
  issuer: `http://127.0.0.1:${values.port}`,
  client: {
    id: values["client-id"],
    secret: values["client-secret"],
    redirectUris: values["redirect-uri"],
  },
});
const server = serve(
  { fetch: issuerApp(issuer).fetch, hostname: "127.0.0.1", port: Number(values.port) },
  ({ port }) => console.log(`local issuer on http://127.0.0.1:${port}`),
);
server.on("error", (error) => {
  console.error(`The issuer cannot listen on 127.0.0.1:${values.port}: ${error.message}`);
  process.exit(1);
});
