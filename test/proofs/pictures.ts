/**
 * `npm run test:pictures -- [--requests N] [--translated N] [--seed N]`
 *
 * Sends chats with a picture of 20 MB each through a running Worker, some of them at once, and then
 * some through `/v1/messages` and `/v1/responses`. Each is served with the whole picture and
 * charged exactly, and the memory of the Worker's process stays flat.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { residentMb } from "../../bench/machine/usage.ts";
import { recordProof } from "../../dev/proofs/record.ts";
import { toMicrocredits } from "../../src/units.ts";
import { newBuyer, type Person, readBooks } from "../journeys/support/person.ts";
import { freePorts } from "../journeys/support/ports.ts";
import { Checks } from "./support/checks.ts";
import { pause } from "./support/keyed-request.ts";
import { quantile } from "./support/measured-fetch.ts";
import { readProofOptions } from "./support/options.ts";
import { PICTURE_USAGE, PictureModel } from "./support/picture-model.ts";
import { PlainWorker } from "./support/plain-worker.ts";

const PICTURE_BYTES = 20_000_000;
/** Requests under way at the same time. */
const AT_ONCE = 4;
/** So that nobody asks more often than a plan lets them. */
const USERS = 8;
const SAMPLE_EVERY_MS = 250;
/** What memory may grow by from the second quarter of the requests to the last. */
const GROWTH_MAX = 1.15;
/** Prices of the default catalog's `large`, in microcredits for a token. */
const COST_MICROCREDITS = PICTURE_USAGE.prompt_tokens * 30 + PICTURE_USAGE.completion_tokens * 150;
const SETTLED_WITHIN_MS = 20_000;

const startedAtMs = Date.now();
const options = readProofOptions({ requests: 200, translated: 40 });
const requests = options.number("requests");
const translated = options.number("translated");
console.log(`${requests} chats with ${PICTURE_BYTES / 1e6} MB each, ${translated} translated`);

const picture = randomBytes(PICTURE_BYTES).toString("base64");
const url = `data:image/png;base64,${picture}`;
const text = "What is in this picture?";

/** The requests of each surface, as bytes that every request sends again. */
const BODIES = {
  "/v1/chat/completions": {
    model: "large",
    max_tokens: 100,
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text },
          { type: "image_url", image_url: { url } },
        ],
      },
    ],
  },
  "/v1/messages": {
    model: "large",
    max_tokens: 100,
    messages: [
      {
        role: "user",
        content: [
          { type: "image", source: { type: "base64", media_type: "image/png", data: picture } },
          { type: "text", text },
        ],
      },
    ],
  },
  "/v1/responses": {
    model: "large",
    max_output_tokens: 100,
    input: [
      {
        role: "user",
        content: [
          { type: "input_text", text },
          { type: "input_image", image_url: url },
        ],
      },
    ],
  },
} as const;
type Path = keyof typeof BODIES;
const bytesOf = (path: Path): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify(BODIES[path]));

const priced = z.object({ usage: z.object({ cost: z.number() }) });

/** How long a client waits that is told to try again, at least and at most. */
const RETRY_MS = [100, 1000] as const;
const TRIES_MAX = 200;
let retries = 0;

/**
 * Sends a request, and again while the Worker has no room for another one: then it answers 503
 * `server_busy`, or closes the connection before the whole body was sent.
 */
async function sendUntilServed(
  address: string,
  init: RequestInit,
): Promise<{ readonly status: number; readonly said: string }> {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await fetch(address, init);
      const said = await answer.text();
      const isBusy = answer.status === 503 && said.includes("server_busy");
      if (!isBusy || tries >= TRIES_MAX) return { status: answer.status, said };
    } catch (error) {
      const why = String(error instanceof Error ? error.cause : error);
      if (!/ECONNRESET|EPIPE|other side closed/.test(why) || tries >= TRIES_MAX)
        return { status: 0, said: why };
    }
    retries += 1;
    await pause(RETRY_MS[0] + Math.random() * (RETRY_MS[1] - RETRY_MS[0]));
  }
}

