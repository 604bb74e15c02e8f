import { z } from "zod";
import { recordProof } from "../../dev/proofs/record.ts";
import {
  addressIn,
  listMailboxes,
  listNetworks,
  type Mailbox,
  type Network,
  writeAddress,
} from "./farming/forms.ts";
import { Checks } from "./support/checks.ts";
import { Operator } from "./support/operator.ts";
import { readProofOptions } from "./support/options.ts";
import { PlainWorker } from "./support/plain-worker.ts";
import { random } from "./support/random.ts";

/** What the free plan of this shop gives in a day, so that a farm is soon served. */
const FREE_MESSAGES = 2;
const FREE_TOKENS = 100_000;
const SIGN_UPS_PER_NETWORK = 20;
const NETWORKS_OF_A_SITE = 5;
/** Of all sign-ups, so that each has many forms, and each network more than it has places for. */
const MAILBOXES_PART = 0.04;
const IPV4_PART = 0.006;
const SITES_PART = 0.0006;
const ERASED_PART = 0.1;
const AT_ONCE = 48;
const PASSWORD = "violet tram eleven";

const startedAtMs = Date.now();
const options = readProofOptions({ "sign-ups": 10_000 });
const { seed } = options;
const signUps = options.number("sign-ups");
const part = (share: number): number => Math.max(1, Math.round(signUps * share));
const mailboxes = listMailboxes(part(MAILBOXES_PART));
const networks = listNetworks(part(IPV4_PART), part(SITES_PART), 3 * NETWORKS_OF_A_SITE);
console.log(`${signUps} sign-ups of ${mailboxes.length} mailboxes, seed ${seed}`);

const worker = await PlainWorker.start({
  settings: { LOG_CHATS: "false", SIGN_UPS_PER_NETWORK_PER_DAY: String(SIGN_UPS_PER_NETWORK) },
  broken: options.broken,
});
const { url } = worker;
const operator = new Operator(url, worker.adminEmail);
const draws = random(seed);

const signedUp = z.object({
  user: z.object({ id: z.string(), freeAllowanceTaken: z.boolean() }),
  accessToken: z.string(),
});
const answered = z.object({ usage: z.object({ total_tokens: z.number(), cost: z.number() }) });
const refusal = z.object({ error: z.object({ code: z.string() }) });

/** A user whom the farm signed up. */
interface Account {
  readonly userId: string;
  readonly token: string;
  readonly mailbox: Mailbox;
  readonly network: Network | null;
  readonly isTaken: boolean;
}

/** What of a sign-up came. */
type Outcome = { readonly account: Account } | { readonly problem: string | null };

/** A connection for each request: workerd may close an idle one just as the next is sent on it. */
const JSON_ONCE = { "content-type": "application/json", connection: "close" };

async function post(path: string, body: object, headers: Record<string, string> = {}) {
  const reply = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { ...JSON_ONCE, ...headers },
    body: JSON.stringify(body),
  });
  return { status: reply.status, text: await reply.text() };
}

/** @param network null for a network of its own */
async function signUp(mailbox: Mailbox, nth: number, network: Network | null): Promise<Outcome> {
  const email = writeAddress(mailbox, nth, draws);
  const ip =
    network === null
      ? `203.0.${Math.floor(nth / 250) % 250}.${nth % 250}`
      : addressIn(network, draws);
  const headers = { "cf-connecting-ip": ip };
  const { status, text } = await post("/api/auth/register", { email, password: PASSWORD }, headers);
  if (status === 429) return { problem: null };
  if (status !== 201) return { problem: `${email} is answered ${status}: ${text}` };
  const { user, accessToken } = signedUp.parse(JSON.parse(text));
  const account = { userId: user.id, token: accessToken, mailbox, network };
  return { account: { ...account, isTaken: user.freeAllowanceTaken } };
}

