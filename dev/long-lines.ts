/** The last column that a line may reach. The formatter has the same number: biome.json. */
export const COLUMNS_MAX = 100;

const CHECKED = /\.(?:tsx?|m?js|css|md|toml|jsonc)$|^\.dev\.vars\.example$/;
/** Files that a program writes. */
const GENERATED =
  /^(?:migrations\/|docs\/performance\.|public\/vendor\/|worker-configuration\.d\.ts$)/;

/** Returns whether people write a file by hand and read it in an editor. */
export const isChecked = (path: string): boolean => CHECKED.test(path) && !GENERATED.test(path);

/** Indentation, then the mark of a comment, a quote or an item of a list. */
const LEAD = /^\s*(?:(?:\/\/|\/?\*+|#+|>|-|\d+\.)\s+)?/;
/** An import's path: the formatter has broken all that stands before it. */
const IMPORT_PATH = /(?:\bfrom |\bimport\(|^import )(["'`])\S+\1/;

/** Returns whether a line is one word, such as a URL, that no line break makes shorter. */
const isUnbreakable = (line: string): boolean =>
  /^\S+$/.test(line.replace(LEAD, "").trimEnd()) || IMPORT_PATH.test(line);

/** A line that is too long. */
export interface LongLine {
  /** Its number in the file, from 1. */
  readonly line: number;
  /** Its length in code points. */
  readonly columns: number;
}

/** Finds the lines of a text that go past the last column and could be broken. */
export function findLongLines(text: string): readonly LongLine[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const columns = Array.from(line).length;
    return columns > COLUMNS_MAX && !isUnbreakable(line) ? [{ line: index + 1, columns }] : [];
  });
}
