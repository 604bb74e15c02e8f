import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { serve } from "@hono/node-server";
import { z } from "zod";
import { mailboxApp } from "./app.ts";
import { type KeptMail, keptMail, Mailbox } from "./mailbox.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "12113" },
    "api-key": { type: "string", default: "re_local" },
    state: { type: "string" },
  },
});
const { state } = values;

/** Writes all mails: a process killed in the middle leaves the old file. */
function keep(mails: readonly KeptMail[]): void {
  if (state === undefined) return;
  mkdirSync(dirname(state), { recursive: true });
  writeFileSync(`${state}.next`, JSON.stringify(mails));
  renameSync(`${state}.next`, state);
}

const before =
  state !== undefined && existsSync(state)
    ? z.array(keptMail).parse(JSON.parse(readFileSync(state, "utf8")))
    : [];
const mailbox = new Mailbox(values["api-key"], before, keep);
const server = serve(
  { fetch: mailboxApp(mailbox).fetch, hostname: "127.0.0.1", port: Number(values.port) },
  ({ port }) => console.log(`local mailbox on http://127.0.0.1:${port}`),
);
server.on("error", (error) => {
  console.error(`The mailbox cannot listen on 127.0.0.1:${values.port}: ${error.message}`);
  process.exit(1);
});
