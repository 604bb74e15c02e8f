import { beforeAll, expect, it, vi } from "vitest";
import { makeAgent } from "../support/agents.ts";
import { call } from "../support/call.ts";
import { standInModel } from "../support/model.ts";
import { openCheckout, openShop } from "../support/shop.ts";
import { makeKey, signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";
import { fill, forEach, readRefusal, sampleOf, send, sweptRoutes } from "../support/sweep.ts";

// Some thousand requests.
vi.setConfig({ testTimeout: 60_000 });

beforeAll(openShop);

/** What has to be in a body beside what its schema asks for, to get as far as whose the id in it is. */
const BODIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "PATCH /api/payments/subscriptions/:id": { cancelAtPeriodEnd: true },
  "POST /api/payments/subscriptions": { planId: "t-pro" },
};
const NOBODYS = "nobody's";
/** What sort of id a parameter is that stands beside another one. */
const PREFIXES: Readonly<Record<string, string>> = { pmId: "pm" };

const post = async (user: TestUser, path: string, body: unknown): Promise<{ id: string }> => {
  const response = await call("POST", path, { token: user.token, body });
  if (response.status >= 300) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return await response.json<{ id: string }>();
};

/** A user who has one of everything, and the ids of what no list shows. */
async function owner(stripe: TestStripe): Promise<{ victim: TestUser; unlisted: string[] }> {
  const user = await signUp();
  for (const planId of ["t-pack", "t-pro"]) {
    await stripe.pay((await openCheckout(user.token, { planId })).url);
    await stripe.control.flush();
  }
  await openCheckout(user.token, { planId: "t-expiring" });
  await post(user, "/api/payments/customers/me/payment-methods", { paymentMethodId: "pm_card_visa" });
  const intent = await post(user, "/api/payments/payment-intents", { planId: "t-pack" });
  await makeAgent(user);
  await makeKey(user);
  await post(user, "/api/chat", { message: "Hi", model: "small" });
  return { victim: user, unlisted: [intent.id] };
}

/** Reading it once is what it is for. */
const READ_ONCE = "GET /api/orders/:id/api-key";

/** An id as Stripe and Farebox make them: `ord_…`. (An entry's number is the account's own, and names nothing elsewhere.) */
const idsIn = (text: string): string[] => text.match(/\b[a-z]{2,4}_(?=\w*\d)\w{8,}/g) ?? [];
const prefixOf = (id: string): string => id.slice(0, id.indexOf("_"));

/** What a user reads under each of these addresses, where there is anything. */
async function read({ token }: TestUser, paths: Iterable<string>): Promise<Map<string, string>> {
  const seen = new Map<string, string>();
  await forEach([...paths], async (path) => {
    const response = await send("GET", path, { token });
    const text = await response.text();
    if (response.status === 200) seen.set(path, text);
  });
  return seen;
}

/** Everything that a user can read, with each of these ids wherever a path asks for one. */
const crawl = (user: TestUser, ids: readonly string[]): Promise<Map<string, string>> => {
  const routes = sweptRoutes().filter(({ method, name }) => method === "GET" && name !== READ_ONCE);
  return read(user, new Set(routes.flatMap(({ path }) => ids.map((id) => fill(path, () => id)))));
};

const idsOf = (seen: ReadonlyMap<string, string>): string[] => [...seen.values()].flatMap(idsIn);

/** One id of each sort. */
const oneOfEach = (ids: readonly string[]): string[] => [...new Map(ids.map((id) => [prefixOf(id), id])).values()];

it("I10: another user's ids, in a path, a query or a body, are as good as made up, on every route, and nothing changes", async () => {
  const stripe = standInStripe();
  standInModel();
  const { victim, unlisted } = await owner(stripe);
  const other = await signUp();
  const others = new Set(idsOf(await crawl(other, ["me"])));
  const ownIn = (seen: ReadonlyMap<string, string>) => idsOf(seen).filter((id) => !others.has(id));
  const listed = oneOfEach([...ownIn(await crawl(victim, ["me"])), ...unlisted]);
  const before = await crawl(victim, ["me", ...listed]);
  const ids = oneOfEach([...ownIn(before), ...listed]);
  const sorts = ["usr", "key", "ord", "css", "cs", "sub", "agt", "cnv", "msg", "in", "pm", "pi"];
  expect(ids.map(prefixOf)).toEqual(expect.arrayContaining(sorts));

  const wrong: unknown[] = [];
  /** Sends a request for each id, of which none may be let in, and at least one must be known to be nobody's. */
  const expectNobodys = async (where: string, ask: (id: string) => Promise<Response>) => {
    const refusals = new Set<string>();
    for (const id of ids) {
      const { status, code, param } = await readRefusal(await ask(id));
      // Stripe knows whose its own objects are, and says of another customer's that there is none.
      const isNobodys = status === 403 || status === 404 || (status === 422 && param === "resource_missing");
      refusals.add(isNobodys ? NOBODYS : `${status} ${code} ${param}`);
      if (!isNobodys && (status !== 400 || code === null)) wrong.push([where, id, status, code]);
    }
    if (!refusals.has(NOBODYS)) wrong.push([where, [...refusals]]);
  };
  const theirs = new Map(ids.map((id) => [prefixOf(id), id]));
  const { token } = other;
  await forEach(sweptRoutes(), async ({ method, path, name, params, body, query }) => {
    const json = body === undefined ? undefined : { ...Object(sampleOf(body)), ...BODIES[name] };
    const asked = json === undefined ? { token } : { token, body: json };
    for (const param of params) {
      const pathOf = (id: string) =>
        fill(path, (one) => (one === param ? id : one === "userId" ? "me" : (theirs.get(PREFIXES[one] ?? "") ?? "me")));
      await expectNobodys(`${name} by ${param}`, (id) => send(method, pathOf(id), asked));
    }
    const mine = fill(path, () => "me");
    // What is sold is everybody's.
    const fields = Object.keys(body?.properties ?? {}).filter((one) => one.endsWith("Id") && one !== "planId");
    for (const field of fields) {
      const bodyOf = (id: string) => ({ ...json, [field]: id });
      await expectNobodys(`${name} with ${field}`, (id) => send(method, mine, { token, body: bodyOf(id) }));
    }
    for (const field of Object.keys(query?.properties ?? {}).filter((one) => /^key$|Id$/.test(one))) {
      for (const id of ids) {
        const response = await send(method, `${mine}?${field}=${id}`, { token });
        const text = await response.clone().text();
        const { status, code } = await readRefusal(response);
        const isEmpty = status === 200 && JSON.parse(text).data.length === 0;
        if (!isEmpty && (![400, 403, 404].includes(status) || code === null)) wrong.push([name, field, id, status, code]);
      }
    }
  });
  expect(wrong).toEqual([]);
  expect(await read(victim, before.keys())).toEqual(before);
});
