import { beforeAll, expect, it, vi } from "vitest";
import { signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import {
  crawl,
  idsInResponses,
  oneIdPerPrefix,
  prefixOf,
  readAll,
  signUpOwnerOfEverything,
} from "../support/owner.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { standInStripe } from "../support/stripe.ts";
import {
  fillPath,
  forEachConcurrently,
  readRefusal,
  sampleFor,
  send,
  sweptRoutes,
} from "../support/sweep.ts";

// Some thousand requests.
vi.setConfig({ testTimeout: 240_000 });

beforeAll(loadShopCatalog);

/**
 * What has to be in a body beside what its schema asks for, to get as far as whose the id in it is.
 */
const BODIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "PATCH /api/payments/subscriptions/:id": { cancelAtPeriodEnd: true },
  "POST /api/payments/subscriptions": { planId: "t-pro" },
};
/** Whose ids name what was begun a moment ago. Whoever signs up or in is nobody yet. */
const BEGUN = new Set([
  "POST /api/auth/register/confirm",
  "POST /api/auth/login/second-factor",
  "POST /api/auth/login/passkey",
  "POST /api/auth/passkeys",
]);
const NOBODYS = "nobody's";
/** What sort of id a parameter is that stands beside another one. */
const PREFIXES: Readonly<Record<string, string>> = { pmId: "pm" };

it("I10: another user's ids in path, query or body act as unknown ids on every route", async () => {
  const stripe = standInStripe();
  standInModel();
  const { owner: victim, unlisted } = await signUpOwnerOfEverything(stripe);
  // Chats of a plan with as many requests a minute as the sweep makes.
  const other = await signUpFundedUser(0);
  const others = new Set(idsInResponses(await crawl(other, ["me"])));
  const ownIn = (seen: ReadonlyMap<string, string>) =>
    idsInResponses(seen).filter((id) => !others.has(id));
  const listed = oneIdPerPrefix([...ownIn(await crawl(victim, ["me"])), ...unlisted]);
  const before = await crawl(victim, ["me", ...listed]);
  const ids = oneIdPerPrefix([...ownIn(before), ...listed]);
  const sorts = ["usr", "key", "ord", "css", "cs", "sub", "agt", "cnv", "msg", "in", "pm", "pi"];
  expect(ids.map(prefixOf)).toEqual(expect.arrayContaining(sorts));

  const wrong: unknown[] = [];
  /**
   * Sends a request for each id, of which none may be let in, and at least one must be known to be
   * nobody's.
   */
  const expectNobodys = async (where: string, ask: (id: string) => Promise<Response>) => {
    const refusals = new Set<string>();
    for (const id of ids) {
      const { status, code, param } = await readRefusal(await ask(id));
      // Stripe knows whose its own objects are, and says of another customer's that there is none.
      const isNobodys =
        status === 403 || status === 404 || (status === 422 && param === "resource_missing");
      refusals.add(isNobodys ? NOBODYS : `${status} ${code} ${param}`);
      if (!isNobodys && (status !== 400 || code === null)) wrong.push([where, id, status, code]);
    }
    if (!refusals.has(NOBODYS)) wrong.push([where, [...refusals]]);
  };
  const theirs = new Map(ids.map((id) => [prefixOf(id), id]));
  const { token } = other;
  // A feature's name is nobody's.
  const routes = sweptRoutes().filter(
    ({ params, name }) => !params.includes("name") && !BEGUN.has(name),
  );
  await forEachConcurrently(routes, async ({ method, path, name, params, body, query }) => {
    const json = body === undefined ? undefined : { ...Object(sampleFor(body)), ...BODIES[name] };
    const asked = json === undefined ? { token } : { token, body: json };
    for (const param of params) {
      const pathOf = (id: string) =>
        fillPath(path, (one) =>
          one === param ? id : one === "userId" ? "me" : (theirs.get(PREFIXES[one] ?? "") ?? "me"),
        );
      await expectNobodys(`${name} by ${param}`, (id) => send(method, pathOf(id), asked));
    }
    const mine = fillPath(path, () => "me");
    // What is sold, and by whom one signs in, is everybody's.
    const fields = Object.keys(body?.properties ?? {}).filter(
      (one) => one.endsWith("Id") && !["planId", "providerId"].includes(one),
    );
    for (const field of fields) {
      const bodyOf = (id: string) => ({ ...json, [field]: id });
      await expectNobodys(`${name} with ${field}`, (id) =>
        send(method, mine, { token, body: bodyOf(id) }),
      );
    }
    for (const field of Object.keys(query?.properties ?? {}).filter((one) =>
      /^key$|Id$/.test(one),
    )) {
      for (const id of ids) {
        const response = await send(method, `${mine}?${field}=${id}`, { token });
        const text = await response.clone().text();
        const { status, code } = await readRefusal(response);
        const { data, points } = JSON.parse(text);
        const isEmpty = status === 200 && (data ?? points).length === 0;
        if (!isEmpty && (![400, 403, 404].includes(status) || code === null))
          wrong.push([name, field, id, status, code]);
      }
    }
  });
  expect(wrong).toEqual([]);
  expect(await readAll(victim, before.keys())).toEqual(before);
});