/** Sends one request, and returns what is wrong with its answer. */
async function ask(
  worker: PlainWorker,
  { key }: Pick<Person, "key">,
  path: Path,
  body: Uint8Array<ArrayBuffer>,
): Promise<string | null> {
  const { status, said } = await sendUntilServed(`${worker.url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body,
  });
  if (status !== 200) return `${path} answers ${status}: ${said.slice(0, 200)}`;
  if (path !== "/v1/chat/completions") return null;
  const { cost } = priced.parse(JSON.parse(said)).usage;
  return toMicrocredits(cost) === COST_MICROCREDITS ? null : `an answer says that it cost ${cost}`;
}

/** Memory of the Worker's process, and how many requests were answered by then. */
interface Sample {
  readonly answered: number;
  readonly mb: number;
}

const meanMb = (samples: readonly Sample[], from: number, to: number): number => {
  const part = samples.filter(({ answered }) => answered >= from && answered < to);
  return part.reduce((sum, { mb }) => sum + mb, 0) / Math.max(1, part.length);
};

/** Waits until no chat of these users is open, and returns what each was charged. */
async function readCharges(users: readonly Person[]): Promise<readonly number[]> {
  const books = await Promise.all(users.map(readBooks));
  const isOpen = books.some(({ heldMicrocredits }) => heldMicrocredits > 0);
  if (isOpen && Date.now() < settlesBy) {
    await pause(500);
    return await readCharges(users);
  }
  return books.flatMap(({ chats }) => chats.map(({ amount }) => -toMicrocredits(amount)));
}
let settlesBy = 0;

async function prove(worker: PlainWorker, model: PictureModel): Promise<void> {
  const users: Person[] = [];
  for (let at = 0; at < USERS; at += 1) users.push(await newBuyer(worker.url, "Max"));
  const idleMb = residentMb(worker.pid);

  let answered = 0;
  const problems: string[] = [];
  const waitsMs: number[] = [];
  const samples: Sample[] = [];
  async function askAll(path: Path, count: number): Promise<void> {
    const body = bytesOf(path);
    let begun = 0;
    const askOn = async (): Promise<void> => {
      while (begun < count) {
        const user = users[begun % USERS];
        begun += 1;
        if (user === undefined) return;
        const beganAtMs = performance.now();
        const problem = await ask(worker, user, path, body);
        waitsMs.push(performance.now() - beganAtMs);
        answered += 1;
        if (problem !== null) problems.push(problem);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askOn));
  }

  const sampling = new AbortController();
  const sampled = (async () => {
    while (!sampling.signal.aborted) {
      samples.push({ answered, mb: residentMb(worker.pid) });
      await pause(SAMPLE_EVERY_MS);
    }
  })();
  let chatWaitsMs: number[] = [];
  try {
    await askAll("/v1/chat/completions", requests);
    chatWaitsMs = [...waitsMs];
    await askAll("/v1/messages", Math.ceil(translated / 2));
    await askAll("/v1/responses", Math.floor(translated / 2));
  } finally {
    sampling.abort();
    await sampled;
  }

  settlesBy = Date.now() + SETTLED_WITHIN_MS;
  const charges = await readCharges(users);
  const all = requests + translated;
  const early = meanMb(samples, requests / 4, requests / 2);
  const late = meanMb(samples, (requests * 3) / 4, requests);
  const later = meanMb(samples, requests, all);
  const mostMb = Math.max(...samples.map(({ mb }) => mb));

  const checks = new Checks();
  checks.report("every request is answered, at its exact cost", problems);
  checks.report(
    "the model gets the whole picture, once for each request",
    model.served === all ? [] : [`it got ${model.served} of ${all}`],
  );
  checks.report(
    "every request is charged once, exactly",
    charges.length === all && charges.every((each) => each === COST_MICROCREDITS)
      ? []
      : [`${charges.length} charges for ${all} requests: ${[...new Set(charges)].join(", ")}`],
  );
  checks.report(
    "memory stays flat",
    [late, later].every((mb) => mb <= early * GROWTH_MAX)
      ? []
      : [`${early.toFixed(0)} MB early, ${late.toFixed(0)} late, ${later.toFixed(0)} at last`],
  );
  const counts = {
    chats: requests,
    "through /v1/messages and /v1/responses": translated,
    "clients at once": AT_ONCE,
    "times that one was told to try again": retries,
    "MB of a picture": PICTURE_BYTES / 1e6,
    "ms of a chat, p50": Math.round(quantile(chatWaitsMs, 0.5)),
    "ms of a chat, p99": Math.round(quantile(chatWaitsMs, 0.99)),
    "MB of memory before": Math.round(idleMb),
    "MB of memory, second quarter of the chats": Math.round(early),
    "MB of memory, last quarter": Math.round(late),
    "MB of memory, translated": Math.round(later),
    "MB of memory, most": Math.round(mostMb),
  };
  console.log(counts);
  const tenths = Array.from({ length: 10 }, (_, at) => {
    const from = (all * at) / 10;
    return Math.round(meanMb(samples, from, from + all / 10));
  });
  console.log(`  MB by tenth: ${tenths.join(" ")}`);
  if (!checks.hold) process.exitCode = 1;
  else if (options.isFull) recordProof("pictures", { startedAtMs, seed: null, counts });
}

const [port = 0] = await freePorts(1);
const model = await PictureModel.start(picture, port);
const upstreams = {
  local: { baseUrl: `http://127.0.0.1:${port}/v1`, apiKeyVar: "LOCAL_MODEL_KEY" },
};
const worker = await PlainWorker.start({
  broken: options.broken,
  settings: { UPSTREAMS: JSON.stringify(upstreams) },
});
try {
  await prove(worker, model);
} finally {
  await worker.stop();
  model.stop();
}