/** Runs tasks, some at once. */
async function runAll<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const queue = [...items];
  const results: R[] = [];
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      results.push(await run(next));
      if (results.length % 1000 === 0) console.log(`  ${results.length}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

interface Spent {
  readonly messages: number;
  readonly tokens: number;
  readonly problem: string | null;
}

/** The most chats that are tried with an account, so that a broken Worker ends the proof. */
const CHATS_MAX = FREE_MESSAGES * 3;

/** Chats until the account is refused. */
async function chatUntilRefused({ userId, token }: Account): Promise<Spent> {
  const chat = { model: "small", messages: [{ role: "user", content: "Hi" }], max_tokens: 20 };
  let [messages, tokens] = [0, 0];
  while (messages < CHATS_MAX) {
    const reply = await post("/v1/chat/completions", chat, { authorization: `Bearer ${token}` });
    if (reply.status === 402) {
      const { code } = refusal.parse(JSON.parse(reply.text)).error;
      const problem = code === "insufficient_quota" ? null : `${userId} is refused by ${code}`;
      return { messages, tokens, problem };
    }
    if (reply.status !== 200)
      return { messages, tokens, problem: `${userId} is answered ${reply.status}: ${reply.text}` };
    const { usage } = answered.parse(JSON.parse(reply.text));
    if (usage.cost > 0) return { messages, tokens, problem: `${userId} paid ${usage.cost}` };
    messages += 1;
    tokens += usage.total_tokens;
  }
  return { messages, tokens, problem: `${userId} is never refused` };
}

async function erase({ userId, token }: Account): Promise<void> {
  const reply = await fetch(`${url}/api/users/${userId}`, {
    method: "DELETE",
    headers: { ...JSON_ONCE, authorization: `Bearer ${token}` },
    body: JSON.stringify({ currentPassword: PASSWORD }),
  });
  if (reply.status !== 204) throw new Error(`erasing answers ${reply.status}`);
}

const accountsOf = (outcomes: readonly Outcome[]): Account[] =>
  outcomes.flatMap((outcome) => ("account" in outcome ? [outcome.account] : []));
const problemsOf = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap((outcome) => ("problem" in outcome ? (outcome.problem ?? []) : []));

/** Returns the networks and sites from which more signed up than may. */
function findCrowded(accounts: readonly Account[]): string[] {
  const counts = new Map<string, { count: number; limit: number }>();
  const add = (key: string, limit: number): void => {
    counts.set(key, { count: (counts.get(key)?.count ?? 0) + 1, limit });
  };
  for (const { network } of accounts) {
    if (network === null) continue;
    add(network.key, SIGN_UPS_PER_NETWORK);
    if (network.site !== null) add(network.site, SIGN_UPS_PER_NETWORK * NETWORKS_OF_A_SITE);
  }
  return [...counts].flatMap(([key, { count, limit }]) =>
    count > limit ? [`${count} of ${limit} signed up from ${key}`] : [],
  );
}

async function prove(): Promise<void> {
  await operator.request("PATCH", "/api/admin/plans/free", {
    allowances: {
      message: { limit: FREE_MESSAGES, period: "day" },
      token: { limit: FREE_TOKENS, period: "day" },
    },
  });
  const attempts = Array.from({ length: signUps }, (_, nth) => nth);
  const outcomes = await runAll(attempts, (nth) =>
    signUp(draws.pick(mailboxes), nth, draws.pick(networks)),
  );
  const accounts = accountsOf(outcomes);
  const spent = await runAll(accounts, chatUntilRefused);

  const erased = accounts.filter(({ isTaken }) => !isTaken).slice(0, part(ERASED_PART * 0.1));
  await runAll(erased, erase);
  const again = await runAll(erased, ({ mailbox }) =>
    signUp(mailbox, signUps + mailboxes.indexOf(mailbox), null),
  );
  const spentAgain = await runAll(accountsOf(again), chatUntilRefused);

  const sum = (read: (one: Spent) => number): number =>
    [...spent, ...spentAgain].reduce((total, one) => total + read(one), 0);
  const withAllowance = accounts.filter(({ isTaken }) => !isTaken).length;
  const usedMailboxes = new Set(accounts.map(({ mailbox }) => mailbox)).size;
  const counts = {
    "sign-ups tried": signUps,
    "of these begun": accounts.length,
    mailboxes: mailboxes.length,
    networks: networks.length,
    "accounts with the free allowance": withAllowance,
    "erased and signed up again": accountsOf(again).length,
    "free messages answered": sum(({ messages }) => messages),
    "free messages that the settings promise": usedMailboxes * FREE_MESSAGES,
    "free tokens": sum(({ tokens }) => tokens),
    "free tokens that the settings promise": usedMailboxes * FREE_TOKENS,
  };
  const exceeds = (name: keyof typeof counts, promised: number): string[] =>
    counts[name] > promised ? [`${name}: ${counts[name]} of ${promised}`] : [];
  const checks = new Checks();
  checks.report("each sign-up is answered, or refused for its network", [
    ...problemsOf(outcomes),
    ...problemsOf(again),
  ]);
  checks.report("no network and no site signs up more than may", findCrowded(accounts));
  checks.report(
    "each mailbox has one free allowance, and each that signed up has it",
    withAllowance === usedMailboxes ? [] : [`${withAllowance} of ${usedMailboxes}`],
  );
  checks.report(
    "erasing and signing up again gives none",
    accountsOf(again).flatMap(({ userId, isTaken }) => (isTaken ? [] : [userId])),
  );
  checks.report(
    "every account is refused in the end, and by its quota",
    [...spent, ...spentAgain].flatMap(({ problem }) => problem ?? []),
  );
  checks.report("no more is free than the settings promise", [
    ...exceeds("free messages answered", usedMailboxes * FREE_MESSAGES),
    ...exceeds("free tokens", usedMailboxes * FREE_TOKENS),
  ]);
  checks.report(
    "all of it is",
    counts["free messages answered"] === usedMailboxes * FREE_MESSAGES
      ? []
      : [`${counts["free messages answered"]} of ${usedMailboxes * FREE_MESSAGES}`],
  );
  console.log(counts);
  if (!checks.hold) process.exitCode = 1;
  else if (options.isFull) recordProof("farming", { startedAtMs, seed, counts });
}

try {
  await prove();
} finally {
  await worker.stop();
}
