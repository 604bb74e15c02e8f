/**
 * The right result of a case, by the rules of `src/chat/README.md` and the row of its vendor. It
 * has none of the product's code.
 */
import { type Case, countWords, isStreamed } from "./cases.ts";
import { comesToItsCount, REFUSED_STATUS, sentWords } from "./reply.ts";
import type { Tokens } from "./vendors.ts";

/** The prices of the proof's models, in microcredits for a million tokens. */
export const PRICES = {
  /** For replies with a count: each kind of token has a price of its own. */
  counted: { input: 3_300_001, cachedInput: 300_007, cacheWrite: 4_125_003, output: 16_500_009 },
  /** For others: a prompt is estimated, which this proof does not do again. */
  estimated: { input: 0, cachedInput: 0, cacheWrite: 0, output: 16_500_009 },
} as const;

/** The cap of every chat of the proof. */
export const MAX_TOKENS = 200;

export interface Expected {
  readonly status: number;
  /** The model by which the charge is exact. */
  readonly model: keyof typeof PRICES;
  readonly chargeMicrocredits: number;
  /** Null where the hold is voided. */
  readonly ending: "complete" | "client_gone" | "upstream_failed" | null;
  readonly estimated: boolean;
  /** The end of a stream, as its client sees it. */
  readonly sees: "the end" | "an error" | "nothing more";
  /** Whether the reply is stored as whole, in a conversation. */
  readonly isWhole: boolean;
  readonly text: string;
}

const charge = (prices: (typeof PRICES)[keyof typeof PRICES], tokens: Tokens): number => {
  const { input, cachedInput, cacheWriteInput, output } = tokens;
  const millionths =
    BigInt(input - cachedInput - cacheWriteInput) * BigInt(prices.input) +
    BigInt(cachedInput) * BigInt(prices.cachedInput) +
    BigInt(cacheWriteInput) * BigInt(prices.cacheWrite) +
    BigInt(output) * BigInt(prices.output);
  return Number((millionths + 999_999n) / 1_000_000n);
};

/** The count that is believed, of a reply whose count came. */
function believed(one: Case, replyWords: number, thoughts: number): Tokens | null {
  const { vendor, timing, served } = one;
  if (["as a list", "as a text", "as zeros", "never"].includes(timing)) return null;
  const tokens = vendor.tells({ ...served, reply: replyWords, thoughts });
  // A count beyond the cap is charged at the cap.
  return timing === "beyond the cap" ? { ...tokens, output: MAX_TOKENS } : tokens;
}

/** Whether a vendor's refusal is about the client's own request. */
const refusalStatus = (status: number): number => (status === 400 || status === 429 ? status : 502);

/** Whether the client gets an error status in place of a reply that began. */
function isRefusedLate({ form, surface, ending, vendor }: Case): boolean {
  if (ending === "an error in place of a reply")
    return form.kind === "whole" || !isStreamed(surface);
  const isCut = ending === "cut off cleanly" || ending === "broken off";
  if (form.kind === "whole")
    // Beside an error only OpenAI's choices are a reply.
    return isCut || (ending === "an error inside" && !vendor.shape.isOpenAi);
  // A stream where a whole reply was asked for is put together when it is whole.
  return (
    !isStreamed(surface) && ["cut off cleanly", "broken off", "no finish reason"].includes(ending)
  );
}

export function expectOf(one: Case): Expected {
  const { ending, form, timing, served, vendor } = one;
  const { words, thoughts } = sentWords(one);
  const nothing = {
    model: "estimated",
    chargeMicrocredits: 0,
    ending: null,
    estimated: false,
    isWhole: false,
    text: "",
  } as const;
  const refused = REFUSED_STATUS[ending];
  if (refused !== undefined)
    return { ...nothing, status: refusalStatus(refused), sees: "nothing more" };
  if (isRefusedLate(one)) return { ...nothing, status: 502, sees: "nothing more" };
  if (ending === "an error in place of a reply")
    return { ...nothing, status: 200, sees: "an error" };

  const isStream = form.kind === "stream";
  const isError = ending === "an error inside" || ending === "an error as finish reason";
  const unseen = vendor.shownThoughts === null ? served.thoughts : 0;
  const replyTokens = countWords(words);
  const hasCount = !isStream || comesToItsCount(ending) || timing === "in every frame";
  // A whole reply is counted whole by its vendor, whatever it reports beside it.
  const counted = !isStream
    ? believed(one, served.reply, served.thoughts)
    : believed(one, replyTokens, unseen + thoughts.length);
  const count = hasCount ? counted : null;
  const tokens = count ?? {
    input: 0,
    cachedInput: 0,
    cacheWriteInput: 0,
    output: replyTokens + thoughts.length,
  };
  const model = count === null ? "estimated" : "counted";
  const isOver =
    !isError && (isStream ? comesToItsCount(ending) && ending !== "no finish reason" : true);
  return {
    status: 200,
    model,
    chargeMicrocredits: charge(PRICES[model], tokens),
    ending: endingOf(one, isOver),
    estimated: count === null || timing === "beyond the cap",
    sees: ending.startsWith("its client leaves") ? "nothing more" : isOver ? "the end" : "an error",
    isWhole: isOver,
    text: words.join(""),
  };
}

function endingOf({ ending, form, surface }: Case, isOver: boolean): Expected["ending"] {
  if (ending.startsWith("its client leaves")) return "client_gone";
  if (form.kind === "whole" || !isStreamed(surface)) return "complete";
  return isOver ? "complete" : "upstream_failed";
}
