import type { RequestTerms } from "../dialect.ts";
import { isCount, isObject, type Json, listObjects } from "../json-fields.ts";

/**
 * The fields of a client's own request that are sent as they came. Others are decided by the
 * upstream's settings, or have no effect.
 */
const FIELDS = `messages system tools tool_choice thinking output_config stop_sequences stream
  temperature top_k top_p metadata`.split(/\s+/);
/** Fields that cost more where they are covered by the operator's prices. */
const COVERED = ["cache_control", "service_tier"];

/** Anthropic's least budget of thoughts. */
const BUDGET_MIN = 1024;

/** Returns a block, and what is in it, without the marks of a cache. */
function withoutMark(block: unknown): unknown {
  if (!isObject(block)) return block;
  const { cache_control: _, ...rest } = block;
  return block["type"] === "tool_result" ? { ...rest, ...contentOf(rest, withoutMark) } : rest;
}

const contentOf = ({ content }: Json, change: (block: unknown) => unknown): Json =>
  Array.isArray(content) ? { content: content.map(change) } : {};

const mapList = (list: unknown, change: (each: unknown) => unknown): unknown =>
  Array.isArray(list) ? list.map(change) : list;

/** Whether a block is no thought, or one that Anthropic signed: others it refuses. */
const isKept = (block: unknown, unsealed: string): boolean =>
  !isObject(block) ||
  block["type"] !== "thinking" ||
  (typeof block["signature"] === "string" && !["", unsealed].includes(block["signature"]));

/** A budget has to be below the cap, which may be lower than the client's. */
function withinCap(thinking: unknown, maxTokens: number): unknown {
  if (!isObject(thinking) || !isCount(thinking["budget_tokens"])) return thinking;
  const budget = Math.min(thinking["budget_tokens"], maxTokens - 1);
  return budget < BUDGET_MIN ? undefined : { ...thinking, budget_tokens: budget };
}

/** The signature that Farebox gives to thoughts that their vendor does not sign. */
const UNSEALED = "unsealed";

/**
 * Builds a client's own request to the Messages API as it is sent: with the vendor's name of the
 * model and the cap that is paid for, and without what the operator's prices do not cover. All else
 * is as it came.
 * @param body a request whose fields were checked
 */
export function toNativeMessages(body: Json, { model, maxTokens, passed }: RequestTerms): Json {
  const names = [...FIELDS, ...COVERED.filter((name) => passed.has(name))];
  const kept = Object.fromEntries(
    names.flatMap((name) => ((body[name] ?? null) === null ? [] : [[name, body[name]]])),
  );
  const change = passed.has("cache_control") ? (each: unknown) => each : withoutMark;
  const messages = listObjects(body["messages"]).map((message) => ({
    ...message,
    ...(Array.isArray(message["content"])
      ? {
          content: message["content"].filter((block) => isKept(block, UNSEALED)).map(change),
        }
      : {}),
  }));
  return {
    ...kept,
    model,
    max_tokens: maxTokens,
    messages,
    ...("system" in kept ? { system: mapList(kept["system"], change) } : {}),
    ...("tools" in kept ? { tools: mapList(kept["tools"], change) } : {}),
    ...("thinking" in kept ? { thinking: withinCap(kept["thinking"], maxTokens) } : {}),
  };
}
