import { env } from "cloudflare:workers";
import { z } from "zod";
import { creditAccount } from "../../src/account/index.ts";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { call } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { createKey, signUp, type TestUser } from "../support/sign-up.ts";
import { type Case, isStreamed, isTurn, type Surface } from "./cases.ts";
import { type Expected, expectOf, MAX_TOKENS, PRICES } from "./expected.ts";
import { piecesOf } from "./framings.ts";
import { REFUSED_STATUS, scriptStream, scriptWhole, VENDOR_ERROR } from "./reply.ts";

/** Credit that no proof uses up. */
const FUNDS_MICROCREDITS = 1_000_000_000_000;
/** Prompts have this many bytes at least, as their vendors count up to 1200 tokens. */
const PROMPT = "x".repeat(1400);

/** The upstreams of `vitest.config.ts`, by the dialects in which they are called. */
const UPSTREAMS = ["local", "messages"] as const;
const modelIn = (id: string, upstream: (typeof UPSTREAMS)[number]): string =>
  upstream === "local" ? id : `${id}-in-${upstream}`;
const upstreamOf = ({ vendor }: Case) => (vendor.dialect === "chat" ? "local" : vendor.dialect);

/** Loads the proof's models. */
export async function loadModels(): Promise<void> {
  const ids = Object.entries(PRICES);
  const all = UPSTREAMS.flatMap((upstream) =>
    ids.map(([id, prices]) => ({ id: modelIn(id, upstream), upstream, prices })),
  );
  const models = all.map(({ id, upstream, prices }) => ({
    id,
    upstream,
    upstreamModel: "large",
    inputPrice: prices.input / 1e6,
    cachedInputPrice: prices.cachedInput / 1e6,
    cacheWritePrice: prices.cacheWrite / 1e6,
    outputPrice: prices.output / 1e6,
    contextLength: 100_000,
    maxOutputTokens: MAX_TOKENS,
  }));
  await loadCatalog(database(env.DB), { plans: [], models }, Date.now());
}

/** Longer than any relay leaves what came unread. */
const UNREAD_MS = 150;

/** A user who plays one case after the other. */
export interface Player extends TestUser {
  readonly key: string;
  readonly account: ReturnType<typeof creditAccount>;
}

export async function signUpPlayer(): Promise<Player> {
  const user = await signUp();
  const account = creditAccount(env, user.userId);
  await account.setEntitlement({
    entitlement: {
      planId: "pln_none",
      planVersion: 1,
      allowances: {},
      models: null,
      features: [],
      requestsPerMinute: 1_000_000,
    },
  });
  await account.grant({
    operationId: "funds",
    amountMicrocredits: FUNDS_MICROCREDITS,
    priority: 0,
    effectiveAt: null,
    expiresAt: null,
    reason: "Test",
  });
  return { ...user, key: await createKey(user), account };
}

/** A call of the vendor that one case makes. */
interface VendorCall {
  readonly case: Case;
  /** Resolves when the client has left. */
  readonly left: Promise<void>;
}

const calls = new Map<string, VendorCall>();
const vendorRequest = z.looseObject({
  messages: z.array(
    z.looseObject({
      content: z.union([z.string(), z.array(z.looseObject({ text: z.string() }))]),
    }),
  ),
});

/** Stands all vendors in for the upstream: each request names its case. */
export function standInVendors(): void {
  fakeNetwork.standIn("model.test", async (request) => {
    const { messages } = vendorRequest.parse(await request.json());
    const content = messages.at(-1)?.content ?? "";
    const said = typeof content === "string" ? content : (content[0]?.text ?? "");
    const id = /^case (\S+)/.exec(said)?.[1] ?? "";
    const answered = calls.get(id);
    if (answered === undefined) throw new Error(`There is no case ${id}.`);
    return reply(answered);
  });
}

