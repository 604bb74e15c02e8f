import type { Graph } from "./graph.ts";

/** Files that all import one another, directly or through others. */
export interface Circle {
  /** How many they are. */
  readonly size: number;
  /** The shortest way around within them: the first file is also the last. */
  readonly chain: readonly string[];
}

/**
 * Every file that can be reached from one, with the file before it on a shortest way there. The
 * file itself is among them only if a way leads back to it.
 */
function waysFrom(start: string, graph: Graph): ReadonlyMap<string, string> {
  const before = new Map<string, string>();
  const found = [start];
  for (const file of found)
    for (const next of graph.get(file) ?? [])
      if (!before.has(next)) {
        before.set(next, file);
        found.push(next);
      }
  return before;
}

/** The shortest way from a file back to itself, which there has to be. */
function wayAround(file: string, ways: ReadonlyMap<string, string>): readonly string[] {
  const chain = [file];
  for (let at = ways.get(file); at !== undefined && at !== file; at = ways.get(at)) chain.push(at);
  return [file, ...chain.toReversed()];
}

/** The circles of a graph, that is its strongly connected components, in the order of files. */
export function circlesOf(graph: Graph): readonly Circle[] {
  const files = [...graph.keys()].toSorted();
  const ways = new Map(files.map((file) => [file, waysFrom(file, graph)]));
  const reaches = (from: string, to: string): boolean => ways.get(from)?.has(to) ?? false;
  const told = new Set<string>();
  const circles: Circle[] = [];
  for (const file of files) {
    if (told.has(file) || !reaches(file, file)) continue;
    const members = files.filter((other) => reaches(file, other) && reaches(other, file));
    for (const member of members) told.add(member);
    const chains = members.map((member) => wayAround(member, ways.get(member) ?? new Map()));
    const chain = chains.reduce((best, one) => (one.length < best.length ? one : best));
    circles.push({ size: members.length, chain });
  }
  return circles;
}
