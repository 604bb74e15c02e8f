import { env } from "cloudflare:workers";
import { createAgent } from "./agents.ts";
import { call } from "./call.ts";
import { openCheckout } from "./shop.ts";
import { createKey, signUp, type TestUser } from "./sign-up.ts";
import type { TestStripe } from "./stripe.ts";
import { fillPath, forEachConcurrently, send, sweptRoutes } from "./sweep.ts";

const post = async (user: TestUser, path: string, body: unknown): Promise<{ id: string }> => {
  const response = await call("POST", path, { token: user.token, body });
  if (response.status >= 300)
    throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return await response.json<{ id: string }>();
};

/** Adds a way to sign in by a provider, as if the user had been there. */
const addIdentity = ({ userId, email }: TestUser) =>
  env.DB.prepare("INSERT INTO identities VALUES (?, ?, 'local', 'https://id.test', ?, ?, 1, 1)")
    .bind(`idn_${crypto.randomUUID().replaceAll("-", "")}`, userId, userId, email)
    .run();

/** Signs up a user who has one of everything, and returns the ids that no list shows. */
export async function signUpOwnerOfEverything(
  stripe: TestStripe,
): Promise<{ owner: TestUser; unlisted: string[] }> {
  const user = await signUp();
  for (const planId of ["t-pack", "t-pro"]) {
    await stripe.pay((await openCheckout(user.token, { planId })).url);
    await stripe.control.flush();
  }
  await openCheckout(user.token, { planId: "t-expiring" });
  await post(user, "/api/payments/customers/me/payment-methods", {
    paymentMethodId: "pm_card_visa",
  });
  const intent = await post(user, "/api/payments/payment-intents", { planId: "t-pack" });
  await createAgent(user);
  await createKey(user);
  await addIdentity(user);
  await post(user, "/api/chat", { message: "Hi", model: "small" });
  return { owner: user, unlisted: [intent.id] };
}

/** A route that answers only once. */
const READ_ONCE = "GET /api/orders/:id/api-key";

/**
 * Matches an id as Stripe and Farebox make them: `ord_…`. (The number of a ledger entry belongs to
 * its account and identifies nothing elsewhere.)
 */
const idsIn = (text: string): string[] => text.match(/\b[a-z]{2,4}_(?=\w*\d)\w{8,}/g) ?? [];
export const prefixOf = (id: string): string => id.slice(0, id.indexOf("_"));

/** Reads each path as the user, and returns the bodies of those that answered 200. */
export async function readAll(
  { token }: TestUser,
  paths: Iterable<string>,
): Promise<Map<string, string>> {
  const bodies = new Map<string, string>();
  await forEachConcurrently([...paths], async (path) => {
    const response = await send("GET", path, { token });
    const text = await response.text();
    if (response.status === 200) bodies.set(path, text);
  });
  return bodies;
}

/** Reads everything that a user can read, with each of the ids wherever a path has a parameter. */
export const crawl = (user: TestUser, ids: readonly string[]): Promise<Map<string, string>> => {
  const routes = sweptRoutes().filter(({ method, name }) => method === "GET" && name !== READ_ONCE);
  return readAll(
    user,
    new Set(routes.flatMap(({ path }) => ids.map((id) => fillPath(path, () => id)))),
  );
};

export const idsInResponses = (bodies: ReadonlyMap<string, string>): string[] =>
  [...bodies.values()].flatMap(idsIn);

/** Returns one id of each prefix. */
export const oneIdPerPrefix = (ids: readonly string[]): string[] => [
  ...new Map(ids.map((id) => [prefixOf(id), id])).values(),
];
