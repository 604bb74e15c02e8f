import remend from "remend";

/** A fence that opens or closes code. */
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/**
 * Returns the fence that is open at the end of a text, or null. A fence is closed by one that is at
 * least as long and has nothing after it.
 */
function findOpenFence(lines: readonly string[]): string | null {
  let open: string | null = null;
  for (const line of lines) {
    const fence = FENCE.exec(line)?.[1];
    if (fence === undefined) continue;
    if (open === null) open = fence;
    else if (fence[0] === open[0] && fence.length >= open.length && line.trim() === fence)
      open = null;
  }
  return open;
}

/** A row of a table, or the beginning of one. */
const isRow = (line: string): boolean => /^ {0,3}\|/.test(line);

/** Removes the head of a table whose second row has not come whole: it would show as text. */
function withoutHalfTable(lines: readonly string[]): readonly string[] {
  const isLineOver = lines.at(-1) === "";
  const whole = isLineOver ? lines.slice(0, -1) : lines;
  const from = whole.findLastIndex((line) => !isRow(line)) + 1;
  const rows = whole.slice(from);
  const mayBecomeTable = !isLineOver && rows.length === 2 && /^[ \t|:-]*$/.test(rows[1] ?? "");
  return rows.length === 1 || mayBecomeTable ? lines.slice(0, from) : lines;
}

/** Removes a formula that has no end yet: half of one is no formula. */
function withoutHalfFormula(text: string): string {
  // Code may hold any of these marks.
  const marks = text.matchAll(/`[^`\n]*`|\$\$|\\[[\]()]/g);
  let open: { mark: string; at: number } | null = null;
  const closes = { $$: "$$", "\\[": "\\]", "\\(": "\\)" } as const;
  for (const { 0: mark, index } of marks) {
    if (open === null) {
      if (mark in closes) open = { mark, at: index };
    } else if (Object.entries(closes).some(([begin, end]) => begin === open?.mark && end === mark))
      open = null;
  }
  return open === null ? text : text.slice(0, open.at);
}

/** A line that has only begun: the mark of a list, a heading, a quote, a line or a task. */
const ONLY_MARKS =
  /^[ \t]*(?:[`~]{1,2}|[*_=#>-]+|(?:[-*+]|\d{1,9}[.)]?)(?:[ \t]+\[?[ xX]?\]?)?)[ \t]*$/;

/**
 * Returns the part of a reply under way that can be shown as it will be: what is half written at
 * its end is completed or left out, so that nothing on the page turns into something else.
 */
export function toShowableMarkdown(text: string): string {
  const lines = text.split("\n");
  const last = lines.at(-1) ?? "";
  const fence = findOpenFence(lines.slice(0, -1));
  if (fence !== null) {
    // The line may become the closing fence.
    const isHalfFence = last.trim() !== "" && fence.startsWith(last.trim());
    return isHalfFence ? lines.slice(0, -1).join("\n") : text;
  }
  // The language of a fence may still grow, and a line of marks may become anything.
  if (FENCE.test(last) || ONLY_MARKS.test(last)) return lines.slice(0, -1).join("\n");
  const whole = withoutHalfFormula(withoutHalfTable(lines).join("\n"));
  const settled = whole
    .replace(/(?:[*_~`\\]+|(?<=^|\s)\$(?:[a-z\\{(][^$\n]{0,80})?)$/i, "")
    .replace(/\[([^[\]\n]*)\]$/, "$1");
  return remend(settled, { linkMode: "text-only", katex: false });
}
