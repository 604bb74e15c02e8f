import { describe, expect, it } from "vitest";
import { type Chart, limitSeries, sumExactly } from "../../src/pages/charts/chart.ts";
import { compare } from "../../src/pages/charts/compare.ts";
import {
  chooseTicks,
  HEIGHT,
  layOutAxis,
  layOutBars,
  layOutLines,
  WIDTH,
} from "../../src/pages/charts/layout.ts";
import { daySpan, toSeries } from "../../src/pages/charts/time-series.ts";
import { chooseRange } from "../../src/pages/ranges.ts";

const chartOf = (...series: number[][]): Chart => ({
  label: "Messages",
  points: (series[0] ?? []).map((_, index) => ({
    label: `Day ${index + 1}`,
    tick: `${index + 1}`,
  })),
  series: series.map((values, index) => ({ label: `model ${index + 1}`, values })),
  format: String,
});

describe("the value axis", () => {
  it.each([
    ["nothing", 0, true, [0, 1, 2, 3]],
    ["one message", 1, true, [0, 1, 2, 3]],
    ["a part of a credit", 0.000042, false, [0, 0.00002, 0.00004, 0.00006]],
    ["a round number", 100, true, [0, 50, 100]],
    ["a number between", 12.3, false, [0, 5, 10, 15]],
    ["millions", 1_234_567, true, [0, 500_000, 1_000_000, 1_500_000]],
  ])("has round ticks from 0 for %s", (_what, max, isWhole, ticks) => {
    const axis = layOutAxis(max, isWhole);
    expect(axis.ticks).toEqual(ticks);
    expect(axis.toY(0)).toBe(HEIGHT);
    expect(axis.toY(axis.ticks.at(-1) ?? 0)).toBe(0);
  });
});

describe("bars", () => {
  it("are stacked from the first series, and stay inside the box", () => {
    const { boxes, axis } = layOutBars(chartOf([60, 0], [40, 10]));
    expect(axis.ticks).toEqual([0, 50, 100]);
    const [low, high] = boxes.filter(({ pointIndex }) => pointIndex === 0);
    expect([low?.y, low?.height]).toEqual([96, 144]);
    expect([high?.y, high?.height]).toEqual([0, 96]);
    for (const { x, width } of boxes) expect(x >= 0 && x + width <= WIDTH).toBe(true);
  });

  it("leave out a value of 0, and show the smallest other one", () => {
    const { boxes } = layOutBars(chartOf([1_000_000, 1, 0]));
    expect(boxes.map(({ pointIndex }) => pointIndex)).toEqual([0, 1]);
    expect(boxes[1]).toMatchObject({ height: 1, y: HEIGHT - 1 });
  });

  it("stand in the middle of their point's width, as the hover cards do", () => {
    for (const { pointIndex, x, width } of layOutBars(chartOf([1, 2, 3, 4])).boxes)
      expect(x + width / 2).toBeCloseTo((pointIndex + 0.5) * (WIDTH / 4), 0);
  });

  it("come from a single day, and from none", () => {
    expect(layOutBars(chartOf([5])).boxes).toHaveLength(1);
    expect(layOutBars(chartOf([])).boxes).toEqual([]);
    expect(layOutBars(chartOf([0, 0])).boxes).toEqual([]);
  });
});

describe("lines", () => {
  it("are drawn through every point, a path for each series", () => {
    const { paths } = layOutLines(chartOf([0, 100], [50, 50]));
    expect(paths).toEqual(["M250,240L750,0", "M250,120L750,120"]);
  });
});

describe("the names on the time axis", () => {
  it.each([1, 7, 24, 30, 90])("of %i points are few, and the last has one", (count) => {
    const ticks = chooseTicks(count);
    expect(ticks.size).toBeLessThanOrEqual(7);
    expect(ticks.get(count - 1)).toEqual({ isMinor: false });
  });
});

describe("series", () => {
  it("past the sixth colour are one, with the exact sum of its values", () => {
    const series = [3, 9, 8, 7, 6, 5, 0.1, 0.2].map((value) => ({
      label: `model ${value}`,
      values: [value],
    }));
    const limited = limitSeries(series, "Other");
    expect(limited).toHaveLength(6);
    expect(limited[0]?.label).toBe("model 9");
    expect(limited[5]).toEqual({ label: "Other", values: [3.3] });
    expect(sumExactly([0.1, 0.2])).toBe(0.3);
  });
});

describe("a comparison with the time before", () => {
  it.each([
    [150, 100, "up", 50],
    [50, 100, "down", 50],
    [7, 7, "same", 0],
    [0, 0, "same", 0],
    [7, 0, "up", null],
    [-50, -100, "up", 50],
  ] as const)("of %d with %d is %s by %s percent", (current, previous, direction, percent) => {
    expect(compare(current, previous)).toEqual({ direction, percent });
  });
});

describe("values over time", () => {
  it("have one for each day, over the end of a month, and 0 where nothing was", () => {
    const span = daySpan("2026-02-27", "2026-03-02");
    const rows = [
      { at: "2026-02-28", name: "small", value: 0.1 },
      { at: "2026-02-28", name: "small", value: 0.2 },
      { at: "2026-03-01", name: "small", value: 4 },
      { at: "2026-03-01T23:59:59.999Z", name: "large", value: 1 },
      { at: "2026-03-03", name: "small", value: 99 },
    ];
    expect(toSeries(rows, span)).toEqual([
      { label: "small", values: [0, 0.3, 4, 0] },
      { label: "large", values: [0, 0, 1, 0] },
    ]);
    expect(toSeries([], span)).toEqual([]);
  });
});

describe("a range", () => {
  const NAMES = ["24h", "7d", "30d", "90d", "mtd"] as const;
  const choose = (query: object, now = "2026-03-01T12:00:00Z") =>
    chooseRange(query, NAMES, "30d", Date.parse(now));

  it("of days ends today, and is compared with as many right before", () => {
    expect(choose({ range: "7d" })).toEqual({
      name: "7d",
      from: "2026-02-23",
      to: "2026-03-01",
      previous: { from: "2026-02-16", to: "2026-02-22" },
    });
  });

  it("of this month begins on its first day, also on that day", () => {
    expect(choose({ range: "mtd" })).toMatchObject({
      from: "2026-03-01",
      to: "2026-03-01",
      previous: { from: "2026-02-28", to: "2026-02-28" },
    });
    expect(choose({ range: "mtd" }, "2028-02-29T23:59:59Z")).toMatchObject({
      from: "2028-02-01",
      to: "2028-02-29",
      previous: { from: "2028-01-03", to: "2028-01-31" },
    });
  });

  it("of the reader's own days wins over a name, and needs only one of them", () => {
    expect(choose({ range: "7d", from: "2026-01-01", to: "2026-01-02" })).toMatchObject({
      name: "custom",
      from: "2026-01-01",
      to: "2026-01-02",
      previous: { from: "2025-12-30", to: "2025-12-31" },
    });
    expect(choose({ to: "2026-01-30" })).toMatchObject({ from: "2026-01-01", to: "2026-01-30" });
    expect(choose({ from: "2026-02-27" })).toMatchObject({ from: "2026-02-27", to: "2026-03-01" });
  });

  it("is the usual one where the address says nothing, or nonsense", () => {
    for (const query of [{}, { range: "weather" }, { from: "yesterday" }, { from: "2026-13-01" }])
      expect(choose(query)).toMatchObject({ name: "30d", from: "2026-01-31", to: "2026-03-01" });
  });
});
