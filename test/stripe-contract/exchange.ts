import { answerProblems } from "./answers.ts";
import { expansionProblem } from "./expansions.ts";
import { type FormTree, metadataIn, parseFields } from "./form.ts";
import { findEventObject, findOperation, type Operation } from "./operations.ts";
import { paramProblems } from "./params.ts";
import type { Exchange, SentEvent, Traffic } from "./traffic.ts";

// https://docs.stripe.com/api/idempotent_requests and https://docs.stripe.com/metadata
const KEY_LENGTH_MAX = 255;
const METADATA_KEYS_MAX = 50;
const METADATA_NAME_MAX = 40;
const METADATA_VALUE_MAX = 500;

function metadataProblems(params: FormTree): string[] {
  return metadataIn(params).flatMap((metadata) => {
    const entries = Object.entries(metadata);
    const count =
      entries.length > METADATA_KEYS_MAX ? [`metadata: has ${entries.length} keys`] : [];
    const tooLong = entries.filter(
      ([name, value]) =>
        name.length > METADATA_NAME_MAX ||
        typeof value !== "string" ||
        value.length > METADATA_VALUE_MAX,
    );
    return [...count, ...tooLong.map(([name]) => `metadata.${name.slice(0, 40)}: is too long`)];
  });
}

function keyProblems({ idempotencyKey, method }: Exchange): string[] {
  // The client adds a key of its own where it may repeat a request.
  if (idempotencyKey === null || idempotencyKey.startsWith("stripe-node-retry")) return [];
  const tooLong = idempotencyKey.length > KEY_LENGTH_MAX;
  return [
    ...(tooLong ? [`idempotency key: has ${idempotencyKey.length} characters`] : []),
    ...(method === "GET" ? ["idempotency key: has no effect on GET"] : []),
  ];
}

function requestProblems(exchange: Exchange, operation: Operation): string[] {
  const params = parseFields(exchange.params);
  const { expand } = params;
  const paths = typeof expand === "object" ? Object.values(expand).map(String) : [];
  return [
    ...(operation.params === null
      ? Object.keys(params).map((name) => `${name}: Stripe takes no parameters here`)
      : paramProblems(params, operation.params)),
    ...keyProblems(exchange),
    ...metadataProblems(params),
    ...paths.flatMap((path) => expansionProblem(path, operation) ?? []),
  ];
}

const REFUSAL = 400;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function problemsOfAnswer({ status, answer: text }: Exchange, operation: Operation): string[] {
  const answer = parseJson(text);
  if (status >= REFUSAL) {
    const { type }: { type?: unknown } = Object(Object(answer).error);
    return typeof type === "string" ? [] : ["error.type: is missing"];
  }
  return operation.answer === null ? [] : answerProblems(answer, operation.answer, "");
}

/**
 * Holds a request of the Worker's and the local Stripe's answer against what the `stripe` package
 * declares.
 * @returns what does not fit, in words that name the operation
 */
function exchangeProblems(exchange: Exchange): string[] {
  const { method, path, isOfWorker, status } = exchange;
  const operation = findOperation(method, path);
  if (operation === undefined)
    return isOfWorker || status < REFUSAL
      ? [`${method} ${path}: Stripe has no such operation`]
      : [];
  const where = `${method} ${operation.path}`;
  return [
    ...(isOfWorker || status < REFUSAL
      ? requestProblems(exchange, operation).map((problem) => `${where}: asked with ${problem}`)
      : []),
    ...problemsOfAnswer(exchange, operation).map((problem) => `${where}: answered ${problem}`),
  ];
}

/** The same for an event that the local Stripe sends. */
function eventProblems({ type, data }: SentEvent): string[] {
  const object = findEventObject(type);
  if (object === undefined) return [`event ${type}: Stripe has no such type`];
  return answerProblems(data.object, object, "").map((problem) => `event ${type}: ${problem}`);
}

/** Lists what in some traffic does not fit the `stripe` package's declarations, each once. */
export const trafficProblems = ({ exchanges, events }: Traffic): string[] => [
  ...new Set([...exchanges.flatMap(exchangeProblems), ...events.flatMap(eventProblems)]),
];
