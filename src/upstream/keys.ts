import type { Config } from "../config.ts";
import { fail, ok, Refusal, type Result } from "../errors.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { UpstreamHealth } from "./health.ts";

/** The operator's keys to an upstream. */
export interface Keys {
  /** The key whose turn it is. */
  readonly apiKey: string;
  /** The others, in the order in which they are tried where it is refused. */
  readonly otherKeys: readonly string[];
}

/**
 * A model provider's address, and the operator's key to it. Chosen by the operator alone: users
 * never choose a URL.
 */
export interface Upstream extends Keys {
  readonly baseUrl: string;
  /** The API in which its chats are asked for. */
  readonly dialect: Dialect;
  readonly maxTokensField: "max_completion_tokens" | "max_tokens";
  /** Whether it takes `stream_options`, by which the usage of a stream is asked for. */
  readonly streamOptions: boolean;
  /** Fields that cost extra there and that the operator's prices cover. */
  readonly coveredFields: readonly string[];
  /** Fields that are passed on to it beside those that every upstream gets. */
  readonly passFields: readonly string[];
  /** The most tokens that a picture takes there, and one of low detail. */
  readonly imageTokens: number;
  readonly lowDetailImageTokens?: number | undefined;
  /** The time to the first token of a stream, after which another upstream is asked. */
  readonly firstTokenSeconds?: number | undefined;
}

/** How often each upstream was resolved in this isolate, by its name. */
const turns = new Map<string, number>();
/** How the keys of this isolate did lately. */
const health = new UpstreamHealth();

/** Lists keys in the order in which they are tried. */
export const listKeys = ({ apiKey, otherKeys }: Keys): readonly string[] => [apiKey, ...otherKeys];

/** Takes the keys out of a text: some vendors repeat the one that they were sent. */
export const hideKeys = (text: string, keys: Keys): string =>
  listKeys(keys).reduce((hidden, key) => hidden.replaceAll(key, "[…]"), text);

/**
 * Notes that a key was refused.
 * @param retryAfterSeconds the time for which its vendor refuses it; null where it does not say
 */
export const noteKeyRefused = (
  key: string,
  nowMs: number,
  retryAfterSeconds: number | null,
): void => health.noteFailure(key, nowMs, retryAfterSeconds);

/** Puts the key whose turn it is first, and those that were refused lately last. */
function takeTurn(name: string, keys: readonly string[], nowMs: number): readonly string[] {
  if (keys.length < 2) return keys;
  const turn = (turns.get(name) ?? 0) % keys.length;
  turns.set(name, turn + 1);
  const inTurn = [...keys.slice(turn), ...keys.slice(0, turn)];
  const isResting = (key: string) => health.isResting(key, nowMs);
  return [...inTurn.filter((key) => !isResting(key)), ...inTurn.filter(isResting)];
}

/**
 * Resolves an upstream by its name in the settings, with the key whose turn it is. A model that
 * names none of them is the operator's mistake.
 */
export function resolveUpstream(config: Config, name: string): Result<Upstream> {
  const upstream = Object.hasOwn(config.UPSTREAMS, name) ? config.UPSTREAMS[name] : undefined;
  if (upstream === undefined)
    return fail("misconfigured", `The setting UPSTREAMS has no "${name}".`, { param: "UPSTREAMS" });
  const { apiKeyVar, ...rest } = upstream;
  try {
    const keys = [apiKeyVar].flat().map((variable) => config.secret(variable));
    const [apiKey = "", ...otherKeys] = takeTurn(name, keys, Date.now());
    return ok({ ...rest, apiKey, otherKeys });
  } catch (error) {
    // A key that is not set: the refusal names it.
    if (error instanceof Refusal) return { ok: false, failure: error.failure };
    throw error;
  }
}
