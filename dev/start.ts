import { relative } from "node:path";
import { ChildProcesses, waitForAnswer } from "./child-processes.ts";
import { readOwnSettings } from "./example-values.ts";
import { emptyGreeting, greeting } from "./greeting.ts";
import { neededPorts, readOptions, readPorts, USAGE, wantsTurnstile } from "./options.ts";
import { newPerson, signInWithKey } from "./people.ts";
import { findPortProblem } from "./ports.ts";
import { programs } from "./programs.ts";
import { catalogDigest, readCatalog } from "./read-catalog.ts";
import { readSavedState, type SavedState, writeSavedState } from "./saved-state.ts";
import {
  LOCAL_STRIPE_KEY,
  type LocalSettings,
  type Ports,
  resolveLocalSettings,
} from "./settings.ts";
import { findSoldModel } from "./sold-model.ts";
import { UserError } from "./user-error.ts";

const CRON_INTERVAL_MS = 60_000;
const PARENT_CHECK_INTERVAL_MS = 500;

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

const shortPath = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
};

/** Runs the Worker's cron every minute, as Cloudflare does. wrangler does not do that locally. */
function runCronEveryMinute(workerUrl: string): void {
  const run = (): void => {
    fetch(`${workerUrl}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*`).then(
      (reply) => reply.text(),
      () => {}, // the Worker is being rebuilt after a change of its code; it runs the next minute
    );
  };
  setInterval(run, CRON_INTERVAL_MS).unref();
}

/** Signs the demo user and the admin in, up at the first start, and keeps them in the state. */
async function signPeopleIn(
  saved: SavedState,
  { adminEmail, localTurnstile }: LocalSettings,
  ports: Ports,
): Promise<void> {
  const workerUrl = `http://127.0.0.1:${ports.worker}`;
  const turnstileUrl = localTurnstile ? `http://127.0.0.1:${ports.turnstile}` : null;
  saved.demo = await signInWithKey(workerUrl, saved.demo, turnstileUrl);
  if (adminEmail === undefined) return;
  const savedAdmin = saved.admin?.email === adminEmail ? saved.admin : null;
  const admin = savedAdmin ?? newPerson(adminEmail);
  saved.admin = await signInWithKey(workerUrl, admin, turnstileUrl);
}

async function start(children: ChildProcesses): Promise<void> {
  const startedAt = Date.now();
  const options = readOptions();
  const { stateFolder } = options;
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const ports = readPorts();
  const saved = readSavedState(stateFolder);
  const catalogName = options.catalog ?? saved.catalogName;
  const digest = catalogDigest(await readCatalog(catalogName));
  const { devVars, file } = readOwnSettings(options.settingsFile, stateFolder);
  const settings = resolveLocalSettings(
    devVars,
    saved.secrets,
    ports,
    wantsTurnstile(),
    catalogName,
    options.empty,
  );
  const portProblem = await findPortProblem(neededPorts(settings, ports));
  if (portProblem !== null) throw new UserError(portProblem);
  writeSavedState(stateFolder, saved);

  const programsToRun = programs(settings, ports, { ...options, settingsFile: file });
  const workerUrl = `http://127.0.0.1:${ports.worker}`;
  const readyChecks: (() => Promise<void>)[] = [
    () => waitForAnswer("Worker", `${workerUrl}/v1/models`),
  ];
  if (settings.localStripe) {
    children.start(programsToRun.stripe);
    const url = `http://127.0.0.1:${ports.stripe}/v1/events?limit=1`;
    readyChecks.push(() => waitForAnswer("local Stripe", url, bearer(LOCAL_STRIPE_KEY)));
  }
  if (settings.localModel) {
    children.start(programsToRun.model);
    const url = `http://127.0.0.1:${ports.model}/v1/models`;
    readyChecks.push(() => waitForAnswer("local model", url, bearer(settings.modelKey)));
  }
  if (settings.localMailbox) {
    children.start(programsToRun.mailbox);
    const url = `http://127.0.0.1:${ports.mailbox}/_local/mails?to=nobody`;
    readyChecks.push(() => waitForAnswer("local mailbox", url));
  }
  if (settings.localTurnstile) {
    children.start(programsToRun.turnstile);
    const url = `http://127.0.0.1:${ports.turnstile}/turnstile/v0/api.js`;
    readyChecks.push(() => waitForAnswer("local Turnstile", url));
  }
  if (settings.localIssuer) {
    children.start(programsToRun.issuer);
    const url = `http://127.0.0.1:${ports.issuer}/.well-known/openid-configuration`;
    readyChecks.push(() => waitForAnswer("local issuer", url));
  }
  // The Worker opens its database at the first request, so it can start while the migrations run.
  children.start(programsToRun.worker);
  await children.run(programsToRun.migration);
  // The catalog is loaded only if it changed, so that an admin's later changes are kept.
  if (!options.empty && saved.catalogDigest !== digest) {
    await children.run(programsToRun.catalog(catalogName, saved.catalogName !== catalogName));
    saved.catalogDigest = digest;
    saved.catalogName = catalogName;
  }
  await Promise.all(readyChecks.map((answer) => answer()));
  if (!options.empty) await signPeopleIn(saved, settings, ports);
  writeSavedState(stateFolder, saved);
  runCronEveryMinute(workerUrl);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  const place = { settings, ports, stateFolder: shortPath(stateFolder), seconds };
  const { demo, admin } = saved;
  console.log(
    options.empty
      ? emptyGreeting(place)
      : greeting({ ...place, demo, admin, model: await findSoldModel(workerUrl) }),
  );
  await children.failure;
}

const children = new ChildProcesses();
let isStopping = false;

/** Stops everything, or kills it if Ctrl-C is pressed a second time. */
function stop(signal?: NodeJS.Signals): void {
  if (isStopping && signal === "SIGINT") {
    children.kill();
    process.exit(1);
  }
  if (isStopping) return;
  isStopping = true;
  console.log("\nEnding…");
  children.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);

// npm runs this script in a shell, and passes a SIGTERM to that shell alone.
const { ppid } = process;
const watch = setInterval(() => {
  if (process.env["npm_lifecycle_event"] === undefined || process.ppid === ppid) return;
  clearInterval(watch);
  stop();
}, PARENT_CHECK_INTERVAL_MS);
watch.unref();

try {
  await Promise.race([children.failure, start(children)]);
} catch (error) {
  if (!isStopping) {
    console.error(error instanceof UserError ? error.message : error);
    await children.stop();
    process.exitCode = 1;
  }
}
