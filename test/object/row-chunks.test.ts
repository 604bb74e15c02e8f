import { describe, expect, it } from "vitest";
import { joinChunks, splitIntoBlobs, splitIntoChunks } from "../../src/object/row-chunks.ts";
import * as fc from "../support/fast-check.ts";

const text = fc.string({ unit: "binary" });

describe("splitting a text into rows", () => {
  it("loses nothing, and splits no character", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 7 }), (whole, unitsMax) => {
        const chunks = splitIntoChunks(whole, unitsMax);
        expect(chunks.join("")).toBe(whole);
        for (const chunk of chunks) {
          expect(chunk.length).toBeLessThanOrEqual(unitsMax);
          expect(chunk.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  it("keeps every row below 2 MB, whatever the characters", () => {
    for (const character of ["a", "ü", "☕", "🎟"]) {
      const whole = character.repeat(1_500_000 / character.length);
      const blobs = splitIntoBlobs(whole);
      expect(blobs.length).toBeGreaterThan(1);
      for (const blob of blobs) expect(blob.byteLength).toBeLessThan(2_000_000);
      expect(joinChunks(blobs.map((blob) => blob.slice().buffer))).toBe(whole);
    }
  });

  it("is undone by joining, also where older rows end within a character", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 7 }), (whole, bytesMax) => {
        const bytes = new TextEncoder().encode(whole);
        const rows = [];
        for (let from = 0; from < bytes.length; from += bytesMax)
          rows.push(bytes.slice(from, from + bytesMax).buffer);
        expect(joinChunks(rows)).toBe(whole);
        expect(joinChunks(splitIntoChunks(whole, 2))).toBe(whole);
      }),
    );
    expect(joinChunks([])).toBe("");
    expect(joinChunks([null])).toBe("");
  });
});
