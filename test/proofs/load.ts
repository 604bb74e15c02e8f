import { residentMb } from "../../bench/machine/usage.ts";
import { recordProof } from "../../dev/proofs/record.ts";
import { type Books, newBuyer, readBooks } from "../journeys/support/person.ts";
import { auditChats, type Chatter, chatUntil } from "./support/chats.ts";
import { Checks } from "./support/checks.ts";
import { pause } from "./support/keyed-request.ts";
import { measureRequests, quantile } from "./support/measured-fetch.ts";
import { Operator } from "./support/operator.ts";
import { readProofOptions } from "./support/options.ts";
import { PlainWorker } from "./support/plain-worker.ts";
import { type Random, random } from "./support/random.ts";
import { prepareShop, sell } from "./support/sales.ts";
import { auditStoredTurns, auditTurnCharges, type Talker, talkUntil } from "./support/turns.ts";

const CHATTERS = 6;
const TALKERS = 2;
const READERS = 2;
/** Between two sales, or two readings of one user, at most. */
const PAUSE_MAX_MS = 2000;
const SAMPLE_EVERY_MS = 2000;
const MINUTE_MS = 60_000;
const HEAL_ROUNDS_MAX = 30;
/** More than anybody uses up: the cap of a reply that cannot be paid would be the balance. */
const CREDITS = 100_000;
/** What memory may grow by from the third minute to the last. */
const GROWTH_MAX = 1.15;
const PATHS = [
  "/v1/models",
  "/api/plans/active",
  "/api/usage",
  "/api/credits/ledger",
  "/",
  "/docs",
];
const CHAT = "POST /v1/chat/completions";
const TURN = "POST /api/conversations/:id/messages";
const isChatOrTurn = (kind: string): boolean => kind === CHAT || kind === TURN;

const startedAtMs = Date.now();
const options = readProofOptions({ minutes: 10 });
const { seed } = options;
const minutes = options.number("minutes");
console.log(`${minutes} minutes, seed ${seed}`);

const worker = await PlainWorker.start({ broken: options.broken });
const operator = new Operator(worker.url, worker.adminEmail);
const measurements = measureRequests(worker.url);
const draws = random(seed);

/** The memory of the Worker's process at a time since the load began. */
interface Sample {
  readonly atMs: number;
  readonly mb: number;
}

async function sampleUntil(signal: AbortSignal): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const beganAtMs = Date.now();
  while (!signal.aborted) {
    samples.push({ atMs: Date.now() - beganAtMs, mb: residentMb(worker.pid) });
    await pause(SAMPLE_EVERY_MS);
  }
  return samples;
}

async function sellUntil(numbers: Random, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sell(worker.url, numbers.next() < 0.3 ? "subscription" : "pack");
    await pause(numbers.int(0, PAUSE_MAX_MS));
  }
}

