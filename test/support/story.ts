import {
  createExecutionContext,
  runDurableObjectAlarm,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { LocalModel } from "../../dev/model/app.ts";
import { app } from "../../src/app.ts";
import { type CatalogData, loadCatalog } from "../../src/catalog/index.ts";
import { runCron } from "../../src/cron.ts";
import { database } from "../../src/db.ts";
import { MINUTE_MS } from "../../src/time.ts";
import { accountObject } from "./account.ts";
import { call } from "./call.ts";
import { standInModel } from "./model.ts";
import { uniqueEmail } from "./sign-up.ts";
import { standInStripe, type TestStripe } from "./stripe.ts";

/** Access tokens last 15 minutes. */
const SESSION_MS = 10 * MINUTE_MS;

/** A response of the Worker. `json` is undefined for an empty body or one that is not JSON. */
export interface ParsedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

type RequestArgs = readonly [
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
];

/** A person in a story. Signs in again whenever their session has ended, as an app does. */
export interface Person {
  readonly userId: string;
  readonly email: string;
  /** Sends a request to the Worker. */
  readonly request: (...request: RequestArgs) => Promise<ParsedResponse>;
  /** Sends a request that has to succeed, and returns its body. */
  readonly get: <T>(path: string) => Promise<T>;
  readonly post: <T>(path: string, body?: unknown) => Promise<T>;
}

/** The parts that a story is made of. */
export interface Story {
  readonly stripe: TestStripe;
  readonly model: LocalModel;
  /** Moves the clock of the Worker and of Stripe, and delivers the events that this causes. */
  readonly advance: (ms: number) => Promise<void>;
  /** Runs the Worker's cron job. */
  readonly cron: () => Promise<void>;
}

/**
 * Begins a story: a shop that sells only this catalog, a Stripe, a model, and one clock for all of
 * them. A file holds one story and ends it with `vi.useRealTimers()`.
 * @param startsAt ms since 1970
 */
export async function beginStory(catalog: CatalogData, startsAt: number): Promise<Story> {
  vi.useFakeTimers({ now: startsAt, toFake: ["Date"] });
  await loadCatalog(database(env.DB), catalog, startsAt);
  const [stripe, model] = [standInStripe(), standInModel()];
  return {
    stripe,
    model,
    advance: async (ms) => {
      vi.setSystemTime(Date.now() + ms);
      stripe.control.advance(ms / 1000);
      await stripe.control.flush();
    },
    cron: () => runCron(env, Date.now()),
  };
}

/** Settings of the Worker that differ from the tests' own. */
type Settings = Readonly<Record<string, string>>;

/** Sends a request with a credential, one millisecond after the one before it. */
async function send(
  token: string,
  [method, path, body, headers = {}]: RequestArgs,
  settings?: Settings,
): Promise<Response> {
  vi.setSystemTime(Date.now() + 1);
  if (settings === undefined)
    return await call(method, path, { token, headers, ...(body === undefined ? {} : { body }) });
  const request = new Request(`http://farebox.test${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const context = createExecutionContext();
  const response = await app.fetch(request, { ...env, ...settings }, context);
  await waitOnExecutionContext(context);
  return response;
}

async function parseResponse(response: Response): Promise<ParsedResponse> {
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return {
    status: response.status,
    headers: response.headers,
    json: isJson ? await response.json() : undefined,
  };
}

/** Sends a request to the Worker with an API key, or with a text that is none. */
export const requestWithKey = async (
  key: string,
  ...request: RequestArgs
): Promise<ParsedResponse> => await parseResponse(await send(key, request));

/**
 * Signs up a person. `admin@farebox.test` is the operator.
 * @param settings of the Worker that answers this person, beside the tests' own
 */
export async function signUpPerson(
  email: string = uniqueEmail(),
  settings?: Settings,
): Promise<Person> {
  const password = `a password of ${crypto.randomUUID()}`;
  const authenticate = async (path: string) => {
    const response = await call("POST", path, { body: { email, password } });
    if (!response.ok)
      throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return await response.json<{ user: { id: string }; accessToken: string }>();
  };
  let { user, accessToken } = await authenticate("/api/auth/register");
  let signedInUntil = Date.now() + SESSION_MS;
  const sendSignedIn = async (request: RequestArgs): Promise<Response> => {
    if (Date.now() >= signedInUntil) {
      ({ accessToken } = await authenticate("/api/auth/login"));
      signedInUntil = Date.now() + SESSION_MS;
    }
    return await send(accessToken, request, settings);
  };
  const requestOk = async <T>(...request: RequestArgs): Promise<T> => {
    const response = await sendSignedIn(request);
    if (!response.ok)
      throw new Error(
        `${request[0]} ${request[1]} answered ${response.status}: ${await response.text()}`,
      );
    return await response.json<T>();
  };
  return {
    userId: user.id,
    email,
    request: async (...request) => await parseResponse(await sendSignedIn(request)),
    get: (path) => requestOk("GET", path),
    post: (path, body = {}) => requestOk("POST", path, body),
  };
}

/** Runs the alarm of a person's account, which reports usage among other things. */
export const runAccountAlarm = async ({ userId }: Person): Promise<void> => {
  await runDurableObjectAlarm(accountObject(userId));
};

/** The answer of `POST /api/checkout` and similar routes. */
export interface CheckoutPage {
  readonly url: string;
  readonly sessionId: string;
  readonly stripeSessionId: string;
}

/** Pays on Stripe's page with a good card. No event is delivered yet. */
export async function payOnPage(stripe: TestStripe, url: string): Promise<void> {
  const response = await stripe.pay(url);
  if (response.status !== 303)
    throw new Error(`Paying answered ${response.status}: ${await response.text()}`);
}

/** Pays on Stripe's page with a good card and delivers the events. */
export async function payAndDeliver({ stripe }: Story, url: string): Promise<void> {
  await payOnPage(stripe, url);
  await stripe.control.flush();
}
