import { execFileSync } from "node:child_process";
import { z } from "zod";
import { timeFirstBytes } from "./drive/first-byte.ts";
import { type Driver, findDriver } from "./drive/load.ts";
import { inMemory, ROOT } from "./machine/scratch.ts";
import { machine } from "./machine/usage.ts";
import { cases, JSON_BODY, MAX_USERS, SSE_BODY } from "./measure/cases.ts";
import { countCosts } from "./measure/counts.ts";
import { measureFarAccount } from "./measure/far-account.ts";
import { profileChats } from "./measure/profile.ts";
import { type Rounds, runRounds } from "./measure/rounds.ts";
import { measureLongLedgers, measureResidentAccounts, measureStartUp } from "./measure/scale.ts";
import {
  callLab,
  prepareAccounts,
  runFarebox,
  type Stage,
  setUpStage,
  startTargets,
  type Target,
} from "./measure/stage.ts";
import type { Plan } from "./options.ts";
import { readResults, writeDocuments } from "./report/documents.ts";
import { median, type Results } from "./report/results.ts";
import { profileSummary, summary } from "./report/summary.ts";
import { CHAT_MICROCREDITS } from "./upstream/replies.ts";

type Log = (line: string) => void;

/** The number of requests to each target before the first byte is timed. */
const FIRST_BYTE_WARMUP = 20;

const startedAt = performance.now();
const log: Log = (line) =>
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(5)} s  ${line}`);

const runCommand = (command: string, args: readonly string[]): string =>
  execFileSync(command, args, { cwd: ROOT, encoding: "utf8" }).trim();

/** Measures the upstream by itself, since it must not limit what is measured. */
async function measureUpstream(
  stage: Stage,
  driver: Driver,
  plan: Plan,
  slots: Results["slots"],
): Promise<Results["upstream"]> {
  const measured: Results["upstream"] = [];
  for (const [title, body, kind] of [
    ["JSON", JSON_BODY, /^json/],
    ["SSE", SSE_BODY, /^sse/],
  ] as const) {
    const url = `http://127.0.0.1:${stage.upstreamPort}/v1/chat/completions`;
    const { answers, seconds } = await driver.drive({
      url,
      headers: {},
      keys: ["none"],
      body,
      connections: 16,
      seconds: plan.slotSeconds,
    });
    const samples = slots.filter(({ id }) => kind.test(id)).flatMap((slot) => slot.samples);
    const fastestMeasured = Math.max(...samples.map((sample) => sample.perSecond));
    const perSecond = answers / seconds;
    measured.push({ title, perSecond, fastestMeasured });
    log(
      `upstream, ${title}: ${perSecond.toFixed(0)}/s by itself, ` +
        `${(perSecond / fastestMeasured).toFixed(1)} × the fastest measured`,
    );
  }
  return measured;
}

const formatMs = (value: number): string => `${value.toFixed(2)} ms`;

async function measureFirstByte(
  targets: readonly Target[],
  key: string,
  plan: Plan,
): Promise<Results["firstByte"]> {
  const names = ["floor", "rpc", "farebox"] as const;
  const requests = names.flatMap((name) => {
    const target = targets.find((target) => target.name === name);
    return target === undefined
      ? []
      : [{ url: target.url, headers: { authorization: `Bearer ${key}` }, body: SSE_BODY }];
  });
  await timeFirstBytes(requests, FIRST_BYTE_WARMUP);
  const [floor = [], rpc = [], farebox = []] = await timeFirstBytes(requests, plan.firstByteAsks);
  const addedMs = (times: readonly number[]): number =>
    median(times.map((ms, index) => ms - (floor[index] ?? Number.NaN)));
  const measured = {
    floorMs: median(floor),
    rpcAddsMs: addedMs(rpc),
    fareboxAddsMs: addedMs(farebox),
  };
  log(
    `first byte at 1 connection: floor ${formatMs(measured.floorMs)}, ` +
      `a bare RPC adds ${formatMs(measured.rpcAddsMs)}, ` +
      `Farebox ${formatMs(measured.fareboxAddsMs)}`,
  );
  return measured;
}

