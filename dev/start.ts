import { relative } from "node:path";
import { answers, Children } from "./children.ts";
import { greeting } from "./greeting.ts";
import { readKept, writeKept } from "./kept.ts";
import { neededPorts, readChosen, readOptions, readPorts, USAGE } from "./options.ts";
import { newPerson, welcome } from "./people.ts";
import { portTrouble } from "./ports.ts";
import { programs } from "./programs.ts";
import { digestOf, readCatalog } from "./read-catalog.ts";
import { LOCAL_STRIPE_KEY, localSettings } from "./settings.ts";
import { Trouble } from "./trouble.ts";

const CRON_EVERY_MS = 60_000;
const PARENT_EVERY_MS = 500;

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

const shortPath = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
};

/** Does what Cloudflare does and wrangler does not: runs the Worker's cron every minute. */
function runCronEveryMinute(workerUrl: string): void {
  const run = (): void => {
    fetch(`${workerUrl}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*`).then(
      (reply) => reply.text(),
      () => {}, // the Worker is being built anew after a change of its code: the next minute will do
    );
  };
  setInterval(run, CRON_EVERY_MS).unref();
}

async function start(children: Children): Promise<void> {
  const startedAt = Date.now();
  const options = readOptions();
  const { stateFolder } = options;
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const ports = readPorts();
  const kept = readKept(stateFolder);
  const catalogName = options.catalog ?? kept.catalogName;
  const digest = digestOf(await readCatalog(catalogName));
  const settings = localSettings(readChosen(options.settingsFile), kept.secrets, ports);
  const trouble = await portTrouble(neededPorts(settings, ports));
  if (trouble !== null) throw new Trouble(trouble);
  writeKept(stateFolder, kept);

  const program = programs(settings, ports, options);
  const workerUrl = `http://127.0.0.1:${ports.worker}`;
  const ready: (() => Promise<void>)[] = [() => answers("Worker", `${workerUrl}/v1/models`)];
  if (settings.localStripe) {
    children.keep(program.stripe);
    const url = `http://127.0.0.1:${ports.stripe}/v1/events?limit=1`;
    ready.push(() => answers("local Stripe", url, bearer(LOCAL_STRIPE_KEY)));
  }
  if (settings.localModel) {
    children.keep(program.model);
    const url = `http://127.0.0.1:${ports.model}/v1/models`;
    ready.push(() => answers("local model", url, bearer(settings.modelKey)));
  }
  // It opens its database at the first request, so it may get ready while the tables are made.
  children.keep(program.worker);
  await children.run(program.migration);
  // Once only: what an admin changed since then stays.
  if (kept.catalogDigest !== digest)
    await children.run(program.catalog(catalogName, kept.catalogName !== catalogName));
  kept.catalogDigest = digest;
  kept.catalogName = catalogName;
  await Promise.all(ready.map((answer) => answer()));

  kept.demo = await welcome(workerUrl, kept.demo);
  if (settings.adminEmail !== undefined) {
    const known = kept.admin?.email === settings.adminEmail ? kept.admin : null;
    kept.admin = await welcome(workerUrl, known ?? newPerson(settings.adminEmail));
  }
  writeKept(stateFolder, kept);
  runCronEveryMinute(workerUrl);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  const { demo, admin } = kept;
  console.log(
    greeting({ settings, ports, demo, admin, stateFolder: shortPath(stateFolder), seconds }),
  );
  await children.trouble;
}

const children = new Children();
let asked = false;

/** Ends everything in good order, or by force for a person who presses Ctrl-C again. */
function end(signal?: NodeJS.Signals): void {
  if (asked && signal === "SIGINT") {
    children.kill();
    process.exit(1);
  }
  if (asked) return;
  asked = true;
  console.log("\nEnding…");
  children.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);

// npm runs this in a shell, and passes a SIGTERM on to that shell alone.
const { ppid } = process;
const watch = setInterval(() => {
  if (process.env["npm_lifecycle_event"] === undefined || process.ppid === ppid) return;
  clearInterval(watch);
  end();
}, PARENT_EVERY_MS);
watch.unref();

try {
  await Promise.race([children.trouble, start(children)]);
} catch (error) {
  if (!asked) {
    console.error(error instanceof Trouble ? error.message : error);
    await children.stop();
    process.exitCode = 1;
  }
}