function reply({ case: one, left }: VendorCall): Response {
  const { form, ending } = one;
  const refused = REFUSED_STATUS[ending];
  if (refused !== undefined)
    return Response.json({ error: { ...VENDOR_ERROR, code: null } }, { status: refused });
  const { framing } = form;
  const headers: HeadersInit = framing.type === null ? {} : { "content-type": framing.type };

  async function* pieces(): AsyncGenerator<Uint8Array> {
    if (form.kind === "whole") {
      const { json, breaks } = scriptWhole(one);
      const text = form.framing.body(json);
      const isCut = breaks || ending === "cut off cleanly";
      yield* piecesOf(
        isCut ? text.slice(0, Math.floor(text.length / 2)) : text,
        framing.pieceBytes,
      );
      if (breaks) throw new Error("broken off");
      return;
    }
    const { frames, leavesAfter, breaks } = scriptStream(one);
    const leaves = ending.startsWith("its client leaves");
    yield* piecesOf(form.framing.head, framing.pieceBytes);
    for (const [at, frame] of frames.entries()) {
      if (leaves && at === leavesAfter) await left;
      yield* piecesOf(form.framing.frame(frame), framing.pieceBytes);
      // The Worker notices at a later write.
      if (leaves && at === leavesAfter) await scheduler.wait(1);
    }
    // A stream of JavaScript drops what was not read when it breaks. A socket does not.
    if (breaks) await scheduler.wait(UNREAD_MS);
    if (breaks) throw new Error("broken off");
  }
  const source = pieces();
  const body = new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const { value, done } = await source.next();
      if (!done) return controller.enqueue(value);
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: async () => {
      await source.return(undefined);
    },
  });
  return new Response(body, { headers });
}

const requestBody = (surface: Surface, model: string, content: string): object => {
  if (isTurn(surface)) return { model, message: content, stream: surface === "streamed turn" };
  return {
    model,
    messages: [{ role: "user", content }],
    max_tokens: MAX_TOKENS,
    ...(surface === "whole" ? {} : { stream: true }),
    ...(surface === "stream with usage" ? { stream_options: { include_usage: true } } : {}),
    ...(surface === "stream with cost" ? { usage: { include: true } } : {}),
  };
};

/** Reads until the first words came, and leaves. */
async function readAndLeave(response: Response, word: string): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes(word)) {
    const { value, done } = await Promise.race([
      reader.read(),
      scheduler.wait(2000).then(() => ({ value: undefined, done: true }) as const),
    ]);
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}

/** Every text of a reply as a client sees it. */
const readTexts = (text: string): string =>
  Array.from(text.matchAll(/"(?:content|text)"\s*:\s*("(?:[^"\\]|\\.)*")/g), ([, json = '""']) =>
    z.string().parse(JSON.parse(json)),
  ).join("");

const USAGE_SHOWN =
  /"(usage|usageMetadata|amazon-bedrock-\w+)"\s*:|prompt_tokens|input_tokens|inputTokens|TokenCount|eval_count/;

/** Finds what is wrong with what the client got. */
function findWrongAnswer(one: Case, expected: Expected, status: number, text: string): string[] {
  const wrong: string[] = [];
  const check = (isRight: boolean, what: string): void => {
    if (!isRight) wrong.push(what);
  };
  check(status === expected.status, `status ${status}, not ${expected.status}`);
  if (status !== 200 || expected.status !== 200) return wrong;
  const { surface, vendor, form, ending } = one;
  const { isOpenAi } = vendor.shape;
  const leaves = ending.startsWith("its client leaves");
  const hasDone = /data: ?\[DONE\]/.test(text);
  const hasError = text.includes('"error":{') || text.includes('"error": {');
  if (isStreamed(surface) && !leaves) {
    const isOwnEnd = isTurn(surface) || (form.kind === "whole" && isOpenAi);
    if (expected.sees === "an error") check(!hasDone, "[DONE] after an error");
    check(
      expected.sees === "an error"
        ? hasError || text.includes('"finish_reason":"error"')
        : !hasError,
      expected.sees === "an error" ? "no error is seen" : "an error is seen",
    );
    if (expected.sees === "the end" && isOwnEnd) check(hasDone, "no [DONE]");
  }
  if (leaves) check(text.includes(one.words[0] ?? ""), "nothing was seen before its client left");
  else if (isTurn(surface)) check(readTurn(surface, text) === expected.text, "another text");
  else check(readTexts(text).includes(expected.text), "another text");
  for (const own of vendor.ownPrices)
    if (surface !== "stream with usage") check(!text.includes(own), `${own} of the vendor is seen`);
  if (surface === "stream") check(!USAGE_SHOWN.test(text), "usage is seen");
  const cost = `"cost":${expected.chargeMicrocredits / 1e6}`;
  const showsCost =
    surface === "whole" ||
    surface === "turn" ||
    (surface === "streamed turn" && !leaves && expected.ending !== null) ||
    (surface === "stream with cost" && expected.sees === "the end" && expected.model === "counted");
  if (showsCost) check(text.includes(cost), `no ${cost}`);
  return wrong;
}

