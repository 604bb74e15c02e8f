import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import worker from "../../src/index.ts";
import { fakeNetwork } from "./fake-network.ts";
import { chatBody, type FundedUser, signUpFundedUser } from "./funded-user.ts";

/** One of several upstreams: `a`, at a.test, with a key of its own. */
type Name = "a" | "b" | "c";
const NAMES: readonly Name[] = ["a", "b", "c"];

const keyOf = (name: Name): string => `key-of-${name}`;

/** What an upstream was asked, by its name. */
export interface UpstreamCall {
  readonly upstream: Name;
  readonly url: string;
  readonly headers: Headers;
  /** Aborts when the caller gives up. */
  readonly signal: AbortSignal;
  readonly body: Record<string, unknown>;
}

export type Answer = (call: UpstreamCall) => Response | Promise<Response>;

/**
 * Stands in for upstreams until the test ends, each of which refuses another's key as vendors do.
 * @returns their calls so far, oldest first
 */
export function standInUpstreams(answers: Partial<Record<Name, Answer>>): UpstreamCall[] {
  const calls: UpstreamCall[] = [];
  for (const upstream of NAMES) {
    const answer = answers[upstream];
    if (answer === undefined) continue;
    fakeNetwork.standIn(`${upstream}.test`, async (request) => {
      const body = await request.json<Record<string, unknown>>();
      const { url, headers, signal } = request;
      const call = { upstream, url, headers, signal, body };
      calls.push(call);
      const key = request.headers.get("x-api-key") ?? request.headers.get("authorization") ?? "";
      if (!key.replace("Bearer ", "").startsWith(keyOf(upstream)))
        return Response.json({ error: { message: "Incorrect API key." } }, { status: 401 });
      return await answer(call);
    });
  }
  return calls;
}

/** The tokens of every good reply: 10 × 30 + 10 × 150 microcredits. */
const USAGE = { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 };
export const COST = 10 * 30 + 10 * 150;

const frame = (json: object) => `data: ${JSON.stringify(json)}\n\n`;

/** Returns the frames of a good reply that says `text`. */
export const goodFrames = (text: string, more: object = {}): string =>
  [
    frame({
      id: "chatcmpl-1",
      choices: [{ index: 0, delta: { role: "assistant", content: "" } }],
      ...more,
    }),
    frame({ id: "chatcmpl-1", choices: [{ index: 0, delta: { content: text } }], ...more }),
    frame({ id: "chatcmpl-1", choices: [{ index: 0, delta: {}, finish_reason: "stop" }], ...more }),
    frame({ id: "chatcmpl-1", choices: [], usage: USAGE, ...more }),
    "data: [DONE]\n\n",
  ].join("");

const EVENTS = { headers: { "content-type": "text/event-stream" } };

/** Answers with these frames. */
export const streams =
  (...frames: readonly string[]): Answer =>
  () =>
    new Response(frames.join(""), EVENTS);

/** Replies as a working upstream does, in the form that it is asked for. */
export const replies =
  (text: string, more: object = {}): Answer =>
  ({ body }) =>
    body["stream"] === true
      ? new Response(goodFrames(text, more), EVENTS)
      : Response.json({
          id: "chatcmpl-1",
          object: "chat.completion",
          created: 1,
          model: body["model"],
          choices: [
            { index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" },
          ],
          usage: USAGE,
          ...more,
        });

let models = 0;

/** Puts a model on sale that these upstreams serve, by a name that no other test has. */
export async function sellModel(
  upstreams: readonly { upstream: Name; weight?: number }[],
  more: object = {},
): Promise<string> {
  const id = `served-${crypto.randomUUID()}-${models++}`;
  const model = {
    id,
    upstreams: upstreams.map((each) => ({ ...each, upstreamModel: `${id}-at-${each.upstream}` })),
    inputPrice: 30,
    outputPrice: 150,
    contextLength: 100_000,
    maxOutputTokens: 1000,
    ...more,
  };
  await loadCatalog(database(env.DB), { plans: [], models: [model] }, Date.now());
  return id;
}

/** Signs up a user with ten credits. */
export const signUpUser = (): Promise<FundedUser> => signUpFundedUser(10);

/** The settings of the upstreams, with `more` of each. */
export const upstreamSettings = (more: Partial<Record<Name, object>> = {}) => ({
  UPSTREAMS: JSON.stringify(
    Object.fromEntries(
      NAMES.map((name) => [
        name,
        { baseUrl: `http://${name}.test/v1`, apiKeyVar: `KEY_OF_${name}`, ...more[name] },
      ]),
    ),
  ),
  ...Object.fromEntries(NAMES.map((name) => [`KEY_OF_${name}`, keyOf(name)])),
});

/** Sends a chat and waits until all that follows it is done. */
export async function chatWith(
  { key }: Pick<FundedUser, "key">,
  body: Record<string, unknown>,
  {
    settings = {},
    headers = {},
    path = "/v1/chat/completions",
  }: {
    settings?: Record<string, unknown>;
    headers?: Record<string, string>;
    path?: string;
  } = {},
) {
  const ctx = createExecutionContext();
  const request = new Request(`http://farebox.test${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(chatBody(body)),
  });
  const bindings = { ...upstreamSettings(), ...settings };
  const response = await worker.fetch(request, { ...env, ...bindings }, ctx);
  const text = await response.text();
  await waitOnExecutionContext(ctx);
  return { status: response.status, headers: response.headers, text };
}
