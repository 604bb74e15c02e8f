import { afterEach, expect, inject } from "vitest";
import type { LocalStripe } from "../../dev/stripe/app.ts";
import type { Exchange, Traffic } from "../stripe-contract/traffic.ts";
import { fakeNetwork } from "./fake-network.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The address that holds traffic against Stripe's contract: test/stripe-contract/server.ts. */
    stripeContract: string;
  }
}

/** The name by which the client of a test introduces itself, so that it is told from the Worker. */
export const TEST_CLIENT = "tests of Farebox";

const exchanges: Exchange[] = [];
const stripes: LocalStripe[] = [];

async function record(request: Request, body: string, response: Response): Promise<void> {
  const { pathname: path, search } = new URL(request.url);
  if (!path.startsWith("/v1/")) return;
  const client = request.headers.get("x-stripe-client-user-agent") ?? "";
  exchanges.push({
    method: request.method,
    path,
    params: body === "" ? search.slice(1) : body,
    idempotencyKey: request.headers.get("idempotency-key"),
    status: response.status,
    answer: await response.clone().text(),
    isOfWorker: !client.includes(TEST_CLIENT),
  });
}

/** Records what a local Stripe is asked and answers, for the check after the test. */
export function recordTraffic(stripe: LocalStripe): LocalStripe["fetch"] {
  stripes.push(stripe);
  return async (request) => {
    const body = await request.clone().arrayBuffer();
    const response = await stripe.fetch(request);
    await record(request, new TextDecoder().decode(body), response);
    return response;
  };
}

/**
 * Counts the calls that the Worker makes to Stripe from now on.
 * @returns a function that lists them so far
 */
export function countStripeCalls(): () => readonly string[] {
  const from = exchanges.length;
  return () =>
    exchanges
      .slice(from)
      .filter(({ isOfWorker }) => isOfWorker)
      .map(({ method, path, params }) => `${method} ${path} ${params}`);
}

/** Takes what was recorded since it was last taken. */
function takeTraffic(): Traffic {
  const events = stripes.splice(0).flatMap(({ control }) => control.events());
  return { exchanges: exchanges.splice(0), events };
}

/** Asks which of some traffic does not fit Stripe's contract. */
async function findContractProblems(traffic: Traffic): Promise<string[]> {
  const body = JSON.stringify(traffic);
  const init = { method: "POST", headers: { "content-type": "application/json" }, body };
  const answer = await fakeNetwork.network(new Request(inject("stripeContract"), init));
  return await answer.json<string[]>();
}

/** Fails the test in which anything passed that does not fit Stripe's contract. */
export function checkTrafficAfterEach(): void {
  afterEach(async () => {
    const traffic = takeTraffic();
    if (traffic.exchanges.length === 0 && traffic.events.length === 0) return;
    expect(await findContractProblems(traffic)).toEqual([]);
  });
}
