import { Stripe } from "stripe";
import { z } from "zod";
import { recordProof } from "../../dev/proofs/record.ts";
import { LOCAL_STRIPE_KEY } from "../../dev/settings.ts";
import { newBuyer, readBooks } from "../journeys/support/person.ts";
import { FORGERIES, forge, sign } from "./storm/deliveries.ts";
import { auditChats, type Chatter, chatUntil } from "./support/chats.ts";
import { Checks } from "./support/checks.ts";
import { pause } from "./support/keyed-request.ts";
import { Operator } from "./support/operator.ts";
import { readProofOptions } from "./support/options.ts";
import { PlainWorker } from "./support/plain-worker.ts";
import { random } from "./support/random.ts";
import {
  findSaleProblem,
  openPage,
  prepareShop,
  readSaleAtStripe,
  refundAtStripe,
  type Sale,
  sell,
} from "./support/sales.ts";

const SUBSCRIPTIONS_PART = 0.2;
const REFUNDED_PART = 0.25;
const FORGED_PART = 0.15;
const CHATTERS = 3;
/** Deliveries under way at the same time. */
const AT_ONCE = 24;
const TRIES_MAX = 10;
/** How long a delivery may be on its way, in ms, so that later ones overtake it. */
const DELAY_MAX_MS = 500;
/** Sales for each thousand deliveries: every event is delivered some fifteen times. */
const SALES_A_THOUSAND = 15;

const startedAtMs = Date.now();
const options = readProofOptions({ deliveries: 10_000 });
const { seed } = options;
const deliveries = options.number("deliveries");
const saleCount = Math.ceil((deliveries / 1000) * SALES_A_THOUSAND);
console.log(`${deliveries} deliveries about ${saleCount} sales, seed ${seed}`);

const worker = await PlainWorker.start({
  settings: { LOG_CHATS: "false" },
  broken: options.broken,
});
const { url, stripeUrl, webhookSecret } = worker;
const stripe = new Stripe(LOCAL_STRIPE_KEY, {
  protocol: "http",
  host: "127.0.0.1",
  port: new URL(stripeUrl).port,
});
const operator = new Operator(url, worker.adminEmail);
const draws = random(seed);

const event = z.looseObject({ id: z.string(), type: z.string() });
type StripeEvent = z.infer<typeof event>;

/** Makes Stripe keep its events for itself: the storm delivers them. */
async function holdEvents(): Promise<void> {
  const reply = await fetch(`${stripeUrl}/_local/next-events`, {
    method: "POST",
    body: new URLSearchParams({ behaviour: "never", times: "10000" }),
  });
  if (!reply.ok) throw new Error(`Stripe does not hold its events: ${await reply.text()}`);
  await reply.body?.cancel();
}

async function listEvents(): Promise<readonly StripeEvent[]> {
  const events: StripeEvent[] = [];
  for await (const one of stripe.events.list({ limit: 100 })) events.push(event.parse(one));
  return events;
}

/** Opens pages that nobody pays, and sells the rest; some of the money goes back. */
async function sellAll(): Promise<{ paid: readonly Sale[]; unpaid: readonly Sale[] }> {
  const paid: Sale[] = [];
  for (let nth = 0; nth < saleCount; nth += 1) {
    const kind = draws.next() < SUBSCRIPTIONS_PART ? "subscription" : "pack";
    const sale = await sell(url, kind);
    paid.push(sale);
    if (kind === "pack" && draws.next() < REFUNDED_PART) await refundAtStripe(stripe, sale);
  }
  const unpaid: Sale[] = [];
  for (let nth = 0; nth < Math.ceil(saleCount / 10); nth += 1)
    unpaid.push((await openPage(url, "pack")).sale);
  return { paid, unpaid };
}

async function post(body: string, signature: string | null): Promise<number> {
  const reply = await fetch(`${url}/api/webhooks/stripe`, {
    method: "POST",
    headers: {
      "content-type": "application/json; charset=utf-8",
      ...(signature === null ? {} : { "stripe-signature": signature }),
    },
    body,
  });
  await reply.text();
  return reply.status;
}

interface StormResult {
  readonly sent: number;
  readonly forged: number;
  readonly again: number;
  readonly problems: readonly string[];
}

