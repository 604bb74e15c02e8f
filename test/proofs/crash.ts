import { Stripe } from "stripe";
import { recordProof } from "../../dev/proofs/record.ts";
import { LOCAL_STRIPE_KEY } from "../../dev/settings.ts";
import { type Books, buy, newBuyer, readBooks } from "../journeys/support/person.ts";
import { auditChats, type ChatAudit, type Chatter, chatUntil } from "./support/chats.ts";
import { Checks } from "./support/checks.ts";
import { pause } from "./support/keyed-request.ts";
import { Operator } from "./support/operator.ts";
import { readProofOptions } from "./support/options.ts";
import { PlainWorker } from "./support/plain-worker.ts";
import { type Random, random } from "./support/random.ts";
import {
  findSaleProblem,
  prepareShop,
  readSaleAtStripe,
  refundAtStripe,
  type Sale,
  type SaleAtStripe,
  sell,
} from "./support/sales.ts";
import { auditStoredTurns, auditTurnCharges, type Talker, talkUntil } from "./support/turns.ts";

const CHATTERS = 4;
const TALKERS = 2;
const SELLERS = 2;
/** The shortest that is allowed, so that holds of killed Workers expire during the run. */
const HOLD_TTL_SECONDS = 60;
/** How long after its answer a chat may still be on its way into the books. */
const NEAR_A_KILL_MS = 1000;
const HEAL_ROUNDS_MAX = 120;
const LIFE_MAX_MS = 10_000;

const startedAtMs = Date.now();
const options = readProofOptions({ kills: 100 });
const { seed } = options;
const kills = options.number("kills");
console.log(`${kills} kills, seed ${seed}`);

const worker = await PlainWorker.start({
  settings: { HOLD_TTL_SECONDS: String(HOLD_TTL_SECONDS), LOG_CHATS: "false" },
  broken: options.broken,
});
const stripe = new Stripe(LOCAL_STRIPE_KEY, {
  protocol: "http",
  host: "127.0.0.1",
  port: new URL(worker.stripeUrl).port,
});
const operator = new Operator(worker.url, worker.adminEmail);
const draws = random(seed);
const sales: Sale[] = [];
/** Pages opened, payments and refunds so far. */
let saleSteps = 0;

/** Sells one thing after another, each to a new user, and takes some of the money back. */
async function sellUntil(numbers: Random, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const kind = numbers.next() < 0.3 ? "subscription" : "pack";
    const isReturned = kind === "pack" && numbers.next() < 0.4;
    try {
      const sale = await sell(worker.url, kind, (opened) => {
        sales.push(opened);
        saleSteps += 1;
      });
      saleSteps += 1;
      await pause(numbers.int(0, 1500));
      if (!isReturned) continue;
      await refundAtStripe(stripe, sale);
      saleSteps += 1;
    } catch {
      await pause(200); // the Worker is dead
    }
  }
}

interface Life {
  readonly chatters: readonly Chatter[];
  readonly talkers: readonly Talker[];
  readonly killedAtMs: readonly number[];
}

/**
 * Runs the cron, as the platform does: whether it ends or dies with the Worker is its own affair.
 */
function runCronInBackground(): void {
  worker.runCron().catch(() => {}); // what it leaves undone is seen at the end
}

const countAnswers = (users: readonly (Chatter | Talker)[]): number =>
  users.reduce((sum, user) => {
    const answered = user.asked.filter((one: { answered: unknown }) => one.answered !== null);
    return sum + answered.length;
  }, 0);

/** Waits until a count is larger, not for ever: all may be waiting for a killed hold to expire. */
async function waitForMore(count: () => number, more: number): Promise<void> {
  const enough = count() + more;
  const giveUpAtMs = Date.now() + LIFE_MAX_MS;
  while (count() < enough && Date.now() < giveUpAtMs) await pause(5);
}

/** Lets everybody chat, talk and buy while the Worker is killed again and again. */
async function killUnderLoad(): Promise<Life> {
  const users = await Promise.all(
    Array.from({ length: CHATTERS + TALKERS }, () => newBuyer(worker.url, "Max")),
  );
  const chatters = users.slice(0, CHATTERS).map((user): Chatter => ({ user, asked: [] }));
  const talkers = users.slice(CHATTERS).map((user): Talker => ({ user, asked: [] }));
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = [
    ...chatters.map((one, at) => chatUntil(one, draws.fork(at), signal)),
    ...talkers.map((one, at) => talkUntil(one, draws.fork(100 + at), signal)),
    ...Array.from({ length: SELLERS }, (_, at) => sellUntil(draws.fork(200 + at), signal)),
  ];
  const killedAtMs: number[] = [];
  while (killedAtMs.length < kills) {
    // Every other kill comes after a step of a sale: answers alone leave sales no time to finish.
    if (killedAtMs.length % 2 === 1) await waitForMore(() => saleSteps, 1);
    else await waitForMore(() => countAnswers([...chatters, ...talkers]), draws.int(1, 8));
    await pause(draws.int(0, 200));
    killedAtMs.push(Date.now());
    await worker.killWorker();
    await worker.startWorker();
    if (killedAtMs.length % 10 === 0) console.log(`  ${killedAtMs.length} kills`);
    // npm start would run it every minute.
    if (killedAtMs.length % 10 === 0) runCronInBackground();
  }
  await pause(2000);
  stopping.abort();
  await Promise.all(running);
  return { chatters, talkers, killedAtMs };
}

