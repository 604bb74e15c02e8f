import type { PageContext } from "../context.ts";
import { hrefWith, type Range } from "../ranges.ts";
import { Segmented } from "./segmented.tsx";

/** Links to the ranges of a page of figures. The other fields of its address stay. */
export const RangeLinks = ({
  c,
  names,
  range,
}: {
  c: PageContext;
  names: readonly Exclude<Range["name"], "custom">[];
  range: Range;
}) => (
  <Segmented
    label={c.var.words.charts.range}
    options={names.map((name) => ({
      href: hrefWith(c, { range: name, from: undefined, to: undefined }),
      text: c.var.words.charts.ranges[name],
      current: range.name === name,
    }))}
  />
);
