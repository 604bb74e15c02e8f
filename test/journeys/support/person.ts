import { randomBytes } from "node:crypto";
import OpenAI from "openai";
import { z } from "zod";
import {
  Api,
  checkout,
  credits,
  type Entry,
  ledger,
  newKey,
  order,
  plans,
  registered,
  session,
} from "../../../dev/demo/api.ts";
import { waitFor } from "../../../dev/demo/checks.ts";
import { payOnPage } from "../../../dev/demo/pay-page.ts";
import { toMicrocredits } from "../../../src/units.ts";

export const GOOD_CARD = "4242 4242 4242 4242";

/** A user who signed up and has a key, with clients for that user. */
export interface Person {
  readonly userId: string;
  readonly email: string;
  readonly key: string;
  /** An access token of 15 minutes. */
  readonly accessToken: string;
  /** The cookie value of a browser that is signed in. */
  readonly refreshToken: string;
  /** Farebox's own API, with the key. */
  readonly api: Api;
  /** Farebox's own API, with an access token, which may do what a key may not. */
  readonly signedIn: Api;
  readonly openai: OpenAI;
}

/**
 * Creates the SDK as a customer does, with a base URL and a key. It does not retry, so that a test
 * sees every response.
 */
export const createOpenAI = (url: string, apiKey: string): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });

/**
 * Returns a random IP address. Sign-ups from one address are limited, and tests sign up many users.
 */
export const randomIp = (): string =>
  `2001:db8:${randomBytes(4)
    .toString("hex")
    .replace(/(.{4})/, "$1:")}::1`;

const signedUp = registered.extend({ refreshToken: z.string() });

