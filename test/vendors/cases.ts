import type { Random } from "../proofs/support/random.ts";
import {
  LINE_FRAMINGS,
  STREAM_FRAMINGS,
  type StreamFraming,
  WHOLE_FRAMINGS,
  type WholeFraming,
} from "./framings.ts";
import { type Served, VENDORS, type Vendor } from "./vendors.ts";

/** How a client asks, and what it is to see. */
export const SURFACES = [
  "whole",
  "stream",
  "stream with usage",
  "stream with cost",
  "turn",
  "streamed turn",
] as const;
export type Surface = (typeof SURFACES)[number];

/** How a reply ends, as its vendor and its client have it. */
export const ENDINGS = [
  "whole",
  "whole without [DONE]",
  "no finish reason",
  "cut off cleanly",
  "broken off",
  "an error inside",
  "an error as finish reason",
  "an error in place of a reply",
  "refused with 400",
  "refused with 401",
  "refused with 429",
  "refused with 503",
  "its client leaves",
  "its client leaves, then broken off",
] as const;
type Ending = (typeof ENDINGS)[number];

/** When a vendor sends its count. */
export const TIMINGS = [
  "in a frame of its own",
  "with the finish reason",
  "in every frame",
  "before zeros",
  "after nulls",
  "as a list",
  "as a text",
  "as zeros",
  "beyond the cap",
  "never",
] as const;
type Timing = (typeof TIMINGS)[number];

export interface Case {
  readonly vendor: Vendor;
  readonly timing: Timing;
  readonly form:
    | { readonly kind: "stream"; readonly framing: StreamFraming }
    | { readonly kind: "whole"; readonly framing: WholeFraming };
  readonly surface: Surface;
  readonly ending: Ending;
  readonly served: Served;
  /** The words of the reply, and of the thoughts that are shown: a token each. */
  readonly words: readonly string[];
  readonly thoughtWords: readonly string[];
}

/** Words that are one token each with a space before them, in every common tokenizer. */
const WORDS = " the; and; that; with; from; have; there; about; which; would".split(";");

/**
 * A line separator of Unicode, which is none of a stream's: two tokens, and one for the space
 * before it.
 */
const LINE_SEPARATOR = " \u2028";
const LINE_SEPARATOR_TOKENS = 3;

export const isStreamed = (surface: Surface): boolean =>
  surface.startsWith("stream") || surface === "streamed turn";
export const isTurn = (surface: Surface): boolean => surface.endsWith("turn");

function makeServed(numbers: Random, reply: number, shownThoughts: number): Served {
  const prompt = numbers.int(600, 1200);
  const thoughts = shownThoughts > 0 ? shownThoughts : numbers.pick([0, numbers.int(1, 40)]);
  // More of a cache than of thoughts: sums could be read in two ways.
  const cached = numbers.int(50, 300);
  return { prompt, cached, written: numbers.int(100, 250), reply, thoughts };
}

function natural({ place, shape, dialect }: Vendor): Timing {
  return place === "usage" && shape.isOpenAi && dialect === "chat"
    ? "in a frame of its own"
    : "with the finish reason";
}

type Choice = Omit<Case, "served" | "words" | "thoughtWords">;

const STREAMS: readonly Case["form"][] = STREAM_FRAMINGS.map((framing) => ({
  kind: "stream",
  framing,
}));
const LINES: readonly Case["form"][] = LINE_FRAMINGS.map((framing) => ({
  kind: "stream",
  framing,
}));
const WHOLES: readonly Case["form"][] = WHOLE_FRAMINGS.map((framing) => ({
  kind: "whole",
  framing,
}));

/** A framing that only vendors of chat completions have. */
const WITHOUT_BLANK_LINES = "events without blank lines";

/** Forms in which a vendor may reply to what was asked. */
function formsOf(
  { shape, streamsLines, dialect }: Vendor,
  surface: Surface,
): readonly Case["form"][] {
  // Streams of another dialect are events as they are defined.
  if (dialect !== "chat")
    return [...STREAMS.filter(({ framing }) => framing.name !== WITHOUT_BLANK_LINES), ...WHOLES];
  if (shape.isOpenAi) return [...STREAMS, ...LINES, ...WHOLES];
  // A vendor's own surface answers in the form that was asked for.
  if (!isStreamed(surface)) return WHOLES;
  return streamsLines ? LINES : STREAMS;
}

/** Whether there can be such an ending. */
function isPossible({ form, ending, surface, vendor }: Choice): boolean {
  const leaves = ending.startsWith("its client leaves");
  // A client that waits for a whole reply cannot be seen leaving.
  if (leaves && (!isStreamed(surface) || form.kind === "whole")) return false;
  // The rest of the reply takes longer than a Worker reads on.
  if (leaves && form.framing.pieceBytes === 1) return false;
  if (form.kind === "whole" && ending === "whole without [DONE]") return false;
  const isChat = vendor.dialect === "chat";
  // A whole reply in another dialect is a reply or an error.
  if (!isChat && form.kind === "whole" && ending === "an error inside") return false;
  // Another vendor's shape has no finish reason of OpenAI's.
  return (isChat && vendor.shape.isOpenAi) || ending !== "an error as finish reason";
}

/** Lists every combination of vendor, form, surface and ending; and of timings, at one vendor. */
export function listChoices(): readonly Choice[] {
  const choices: Choice[] = [];
  const [first] = VENDORS;
  for (const vendor of VENDORS)
    for (const timing of vendor === first ? TIMINGS : [natural(vendor)])
      for (const surface of SURFACES)
        for (const form of formsOf(vendor, surface))
          for (const ending of ENDINGS) {
            const choice = { vendor, timing, form, surface, ending };
            if (isPossible(choice)) choices.push(choice);
          }
  return choices;
}

/** Draws what a case leaves open: the counts and the words. */
export function drawCase(choice: Choice, numbers: Random): Case {
  const draw = (count: number) => Array.from({ length: count }, () => numbers.pick(WORDS));
  const words = draw(numbers.int(4, 12));
  const thoughtWords = choice.vendor.shownThoughts === null ? [] : draw(numbers.int(2, 6));
  const hasSeparator = numbers.int(0, 3) === 0;
  if (hasSeparator) words.splice(1, 0, LINE_SEPARATOR);
  const reply = countWords(words);
  return {
    ...choice,
    words,
    thoughtWords,
    served: makeServed(numbers, reply, thoughtWords.length),
  };
}

/** Counts the tokens of words. */
export const countWords = (words: readonly string[]): number =>
  words.reduce((sum, word) => sum + (word === LINE_SEPARATOR ? LINE_SEPARATOR_TOKENS : 1), 0);

export const describeCase = ({ vendor, timing, form, surface, ending }: Choice): string =>
  `${surface} of ${vendor.name}: ${form.framing.name}, count ${timing}, ${ending}`;
