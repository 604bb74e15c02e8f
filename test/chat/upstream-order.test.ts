import { describe, expect, it } from "vitest";
import { orderByWeight, UpstreamHealth } from "../../src/upstream/index.ts";
import { array, assert, constantFrom, double, property } from "../support/fast-check.ts";

const list = (...weights: readonly (number | null)[]) =>
  weights.map((weight, at) => ({ name: "abcdef".charAt(at), weight }));
const order = (weights: readonly (number | null)[], drawn: number): string =>
  orderByWeight(list(...weights), () => drawn)
    .map(({ name }) => name)
    .join("");

describe("the order in which upstreams are tried", () => {
  it.each<[weights: readonly (number | null)[], drawn: number, order: string]>([
    [[null, null, null], 0.9, "abc"],
    [[3, 1], 0, "ab"],
    [[3, 1], 0.749, "ab"],
    [[3, 1], 0.75, "ba"],
    [[1, 1, 1], 0.5, "bac"],
    [[1, 1, null, 1, 1], 0.5, "baced"],
    [[null, 1, 1], 0.5, "acb"],
    [[null, 5, null], 0.99, "abc"],
  ])("is by weight among neighbours %j, at %d: %s", (weights, drawn, expected) => {
    expect(order(weights, drawn)).toBe(expected);
  });

  it("has each upstream once, whatever is drawn", () => {
    assert(
      property(
        array(constantFrom(null, 1, 2, 1000), { maxLength: 6 }),
        double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (weights, drawn) => {
          const ordered = order(weights, drawn);
          expect(ordered.split("").toSorted().join("")).toBe("abcdef".slice(0, weights.length));
          // Those without a weight keep their places.
          for (const [at, weight] of weights.entries())
            if (weight === null) expect(ordered.charAt(at)).toBe("abcdef".charAt(at));
        },
      ),
    );
  });
});

describe("the health of an upstream", () => {
  it("suffers from three failures within a minute, and not from three over a longer time", () => {
    const health = new UpstreamHealth();
    for (const at of [0, 59_999, 60_000, 61_000]) health.noteFailure("a", at);
    expect(health.isResting("a", 61_000)).toBe(false);
    health.noteFailure("a", 62_000);
    expect(health.isResting("a", 62_000)).toBe(true);
    expect(health.isResting("b", 62_000)).toBe(false);
    expect(health.isResting("a", 92_000)).toBe(false);
  });

  it("is restored by a reply", () => {
    const health = new UpstreamHealth();
    for (const at of [0, 1]) health.noteFailure("a", at);
    health.noteReply("a");
    health.noteFailure("a", 2);
    expect(health.isResting("a", 2)).toBe(false);
  });

  it("is believed to need five minutes at most", () => {
    const health = new UpstreamHealth();
    health.noteFailure("a", 0, 86_400);
    expect(health.isResting("a", 299_999)).toBe(true);
    expect(health.isResting("a", 300_000)).toBe(false);
  });
});
