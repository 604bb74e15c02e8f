import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { listFigureBlocks, proofRecords, withFigures } from "../../dev/proofs/figures.ts";

const read = (path: string): string =>
  readFileSync(new URL(`../../docs/${path}`, import.meta.url), "utf8");
const document = read("reliability.md");
const records = proofRecords.parse(JSON.parse(read("reliability.json")));

it("the figures of docs/reliability.md are those of docs/reliability.json", () => {
  expect(withFigures(document, records)).toBe(document);
});

it("every recorded proof is described once", () => {
  const described = listFigureBlocks(document);
  expect(described).toEqual([...new Set(described)]);
  expect(described).toEqual(expect.arrayContaining(Object.keys(records)));
});
