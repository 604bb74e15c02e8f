import commonPasswordsText from "./common-passwords.txt";

/** Shorter words are in too many good passwords. */
const CONTEXT_WORD_LENGTH_MIN = 4;
const PRODUCT_NAME = "farebox";
/** A password has at least as many characters that do not just continue a run. */
const SEPARATE_CHARACTERS_MIN = 4;
/** Rows of a keyboard, along which people type a password that they need not remember. */
const KEYBOARD_ROWS = [
  "1234567890",
  "qwertyuiop",
  "qwertzuiop",
  "azertyuiop",
  "asdfghjkl",
  "zxcvbnm",
];

/**
 * The 3000 most common passwords of at least 8 characters, in lower case, a line each. From the
 * leaked-password list of @zxcvbn-ts/language-common 4.1.3 (MIT; (c) 2012-2016 Dan Wheeler and
 * Dropbox, Inc.; (c) 2021 @zxcvbn-ts), cut down to what a sign-up check needs: the whole package is
 * 380 KB of a Worker's start-up.
 */
let commonPasswords: ReadonlySet<string> | undefined;

/**
 * Returns whether a password is one of the most common ones, or one of them with digits or signs
 * around it, as in "Password2026!".
 * @param lowerCase of a bounded length
 */
export function isCommon(lowerCase: string): boolean {
  commonPasswords ??= new Set(commonPasswordsText.trim().split("\n"));
  const letters = lowerCase.match(/\p{L}.*\p{L}/su)?.[0] ?? "";
  return commonPasswords.has(lowerCase) || commonPasswords.has(letters);
}

const isNeighbour = (a: string, b: string): boolean =>
  KEYBOARD_ROWS.some((row) => row.includes(a + b) || row.includes(b + a));

/** Whether a character repeats the one before it, or is next to it in the alphabet or a row. */
const continuesRun = (before: string, character: string): boolean =>
  Math.abs((character.codePointAt(0) ?? 0) - (before.codePointAt(0) ?? 0)) <= 1 ||
  isNeighbour(before, character);

/**
 * Returns whether a password is hardly more than runs, such as `aaaaaaaa`, `11111112`, `abcd4321`
 * and `qwertz123`.
 * @param lowerCase of a bounded length
 */
export function isRun(lowerCase: string): boolean {
  const characters = Array.from(lowerCase);
  const separate = characters.filter((character, index) => {
    const before = characters[index - 1];
    return before === undefined || !continuesRun(before, character);
  });
  return separate.length < SEPARATE_CHARACTERS_MIN;
}

/**
 * Returns whether a password repeats something that is itself too short for a password: `tramtram`,
 * `1a2b1a2b1a`.
 * @param lengthMin the fewest characters of a password
 */
export function isRepetition(lowerCase: string, lengthMin: number): boolean {
  const characters = Array.from(lowerCase);
  for (let period = 1; period < lengthMin && period * 2 <= characters.length; period += 1) {
    const repeats = characters.every(
      (character, index) => index < period || character === characters[index - period],
    );
    if (repeats) return true;
  }
  return false;
}

/**
 * Returns what is left of a password without the words that anybody would try for this very user:
 * the product, the site's host, and the address with its parts.
 */
export function withoutContext(
  lowerCase: string,
  context: { readonly emailNormalized: string; readonly host: string },
): string {
  const { emailNormalized, host } = context;
  const [local = "", domain = ""] = emailNormalized.split("@");
  const words = [emailNormalized, local, ...`${local}.${domain}.${host}`.split(/[^\p{L}\p{N}]+/u)]
    .concat(PRODUCT_NAME)
    .filter((word) => word.length >= CONTEXT_WORD_LENGTH_MIN)
    .toSorted((a, b) => b.length - a.length);
  return words.reduce((rest, word) => rest.replaceAll(word, ""), lowerCase);
}
