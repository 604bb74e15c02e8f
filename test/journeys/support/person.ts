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

/** A user who signed up and has a key, and what they ask with. */
export interface Person {
  readonly userId: string;
  readonly email: string;
  readonly key: string;
  /** What a browser that is signed in has in its cookie. */
  readonly refreshToken: string;
  /** Asks Farebox's own API with the key. */
  readonly api: Api;
  /** The same as somebody who has signed in, which may do what a key may not. */
  readonly signedIn: Api;
  readonly openai: OpenAI;
}

/**
 * The SDK as a customer sets it up: base URL and key, nothing else. Without its retries, so that a
 * test sees every answer.
 */
export const createOpenAI = (url: string, apiKey: string): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });

/**
 * An address of the Internet of their own: sign-ups from one are limited, and tests sign up many.
 */
export const randomIp = (): string =>
  `2001:db8:${randomBytes(4)
    .toString("hex")
    .replace(/(.{4})/, "$1:")}::1`;

const signedUp = registered.extend({ refreshToken: z.string() });

/** Signs a new user up, and gives them a key. */
export async function newPerson(
  url: string,
  details: { readonly email?: string; readonly name?: string } = {},
): Promise<Person> {
  const email = details.email ?? `rider-${randomBytes(6).toString("hex")}@farebox.local`;
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
    refreshToken,
    api: new Api(url, key),
    signedIn,
    openai: createOpenAI(url, key),
  };
}

/** What `POST /api/checkout` answers. */
export type OpenedCheckout = z.infer<typeof checkout>;

const plansOnSale = new Map<string, Promise<z.infer<typeof plans>["data"]>>();

/** Opens a checkout for a pack of the default catalog: Starter 100 credits, Plus 350, Max 1300. */
export async function openCheckout({ api }: Person, pack = "Starter"): Promise<OpenedCheckout> {
  const plansRequest =
    plansOnSale.get(api.url) ?? api.get("/api/plans?limit=100", plans).then(({ data }) => data);
  plansOnSale.set(api.url, plansRequest);
  const plan = (await plansRequest).find(({ name }) => name === pack);
  if (plan === undefined) throw new Error(`${pack} is not for sale`);
  return await api.post("/api/checkout", { planId: plan.id, currency: "usd" }, checkout);
}

/** How one of their sales stands. */
export async function fetchOrder(
  { api }: Person,
  { stripeSessionId }: OpenedCheckout,
): Promise<z.infer<typeof order>> {
  const { orderId } = await api.get(`/api/stripe-sessions/${stripeSessionId}`, session);
  return await api.get(`/api/orders/${orderId}`, order);
}

/** Waits until a sale is no longer pending. */
export const waitForOrder = (
  person: Person,
  opened: OpenedCheckout,
): Promise<z.infer<typeof order>> =>
  waitFor("the webhook", async () => {
    const current = await fetchOrder(person, opened);
    return current.status === "pending" ? undefined : current;
  });

/** Buys a pack on Stripe's page, and waits until its credits are there. */
export async function buy(person: Person, pack?: string): Promise<OpenedCheckout> {
  const opened = await openCheckout(person, pack);
  const result = await payOnPage(opened.url, person.email, GOOD_CARD);
  if ("problem" in result) throw new Error(`The page says: ${result.problem}`);
  const { status } = await waitForOrder(person, opened);
  if (status !== "completed") throw new Error(`The order is ${status}`);
  return opened;
}

/** A new user who bought a pack. */
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
/** A chat as the ledger shows it: `amount` is what it cost, in credits, and negative. */
type ChatEntry = z.infer<typeof chatEntry>;
const ledgerWithChats = ledger.extend({
  data: z.array(ledger.shape.data.element.and(z.looseObject({}))),
});

/** An account's books, read whole. All amounts in microcredits. */
export interface Books {
  readonly postedMicrocredits: number;
  readonly heldMicrocredits: number;
  /** Oldest first. */
  readonly entries: readonly Entry[];
  readonly grantsMicrocredits: readonly number[];
  readonly chats: readonly ChatEntry[];
}

/** Every entry of the ledger, oldest first. */
async function readLedger(api: Api): Promise<z.infer<typeof ledgerWithChats>["data"]> {
  const newestFirst: z.infer<typeof ledgerWithChats>["data"] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: z.infer<typeof ledgerWithChats> = await api.get(
      `/api/credits/ledger?limit=100${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
      ledgerWithChats,
    );
    newestFirst.push(...page.data);
    cursor = page.nextCursor;
  }
  return newestFirst.toReversed();
}

/**
 * Reads all of an account's books, and checks that they add up to the microcredit: each entry's
 * balance is the one before and its amount, and the last is what is posted (I1, I11).
 */
export async function readBooks({ api }: Pick<Person, "api">): Promise<Books> {
  const creditsBefore = await api.get("/api/credits", credits);
  const entries = await readLedger(api);
  const creditsAfter = await api.get("/api/credits", credits);
  // Something moved while the pages were read.
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

/** The books once nothing is held any more. */
export const waitForSettledBooks = (person: Pick<Person, "api">): Promise<Books> =>
  waitFor("settling", async () => {
    const current = await readBooks(person);
    return current.heldMicrocredits === 0 ? current : undefined;
  });
