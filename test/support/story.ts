import {
  createExecutionContext,
  runDurableObjectAlarm,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { LocalModel } from "../../dev/model/app.ts";
import { creditAccount } from "../../src/account/index.ts";
import { app } from "../../src/app.ts";
import { type CatalogData, loadCatalog } from "../../src/catalog/index.ts";
import { runCron } from "../../src/cron.ts";
import { database } from "../../src/db.ts";
import { call } from "./call.ts";
import { standInModel } from "./model.ts";
import { uniqueEmail } from "./sign-up.ts";
import { standInStripe, type TestStripe } from "./stripe.ts";

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
/** Access tokens last a quarter of an hour. */
const SESSION_MS = 10 * MINUTE_MS;

/** What the Worker answered. `json` is undefined where it answered nothing, or no JSON. */
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

/** Somebody in a story. Signs in again whenever time has gone by, as an app does. */
export interface Person {
  readonly userId: string;
  readonly email: string;
  /** Asks the Worker for something. */
  readonly request: (...request: RequestArgs) => Promise<ParsedResponse>;
  /** The same, where nothing but success will do: gives what was answered. */
  readonly get: <T>(path: string) => Promise<T>;
  readonly post: <T>(path: string, body?: unknown) => Promise<T>;
}

/** Everything that a story happens in. */
export interface Story {
  readonly stripe: TestStripe;
  readonly model: LocalModel;
  /** Lets time go by for everybody, and delivers what Stripe has to say about it. */
  readonly advance: (ms: number) => Promise<void>;
  /** What the Worker does by itself every minute. */
  readonly cron: () => Promise<void>;
}

/**
 * Begins a story: a shop that sells this catalog and nothing else, Stripe and a model, and a clock
 * that all of them go by. A file holds one story, and ends it with `vi.useRealTimers()`.
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

/** The Worker's settings that an operator chose otherwise than the tests have them. */
type Settings = Readonly<Record<string, string>>;

/** Sends a request with a credential. No two things happen at the same time. */
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

/** Asks the Worker for something with an API key, or with what is none. */
export const requestWithKey = async (
  key: string,
  ...request: RequestArgs
): Promise<ParsedResponse> => await parseResponse(await send(key, request));

/**
 * Somebody signs up. `admin@farebox.test` is the operator.
 * @param settings of the Worker that answers them, where it is to have others than the tests'
 */
export async function signUpPerson(
  email: string = uniqueEmail(),
  settings?: Settings,
): Promise<Person> {
  const password = `a ride of ${crypto.randomUUID()}`;
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

/**
 * Lets somebody's account do what it does by itself after a while, such as tell how much was used.
 */
export const runAccountAlarm = async ({ userId }: Person): Promise<void> => {
  await runDurableObjectAlarm(creditAccount(env, userId));
};

/** What `POST /api/checkout` and its like answer. */
export interface CheckoutPage {
  readonly url: string;
  readonly sessionId: string;
  readonly stripeSessionId: string;
}

/** Somebody pays on Stripe's page, with a good card. Nobody has been told yet. */
export async function payOnPage(stripe: TestStripe, url: string): Promise<void> {
  const response = await stripe.pay(url);
  if (response.status !== 303)
    throw new Error(`Paying answered ${response.status}: ${await response.text()}`);
}

/** The same, and Stripe tells of it. */
export async function payAndDeliver({ stripe }: Story, url: string): Promise<void> {
  await payOnPage(stripe, url);
  await stripe.control.flush();
}
