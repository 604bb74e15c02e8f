import { median, type Results, type Sample, type Slot } from "./results.ts";

type Name = Sample["target"];
type Figure = "perSecond" | "cpuMs" | "p50Ms" | "p99Ms" | "residentMb";

export const findSlot = (results: Results, id: string, connections: number): Slot | undefined =>
  results.slots.find((slot) => slot.id === id && slot.connections === connections);

const samplesOf = (slot: Slot, target: Name): Sample[] =>
  slot.samples.filter((sample) => sample.target === target);

/** Returns the median of a figure over the rounds, or NaN if the target was not measured. */
export const figure = (slot: Slot, target: Name, name: Figure): number =>
  median(samplesOf(slot, target).map((sample) => sample[name]));

/**
 * Divides a figure of one slot by that of another, round by round, so that a disturbance of a round
 * affects both.
 */
export function ratio(slot: Slot, target: Name, by: { slot?: Slot; target: Name }, name: Figure) {
  const divisors = samplesOf(by.slot ?? slot, by.target);
  const ratios = samplesOf(slot, target).flatMap((sample) => {
    const divisor = divisors.find(({ round }) => round === sample.round);
    return divisor === undefined ? [] : [sample[name] / divisor[name]];
  });
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}
