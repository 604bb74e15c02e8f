import { describe, expect, it } from "vitest";
import { setPayloadsAside } from "../../src/chat/payloads.ts";
import * as fc from "../support/fast-check.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: string | Uint8Array) =>
  typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes);
const PICTURE = `data:image/png;base64,${"iVBORw0KGgo/+".repeat(5000)}=`;

/** Sets payloads aside and puts them back. */
function roundTrip(json: string) {
  const { json: lean, payloads } = setPayloadsAside(encode(json));
  return { lean: decode(lean), restored: decode(payloads.restore(decode(lean))) };
}

describe("a picture in a request", () => {
  it("is set aside, and put back byte for byte, however its slashes are written", () => {
    for (const text of [JSON.stringify(PICTURE), JSON.stringify(PICTURE).replaceAll("/", "\\/")]) {
      const json = `{"a":"é\\\\","b":${text},"c":[${text},"\\""]}`;
      const { lean, restored } = roundTrip(json);
      expect(lean.length).toBeLessThan(500);
      expect(JSON.parse(lean)).toMatchObject({ a: "é\\", c: [expect.anything(), '"'] });
      expect(restored).toBe(json);
    }
  });

  it("is found only where it is a whole text of base64", () => {
    for (const text of [
      "x".repeat(100_000),
      `look: ${PICTURE}`,
      `${PICTURE} and a word`,
      `${PICTURE}\u00e9`,
      PICTURE.replace("base64", "charset=utf-8"),
    ])
      expect(roundTrip(JSON.stringify({ text })).lean).toBe(JSON.stringify({ text }));
  });

  it("leaves every other JSON as it is", () => {
    fc.assert(
      fc.property(fc.json(), fc.array(fc.string()), (json, texts) => {
        const rest = `"b":${JSON.stringify(PICTURE)},"t":${JSON.stringify(texts)}`;
        const whole = `{"json":${json},${rest}}`;
        const { lean, restored } = roundTrip(whole);
        expect(restored).toBe(whole);
        expect(JSON.parse(lean)).toMatchObject({ json: JSON.parse(json), t: texts });
      }),
      { numRuns: 50 },
    );
  });

  it("is not looked for in what is no JSON", () => {
    for (const text of ["", '"', `"${PICTURE}`, `${PICTURE}"`, '"\\'])
      expect(roundTrip(text).lean).toBe(text);
  });

  it("cannot be sent once it was let go of", () => {
    const { json, payloads } = setPayloadsAside(encode(JSON.stringify({ PICTURE })));
    expect(payloads.sizeIn(decode(json))).toBe(65_001);
    payloads.release();
    expect(() => payloads.restore(decode(json))).toThrow("let go");
    expect(payloads.sizeIn(decode(json))).toBe(65_001);
  });
});