const turn = z.looseObject({
  message: z.looseObject({ content: z.string(), status: z.string() }),
});

/** Returns the text of a turn: the stored one, which has to be the one that was streamed. */
function readTurn(surface: Surface, text: string): string | null {
  if (surface === "turn") return turn.parse(JSON.parse(text)).message.content;
  const lines = text.split("\n\n").filter((line) => line.startsWith("data: {"));
  const frames = lines.map((line) => JSON.parse(line.slice("data: ".length)));
  const streamed = frames.map((frame) => frame.choices?.[0]?.delta?.content ?? "").join("");
  const stored = frames.find((frame) => frame.message !== undefined);
  if (stored === undefined) return streamed;
  const { content } = turn.parse(stored).message;
  return content === streamed ? content : `streamed: ${streamed}, stored: ${content}`;
}

/** Waits until no credit is held any more. Returns what is left, or null where it stays held. */
async function whenResolved({ account }: Player): Promise<number | null> {
  for (let tries = 0; tries < 200; tries++) {
    const summary = await account.summary();
    if (!summary.ok) throw new Error(summary.failure.message);
    const { postedMicrocredits, heldMicrocredits } = summary.value.balance;
    if (heldMicrocredits === 0) return postedMicrocredits;
    await scheduler.wait(tries < 20 ? 2 : 50);
  }
  return null;
}

let played = 0;

/** Plays one case, and returns what is wrong: nothing, as a rule. */
export async function play(player: Player, one: Case): Promise<readonly string[]> {
  const expected = expectOf(one);
  const id = `${played++}`;
  const { promise: left, resolve: leave } = Promise.withResolvers<void>();
  calls.set(id, { case: one, left });
  const before = await whenResolved(player);
  const { surface, ending } = one;
  const response = await call("POST", isTurn(surface) ? "/api/chat" : "/v1/chat/completions", {
    token: isTurn(surface) ? player.token : player.key,
    body: requestBody(surface, modelIn(expected.model, upstreamOf(one)), `case ${id} ${PROMPT}`),
  });
  let text: string;
  if (ending.startsWith("its client leaves") && response.status === 200) {
    text = await readAndLeave(response, one.words[0] ?? "");
    leave();
  } else text = await response.text();
  const after = await whenResolved(player);
  calls.delete(id);
  const wrong = findWrongAnswer(one, expected, response.status, text);
  if (before === null || after === null) return [...wrong, "its hold is not resolved"];
  const charged = before - after;
  if (charged !== expected.chargeMicrocredits)
    wrong.push(`charged ${charged}, not ${expected.chargeMicrocredits}`);
  if (expected.ending !== null) wrong.push(...(await findWrongEntry(player, expected)));
  if (wrong.length > 0) wrong.push(`seen: ${text.replaceAll(PROMPT, "…").slice(0, 2000)}`);
  return wrong;
}

async function findWrongEntry({ account }: Player, expected: Expected): Promise<string[]> {
  const [last] = await account.movements({ limit: 1, before: null });
  if (last?.entry.kind !== "capture") return ["it is not in the ledger"];
  const { ending, estimated } = last.entry;
  const isLeft = expected.ending === "client_gone";
  return [
    // A client is seen leaving at a write that fails: a short reply may be over before.
    ...(ending === expected.ending || isLeft ? [] : [`ended ${ending}, not ${expected.ending}`]),
    ...(estimated === expected.estimated ? [] : [`estimated is ${estimated}`]),
  ];
}