async function readUntil(key: string, numbers: Random, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const reply = await fetch(`${worker.url}${numbers.pick(PATHS)}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    await reply.text();
    await pause(numbers.int(0, PAUSE_MAX_MS / 10));
  }
}

async function runCronUntil(signal: AbortSignal): Promise<void> {
  for (let nextAtMs = Date.now() + MINUTE_MS; !signal.aborted; await pause(500)) {
    if (Date.now() < nextAtMs) continue;
    nextAtMs += MINUTE_MS;
    await worker.runCron();
  }
}

const meanMb = (samples: readonly Sample[], fromMs: number, toMs: number): number => {
  const part = samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  return part.reduce((sum, { mb }) => sum + mb, 0) / Math.max(1, part.length);
};

async function prove(): Promise<void> {
  await prepareShop(operator);
  const users = await Promise.all(
    Array.from({ length: CHATTERS + TALKERS }, () => newBuyer(worker.url, "Max")),
  );
  await Promise.all(users.map(({ userId }) => operator.grantCredits(userId, CREDITS)));
  const chatters = users.slice(0, CHATTERS).map((user): Chatter => ({ user, asked: [] }));
  const talkers = users.slice(CHATTERS).map((user): Talker => ({ user, asked: [] }));
  const stopping = new AbortController();
  const { signal } = stopping;
  const sampling = sampleUntil(signal);
  const running = [
    ...chatters.map((one, at) => chatUntil(one, draws.fork(at), signal)),
    ...talkers.map((one, at) => talkUntil(one, draws.fork(100 + at), signal)),
    ...users.slice(0, READERS).map(({ key }, at) => readUntil(key, draws.fork(200 + at), signal)),
    sellUntil(draws.fork(300), signal),
    runCronUntil(signal),
  ];
  const lengthMs = minutes * MINUTE_MS;
  await Promise.race([pause(lengthMs), ...running]);
  stopping.abort();
  await Promise.all(running);
  const samples = await sampling;
  const books = await Promise.all(users.map(readBooks));
  const stored = await Promise.all(talkers.map(auditStoredTurns));
  // Stripe delivers one event after another, and may be behind.
  let drift = await operator.listDrift();
  for (let round = 0; round < HEAL_ROUNDS_MAX && drift.length > 0; round += 1) {
    await pause(2000);
    await worker.runCron();
    drift = await operator.listDrift();
  }

  const bookOf = (at: number): Pick<Books, "chats"> => books[at] ?? { chats: [] };
  const audits = [
    ...chatters.map((one, at) => auditChats(one, bookOf(at))),
    ...talkers.map((one, at) => auditTurnCharges(one, bookOf(CHATTERS + at))),
  ];
  const thirdMinuteMb = meanMb(samples, 2 * MINUTE_MS, 3 * MINUTE_MS);
  const lastMinuteMb = meanMb(samples, lengthMs - MINUTE_MS, lengthMs);
  const waitsMs = measurements.get(CHAT)?.waitsMs ?? [];
  const failed = [...measurements].flatMap(([kind, { statuses }]) =>
    [...statuses].flatMap(([status, times]) =>
      status >= 500 || (status >= 400 && isChatOrTurn(kind))
        ? [`${kind} answers ${status} ${times} times`]
        : [],
    ),
  );
  const requests = [...measurements.values()].reduce((sum, one) => sum + one.waitsMs.length, 0);

  const checks = new Checks();
  checks.report("no request fails with a 5xx, and no chat is refused", failed);
  checks.report(
    "memory stays flat from the third minute on",
    lastMinuteMb <= thirdMinuteMb * GROWTH_MAX
      ? []
      : [`${thirdMinuteMb.toFixed(0)} MB in the third minute, ${lastMinuteMb.toFixed(0)} at last`],
  );
  checks.report(
    "every chat and turn is answered and charged exactly once",
    audits.flatMap(({ problems, unchargedAtMs }) => [
      ...problems,
      ...unchargedAtMs.map((atMs) => `answered at ${new Date(atMs).toISOString()}, not charged`),
    ]),
  );
  checks.report("every answered turn is stored once, as it was sent", stored.flat());
  checks.report("the drift report is clean", drift);
  const counts = {
    minutes,
    requests,
    chats: waitsMs.length,
    "ms to the head of a chat's answer, p50": Math.round(quantile(waitsMs, 0.5)),
    "ms to the head of a chat's answer, p99": Math.round(quantile(waitsMs, 0.99)),
    "MB of memory, third minute": Math.round(thirdMinuteMb),
    "MB of memory, last minute": Math.round(lastMinuteMb),
  };
  console.log(counts);
  console.log(
    `  MB by half minute: ${Array.from({ length: Math.ceil(minutes * 2) }, (_, at) =>
      Math.round(meanMb(samples, at * 30_000, (at + 1) * 30_000)),
    ).join(" ")}`,
  );
  if (!checks.hold) process.exitCode = 1;
  else if (options.isFull) recordProof("load", { startedAtMs, seed, counts });
}

try {
  await prove();
} finally {
  await worker.stop();
}
