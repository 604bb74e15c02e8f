const COLUMNS_MAX = 100;

/** Wraps the prose of a document. Headings, tables, lists and pictures stay as they are. */
export const wrapProse = (text: string): string =>
  text
    .split("\n\n")
    .map((block) => (/^\s*[#|!-]/.test(block) ? block : wrapParagraph(block)))
    .join("\n\n");

function wrapParagraph(paragraph: string): string {
  const lines: string[] = [];
  let current = "";
  for (const word of paragraph.split(/\s+/).filter((part) => part !== "")) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (longer.length > COLUMNS_MAX) lines.push(current);
    current = longer.length > COLUMNS_MAX ? word : longer;
  }
  return [...lines, current].join("\n");
}