/** Signs up a new user and creates a key for them. */
export async function newPerson(
  url: string,
  details: { readonly email?: string; readonly name?: string } = {},
): Promise<Person> {
  const email = details.email ?? `user-${randomBytes(6).toString("hex")}@farebox.local`;
  const reply = await fetch(`${url}/api/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json", "cf-connecting-ip": randomIp() },
    body: JSON.stringify({ ...details, email, password: randomBytes(12).toString("base64url") }),
  });
  if (reply.status !== 201)
    throw new Error(`Signing up answers ${reply.status}: ${await reply.text()}`);
  const { user, accessToken, refreshToken } = signedUp.parse(await reply.json());
  const signedIn = new Api(url, accessToken);
  const { key } = await signedIn.post("/api/api-keys", { name: "Journey" }, newKey);
  return {
    userId: user.id,
    email,
    key,
    accessToken,
    refreshToken,
    api: new Api(url, key),
    signedIn,
    openai: createOpenAI(url, key),
  };
}

/** The answer of `POST /api/checkout`. */
export type OpenedCheckout = z.infer<typeof checkout>;

const plansOnSale = new Map<string, Promise<z.infer<typeof plans>["data"]>>();

/** Opens a checkout for a pack of the default catalog: Starter 100 credits, Plus 350, Max 1300. */
export async function openCheckout(
  { signedIn: api }: Person,
  pack = "Starter",
): Promise<OpenedCheckout> {
  const plansRequest =
    plansOnSale.get(api.url) ?? api.get("/api/plans?limit=100", plans).then(({ data }) => data);
  plansOnSale.set(api.url, plansRequest);
  const plan = (await plansRequest).find(({ name }) => name === pack);
  if (plan === undefined) throw new Error(`${pack} is not for sale`);
  return await api.post("/api/checkout", { planId: plan.id, currency: "usd" }, checkout);
}

/** Fetches the order of a checkout. */
export async function fetchOrder(
  { api }: Person,
  { stripeSessionId }: OpenedCheckout,
): Promise<z.infer<typeof order>> {
  const { orderId } = await api.get(`/api/stripe-sessions/${stripeSessionId}`, session);
  return await api.get(`/api/orders/${orderId}`, order);
}

/** Waits until an order is no longer pending. */
export const waitForOrder = (
  person: Person,
  opened: OpenedCheckout,
): Promise<z.infer<typeof order>> =>
  waitFor("the webhook", async () => {
    const current = await fetchOrder(person, opened);
    return current.status === "pending" ? undefined : current;
  });

/** Buys a pack on Stripe's page and waits until its order is completed. */
export async function buy(person: Person, pack?: string): Promise<OpenedCheckout> {
  const opened = await openCheckout(person, pack);
  const result = await payOnPage(opened.url, person.email, GOOD_CARD);
  if ("problem" in result) throw new Error(`The page says: ${result.problem}`);
  const { status } = await waitForOrder(person, opened);
  if (status !== "completed") throw new Error(`The order is ${status}`);
  return opened;
}

/** Signs up a new user who buys a pack. */
export async function newBuyer(url: string, pack?: string): Promise<Person> {
  const person = await newPerson(url);
  await buy(person, pack);
  return person;
}

const chatEntry = z.object({
  kind: z.literal("capture"),
  holdId: z.string(),
  amount: z.number(),
  chat: z.object({
    model: z.string(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    estimated: z.boolean(),
    ending: z.enum(["complete", "client_gone", "upstream_failed"]),
  }),
});
/** A chat in the ledger. `amount` is its cost in credits, as a negative number. */
type ChatEntry = z.infer<typeof chatEntry>;
const ledgerWithChats = ledger.extend({
  data: z.array(ledger.shape.data.element.and(z.looseObject({}))),
});

/** The complete books of an account. All amounts are in microcredits. */
export interface Books {
  readonly postedMicrocredits: number;
  readonly heldMicrocredits: number;
  /** The ledger entries, oldest first. */
  readonly entries: readonly Entry[];
  readonly grantsMicrocredits: readonly number[];
  readonly chats: readonly ChatEntry[];
}

/** Reads every entry of the ledger, oldest first. */
async function readLedger(api: Api): Promise<z.infer<typeof ledgerWithChats>["data"]> {
  const newestFirst: z.infer<typeof ledgerWithChats>["data"] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: z.infer<typeof ledgerWithChats> = await api.get(
      `/api/credits/ledger?limit=100${query}`,
      ledgerWithChats,
    );
    newestFirst.push(...page.data);
    cursor = page.nextCursor;
  }
  return newestFirst.toReversed();
}

/**
 * Reads the books of an account and checks that they add up to the microcredit: each entry's
 * balance is the one before plus its amount, and the last is the posted balance (I1, I11).
 */
export async function readBooks({ api }: Pick<Person, "api">): Promise<Books> {
  const creditsBefore = await api.get("/api/credits", credits);
  const entries = await readLedger(api);
  const creditsAfter = await api.get("/api/credits", credits);
  // The balance changed while the pages were read.
  if (creditsAfter.posted !== creditsBefore.posted) return await readBooks({ api });
  const posted = toMicrocredits(creditsAfter.posted);
  const held = toMicrocredits(creditsAfter.held);
  const available = toMicrocredits(creditsAfter.available);
  let balance = 0;
  for (const entry of entries) {
    balance += toMicrocredits(entry.amount);
    if (toMicrocredits(entry.balanceAfter) !== balance)
      throw new Error(`${entry.id} says ${entry.balanceAfter}, not ${balance}`);
  }
  if (balance !== posted) throw new Error(`the entries add up to ${balance}, not to ${posted}`);
  if (posted - held !== available)
    throw new Error(`${posted} posted less ${held} held is not ${available} available`);
  return {
    postedMicrocredits: posted,
    heldMicrocredits: held,
    entries,
    grantsMicrocredits: entries
      .filter(({ kind }) => kind === "grant")
      .map(({ amount }) => toMicrocredits(amount)),
    chats: entries.filter(({ kind }) => kind === "capture").map((entry) => chatEntry.parse(entry)),
  };
}

/** Waits until nothing is held and returns the books. */
export const waitForSettledBooks = (person: Pick<Person, "api">): Promise<Books> =>
  waitFor("settling", async () => {
    const current = await readBooks(person);
    return current.heldMicrocredits === 0 ? current : undefined;
  });
