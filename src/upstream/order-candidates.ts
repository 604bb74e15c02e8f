/** Something that is tried in its turn, or shares the first turn with its neighbours by weight. */
interface Weighted {
  readonly weight: number | null;
}

/** Draws one by their weights. */
function draw<T extends Weighted>(equals: readonly T[], random: () => number): T | undefined {
  const total = equals.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
  let left = random() * total;
  return equals.find(({ weight }) => {
    left -= weight ?? 0;
    return left < 0;
  });
}

/**
 * Returns candidates in the order in which they are tried: as they are listed, but of neighbours
 * with weights the one that is drawn comes first. Pure.
 * @param random returns a number from 0 up to, and without, 1
 */
export function orderByWeight<T extends Weighted>(
  candidates: readonly T[],
  random: () => number,
): T[] {
  const ordered: T[] = [];
  for (let at = 0; at < candidates.length; ) {
    const next = candidates.findIndex((each, index) => index > at && each.weight === null);
    const isAlone = candidates[at]?.weight === null;
    const end = isAlone ? at + 1 : next < 0 ? candidates.length : next;
    const equals = candidates.slice(at, end);
    const first = equals.length > 1 ? draw(equals, random) : undefined;
    ordered.push(
      ...(first === undefined ? equals : [first, ...equals.filter((each) => each !== first)]),
    );
    at = end;
  }
  return ordered;
}
