import { crossings, type Rooms, tableTroubles } from "./borders.ts";
import { type Circle, circlesOf } from "./circles.ts";
import { graphOf, type Imports } from "./graph.ts";

/** A report for a person: lines, of which the last sums up. */
export interface Report {
  readonly lines: readonly string[];
  readonly isClean: boolean;
}

const amount = (count: number, one: string, many: string): string =>
  `${count === 0 ? "no" : count} ${count < 2 ? one : many}`;

const lineOf = ({ size, chain }: Circle): string =>
  `A circle among ${size === 1 ? "1 file" : `${size} files`}: ${chain.join(" → ")}`;

/** Judges what all files import by the table of rooms. Imports of a file by another count once. */
export function reportOn(imports: Imports, rooms: Rooms): Report {
  const { graph, troubles: unread } = graphOf(imports);
  const troubles = [...unread, ...tableTroubles(graph.keys(), rooms)];
  const crossed = crossings(graph, rooms);
  const circles = circlesOf(graph);
  const count = [...graph.values()].reduce((sum, targets) => sum + targets.length, 0);
  const found = [
    amount(circles.length, "circle", "circles"),
    `${amount(crossed.length, "border", "borders")} crossed`,
    ...(troubles.length > 0 ? [amount(troubles.length, "other trouble", "other troubles")] : []),
  ];
  const closing = `${graph.size} files, ${count} imports: ${found.join(", ")}.`;
  return {
    lines: [...troubles, ...crossed, ...circles.map(lineOf), closing],
    isClean: troubles.length + crossed.length + circles.length === 0,
  };
}
