import { z } from "zod";
import { bundleSize } from "../machine/build.ts";
import { floorConfig } from "../machine/config.ts";
import { folder, freePort } from "../machine/scratch.ts";
import { fileLimit, openFiles, residentMb } from "../machine/usage.ts";
import { serve } from "../machine/workerd.ts";
import type { Plan } from "../options.ts";
import { median, type Results } from "../report/results.ts";
import { callLab, makeUsers, prepareAccounts, runFarebox, type Stage } from "./stage.ts";

type Scale = Results["scale"];
type Log = (line: string) => void;

const ROUNDS = 5;

/**
 * Measures the time of authorize and settle, called inside the account's own object, by the number
 * of entries in its ledger.
 */
export async function measureLongLedgers(
  stage: Stage,
  plan: Plan,
  log: Log,
): Promise<Scale["ledgers"]> {
  const { storage } = await prepareAccounts(stage, "long", plan.ledgerSizes.length);
  const running = await runFarebox(stage, "long ledgers", storage, "lab");
  for (const [user, entries] of plan.ledgerSizes.entries()) {
    await callLab(running, `age?user=${user}&entries=${entries}`, z.null());
    const last = await callLab(running, `chats?user=${user}&count=${plan.ledgerChats}`, z.number());
    if (last < entries) throw new Error(`The ledger of ${entries} entries has ${last}.`);
  }
  const durations: number[][] = plan.ledgerSizes.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const user of plan.ledgerSizes.keys()) {
      const startedAt = performance.now();
      await callLab(running, `chats?user=${user}&count=${plan.ledgerChats}`, z.number());
      durations[user]?.push(((performance.now() - startedAt) * 1000) / plan.ledgerChats);
    }
  }
  await running.program.stop();
  const ledgers = plan.ledgerSizes.map((entries, index) => ({
    entries,
    chatUs: median(durations[index] ?? []),
  }));
  for (const { entries, chatUs } of ledgers)
    log(`${entries} entries in the ledger: ${chatUs.toFixed(0)} µs a chat`);
  return ledgers;
}

/** workerd keeps this many files open for each object in memory, and some for itself. */
const FILES_EACH = 3;
const OWN_FILES = 500;

/** Measures the cost of an account in memory. */
export async function measureResidentAccounts(
  stage: Stage,
  plan: Plan,
  log: Log,
): Promise<Scale["resident"]> {
  const accountLimit = Math.floor((fileLimit() - OWN_FILES) / FILES_EACH);
  const accounts = Math.min(plan.residentAccounts, accountLimit);
  if (accounts < plan.residentAccounts)
    log(`only ${accounts} accounts: this machine lets a process open ${fileLimit()} files`);
  const running = await runFarebox(stage, "resident accounts", folder("objects/resident"), "lab");
  const first = 50;
  await makeUsers(running, first);
  const { pid } = running.program;
  const before = { mb: residentMb(pid), files: openFiles(pid) };
  await makeUsers(running, accounts);
  const added = accounts - first;
  const kbEach = ((residentMb(pid) - before.mb) * 1024) / added;
  const filesEach = (openFiles(pid) - before.files) / added;
  await running.program.stop();
  log(
    `${accounts} accounts in memory: ${kbEach.toFixed(0)} KB ` +
      `and ${filesEach.toFixed(1)} open files each`,
  );
  return { accounts, kbEach, filesEach };
}

/**
 * Measures the time from the start of a process to its first answer, and the size of the upload.
 */
export async function measureStartUp(
  stage: Stage,
  plan: Plan,
  storage: string,
  log: Log,
): Promise<Scale["start"]> {
  const { bundles, upstreamPort } = stage;
  const durations: { farebox: number[]; floor: number[] } = { farebox: [], floor: [] };
  for (let n = 0; n < plan.starts; n++) {
    let startedAt = performance.now();
    const port = await freePort();
    const floor = await serve(
      "floor start",
      floorConfig(bundles, { storage: folder("objects/start"), port, upstreamPort }),
      port,
    );
    durations.floor.push(performance.now() - startedAt);
    await floor.stop();
    startedAt = performance.now();
    const farebox = await runFarebox(stage, "farebox start", storage, "ships");
    durations.farebox.push(performance.now() - startedAt);
    await farebox.program.stop();
  }
  const { kib, gzipKib } = bundleSize(bundles.farebox);
  const start = {
    fareboxMs: median(durations.farebox),
    floorMs: median(durations.floor),
    bundleKib: kib,
    gzipKib,
  };
  log(
    `first answer after ${start.fareboxMs.toFixed(0)} ms, ` +
      `the floor's after ${start.floorMs.toFixed(0)} ms; ${gzipKib.toFixed(0)} KiB gzipped`,
  );
  return start;
}