/** Delivers the events in any order, most of them several times, with forged ones between. */
async function storm(events: readonly StripeEvent[], unpaid: readonly Sale[]) {
  const forgedCount = Math.round(deliveries * FORGED_PART);
  const genuine = Array.from(
    { length: deliveries - forgedCount },
    // Each at least once, then any of them again.
    (_, nth) => events[nth] ?? draws.pick(events),
  );
  const queue = draws.shuffle([
    ...genuine.map((one) => ({ event: one, forgery: null })),
    ...Array.from({ length: forgedCount }, (_, nth) => ({
      event: draws.pick(events),
      forgery: FORGERIES[nth % FORGERIES.length] ?? null,
    })),
  ]);
  const problems: string[] = [];
  let again = 0;
  const deliver = async ({ event: one, forgery }: (typeof queue)[number]): Promise<void> => {
    await pause(draws.int(0, DELAY_MAX_MS));
    if (forgery !== null) {
      const { body, signature } = forge(forgery, one, {
        secret: webhookSecret,
        unpaidSessionId: draws.pick(unpaid).sessionId,
      });
      const status = await post(body, signature);
      if (status !== 400) problems.push(`${forgery} answers ${status}`);
      return;
    }
    for (let tries = 1; ; tries += 1) {
      const { body, signature } = sign(one, webhookSecret);
      const status = await post(body, signature);
      if (status === 200) return;
      again += 1;
      if (tries < TRIES_MAX) continue;
      problems.push(`${one.type} answers ${status}`);
      return;
    }
  };
  let sent = 0;
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      await deliver(next);
      sent += 1;
      if (sent % 1000 === 0) console.log(`  ${sent} deliveries`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { sent, forged: forgedCount, again, problems } satisfies StormResult;
}

async function prove(): Promise<void> {
  await prepareShop(operator);
  const users = await Promise.all(Array.from({ length: CHATTERS }, () => newBuyer(url, "Max")));
  const chatters = users.map((user): Chatter => ({ user, asked: [] }));
  await holdEvents();
  const { paid, unpaid } = await sellAll();
  const events = await listEvents();
  const stopping = new AbortController();
  const chatting = chatters.map((one, at) => chatUntil(one, draws.fork(at), stopping.signal));
  const stormStartedAtMs = Date.now();
  const result = await storm(events, unpaid);
  const seconds = (Date.now() - stormStartedAtMs) / 1000;
  stopping.abort();
  await Promise.all(chatting);

  const sales = [...paid, ...unpaid];
  const states = await Promise.all(sales.map((sale) => readSaleAtStripe(stripe, sale)));
  const wrong = await Promise.all(
    sales.map((sale, at) =>
      findSaleProblem(sale, states[at] ?? { isPaid: false, isRefunded: false }),
    ),
  );
  const books = await Promise.all(users.map(readBooks));
  const audits = chatters.map((chatter, at) => auditChats(chatter, books[at] ?? { chats: [] }));
  const drift = await operator.listDrift();

  const checks = new Checks();
  checks.report("every forged delivery is 400, every genuine one 200 in the end", result.problems);
  checks.report(
    "every sale is granted once, and voided once if refunded; nothing unpaid is granted",
    wrong.flatMap((problem) => problem ?? []),
  );
  checks.report("the drift report is clean", drift);
  checks.report(
    "every chat meanwhile is answered and charged exactly once",
    audits.flatMap(({ problems, unchargedAtMs }) => [
      ...problems,
      ...unchargedAtMs.map((atMs) => `answered at ${new Date(atMs).toISOString()}, not charged`),
    ]),
  );
  const asked = chatters.flatMap((chatter) => chatter.asked);
  const counts = {
    deliveries: result.sent,
    "of these forged": result.forged,
    "ways of forging": FORGERIES.length,
    "genuine ones answered 500 and sent again": result.again,
    events: events.length,
    "sales paid": states.filter(({ isPaid }) => isPaid).length,
    "of these refunded": states.filter(({ isRefunded }) => isRefunded).length,
    "sales never paid": unpaid.length,
    "chats answered meanwhile": asked.filter(({ answered }) => answered !== null).length,
    "deliveries a second": Math.round(result.sent / seconds),
  };
  console.log(counts);
  if (!checks.hold) process.exitCode = 1;
  else if (options.isFull) recordProof("storm", { startedAtMs, seed, counts });
}

try {
  await prove();
} finally {
  await worker.stop();
}
