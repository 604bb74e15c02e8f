import { benchmark } from "./benchmark.ts";
import { killAll, stopAll } from "./machine/processes.ts";
import { removeScratch } from "./machine/scratch.ts";
import { readPlan, USAGE } from "./options.ts";

const PARENT_EVERY_MS = 500;

// Whatever ends this process, no program that it started outlives it.
process.once("exit", () => {
  killAll();
  removeScratch();
});
let stopping = false;
function stop(): void {
  if (stopping) process.exit(1);
  stopping = true;
  console.log("\nEnding …");
  stopAll().then(
    () => process.exit(130),
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
}, PARENT_EVERY_MS);
watch.unref();

try {
  const plan = readPlan(process.argv.slice(2));
  if (plan === null) console.log(USAGE);
  else await benchmark(plan);
} catch (error) {
  if (!stopping) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
} finally {
  await stopAll();
}