/** Checks every account afterwards: all answered chats were charged, and nothing is held. */
async function auditCharges(
  stage: Stage,
  storage: string,
  rounds: Rounds,
  others: number,
): Promise<Results["charged"]> {
  const running = await runFarebox(stage, "audit", storage, "lab");
  const { captured, held } = await callLab(
    running,
    `totals?users=${MAX_USERS}`,
    z.object({ captured: z.number(), held: z.number() }),
  );
  await running.program.stop();
  const answers = rounds.fareboxAnswers + others;
  const chargedChats = captured / CHAT_MICROCREDITS;
  log(
    `${answers} chats were answered in full, ${chargedChats.toFixed(0)} charged; ` +
      `${held} microcredits are still held`,
  );
  if (chargedChats < answers) throw new Error("Some chats were not charged.");
  return { answers, cut: rounds.fareboxCut, chargedChats, heldMicrocredits: held };
}

/** Runs all measurements of the plan and reports them. */
export async function benchmark(plan: Plan): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const before = machine();
  log(
    `on ${before.cpu}, ${before.cores} cores, load ${before.loadBefore.toFixed(2)}; ` +
      "building the Worker that ships",
  );
  const stage = await setUpStage();
  const driver = await findDriver();

  if (plan.mode === "profile") {
    const lastResults = readResults();
    const profile = await profileChats(stage, driver, date, log);
    console.log(`\n${profileSummary(profile)}`);
    if (lastResults === null)
      console.log(
        "There is no docs/performance.json of a whole run to add this to: npm run bench.",
      );
    else
      writeDocuments({
        ...lastResults,
        profiles: { ...lastResults.profiles, [plan.profileAs]: profile },
      });
    return;
  }

  const { storage, keys } = await prepareAccounts(stage, "main", MAX_USERS);
  const { targets, stop } = await startTargets(stage, storage);
  const plannedCases = cases(plan);
  const slotCount = plannedCases
    .flatMap((target) => target.connections.map(() => target.targets.length))
    .reduce((sum, n) => sum + n, 0);
  log(
    `${driver.name}; ${plan.rounds} rounds of ${slotCount} loads of ${plan.slotSeconds} s: ` +
      `${((plan.rounds * slotCount * plan.slotSeconds) / 60).toFixed(1)} minutes`,
  );
  const rounds = await runRounds({
    driver,
    keys,
    cases: plannedCases,
    targets,
    rounds: plan.rounds,
    slotSeconds: plan.slotSeconds,
    log,
  });
  const first = await measureFirstByte(targets, keys[0] ?? "", plan);
  const floorUrl = targets.find(({ name }) => name === "floor")?.url;
  if (floorUrl === undefined) throw new Error("The floor is missing.");
  const farAccount = await measureFarAccount(stage, floorUrl, plan);
  log(
    `an account ${farAccount.awayMs} ms away adds ${formatMs(farAccount.overlappedAddsMs)}, ` +
      `in turn ${formatMs(farAccount.inTurnAddsMs)}; asked in vain ` +
      `${farAccount.askedInVain} of ${farAccount.refused} times`,
  );
  await stop();
  const upstream = await measureUpstream(stage, driver, plan, rounds.slots);
  const charged = await auditCharges(
    stage,
    storage,
    rounds,
    plan.firstByteAsks + FIRST_BYTE_WARMUP,
  );
  const counts = await countCosts(stage, log);
  const ledgers = await measureLongLedgers(stage, plan, log);
  const resident = await measureResidentAccounts(stage, plan, log);
  const start = await measureStartUp(stage, plan, storage, log);
  const profiles = { before: null, now: null, ...readResults()?.profiles };
  if (plan.mode === "full") profiles.now = await profileChats(stage, driver, date, log);

  const results: Results = {
    date,
    commit: runCommand("git", ["describe", "--always", "--dirty"]),
    machine: {
      ...before,
      workerd: runCommand("node_modules/.bin/workerd", ["--version"]),
      driver: driver.name,
      inMemory,
    },
    rounds: plan.rounds,
    slotSeconds: plan.slotSeconds,
    upstream,
    slots: rounds.slots,
    firstByte: first,
    farAccount,
    counts,
    charged,
    scale: { ledgers, resident, start },
    profiles,
  };
  console.log(`\n${summary(results)}`);
  if (plan.mode === "full") writeDocuments(results);
}