/** Runs the cron until every sale is as Stripe has it. Returns what is still wrong. */
async function heal(atStripe: ReadonlyMap<Sale, SaleAtStripe>) {
  let open = [...atStripe];
  let problems: string[] = [];
  let openAtFirst = 0;
  for (let round = 0; round < HEAL_ROUNDS_MAX; round += 1) {
    const found = await Promise.all(
      open.map(async ([sale, state]) => [sale, state, await findSaleProblem(sale, state)] as const),
    );
    problems = found.flatMap(([, , problem]) => problem ?? []);
    open = found.flatMap(([sale, state, problem]) => (problem === null ? [] : [[sale, state]]));
    if (round === 0) openAtFirst = open.length;
    if (open.length === 0) return { problems, rounds: round, openAtFirst };
    runCronInBackground();
    await pause(1000);
  }
  return { problems, rounds: HEAL_ROUNDS_MAX, openAtFirst };
}

/** Waits for the last holds to expire and returns the books. */
async function readSettledBooks(user: Chatter["user"]): Promise<Books> {
  const giveUpAtMs = Date.now() + 2 * HOLD_TTL_SECONDS * 1000;
  for (;;) {
    const books = await readBooks(user);
    if (books.heldMicrocredits === 0 || Date.now() > giveUpAtMs) return books;
    await pause(1000);
  }
}

async function prove(): Promise<void> {
  await prepareShop(operator);
  const { chatters, talkers, killedAtMs } = await killUnderLoad();
  console.log("  the load is over");
  const states = await Promise.all(sales.map((sale) => readSaleAtStripe(stripe, sale)));
  const atStripe = new Map(
    sales.flatMap((sale, at) => (states[at] === undefined ? [] : [[sale, states[at]]])),
  );
  const healed = await heal(atStripe);
  const users = [...chatters, ...talkers].map(({ user }) => user);
  const books = await Promise.all(users.map(readSettledBooks));
  const stored = await Promise.all(talkers.map(auditStoredTurns));
  // After a purchase more, the accounts still work.
  await Promise.all(users.map((user) => buy(user)));
  const drift = await operator.listDrift();

  const bookOf = (at: number): Books => {
    const found = books[at];
    if (found === undefined) throw new Error("a user without books");
    return found;
  };
  const audits: ChatAudit[] = [
    ...chatters.map((chatter, at) => auditChats(chatter, bookOf(at))),
    ...talkers.map((talker, at) => auditTurnCharges(talker, bookOf(chatters.length + at))),
  ];
  const uncharged = audits.flatMap(({ unchargedAtMs }) => unchargedAtMs);
  const farFromAKill = uncharged.filter(
    (atMs) => !killedAtMs.some((killMs) => Math.abs(killMs - atMs) <= NEAR_A_KILL_MS),
  );
  const asked = [...chatters, ...talkers].flatMap((one) => one.asked.map((chat) => chat.answered));
  const paid = states.filter(({ isPaid }) => isPaid).length;

  const checks = new Checks();
  checks.report(
    "every charge is exact, of a chat that was asked, and taken once",
    audits.flatMap(({ problems }) => problems),
  );
  checks.report(
    "no charge is an estimate",
    books.flatMap(({ chats }) =>
      chats.filter(({ chat }) => chat.estimated).map((one) => JSON.stringify(one)),
    ),
  );
  checks.report(
    "every answered chat is charged, unless the Worker was killed within a second",
    farFromAKill.map((atMs) => `answered at ${new Date(atMs).toISOString()}`),
  );
  checks.report(
    "every hold is resolved",
    books.flatMap(({ heldMicrocredits }, at) =>
      heldMicrocredits === 0 ? [] : [`${users[at]?.userId} has ${heldMicrocredits} held`],
    ),
  );
  checks.report("every answered turn is stored once, as it was sent", stored.flat());
  checks.report("every sale is granted once, and voided once if refunded", healed.problems);
  checks.report("the drift report is clean", drift);
  checks.report(
    "there was something to prove",
    asked.some((answer) => answer === null) && paid > 0 ? [] : ["no chat was cut off by a kill"],
  );

  const counts = {
    kills: killedAtMs.length,
    "chats and turns asked": asked.length,
    "of these answered": asked.filter((answer) => answer !== null).length,
    "answered near a kill and not charged": uncharged.length,
    charges: books.reduce((sum, { chats }) => sum + chats.length, 0),
    "sales paid": paid,
    "of these refunded": states.filter(({ isRefunded }) => isRefunded).length,
    "sales open when the load ended": healed.openAtFirst,
    "rounds of the cron that completed them": healed.rounds,
  };
  console.log(counts);
  if (!checks.hold) process.exitCode = 1;
  else if (options.isFull) recordProof("crash", { startedAtMs, seed, counts });
}

try {
  await prove();
} finally {
  await worker.stop();
}
