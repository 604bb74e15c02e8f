import { createHash } from "node:crypto";

/** The time (ms) that the sample takes on an idle core of a small server. */
const IDLE_MS = 70;
const SAMPLE_BYTES = 8 * 1024 * 1024;
const ROUNDS = 6;
/** More than that is not waited for: something hangs. */
const SLOWNESS_MAX = 10;

/**
 * Measures how many times slower than an idle one this machine is now, from 1 to 10. Time limits
 * are multiplied by it: a busy machine is given more time, and on an idle one a program that hangs
 * is noticed soon.
 */
export function measureSlowness(): number {
  const sample = Buffer.alloc(SAMPLE_BYTES);
  const startedAt = performance.now();
  for (let round = 0; round < ROUNDS; round += 1) createHash("sha256").update(sample).digest();
  return Math.min(SLOWNESS_MAX, Math.max(1, (performance.now() - startedAt) / IDLE_MS));
}

/** A limit of time that is longer on a machine that is slow when the limit is reached. */
export function timeLimit(ms: number): { readonly isOver: () => boolean } {
  const startedAtMs = Date.now();
  let slowness: number | null = null;
  return {
    isOver() {
      const spentMs = Date.now() - startedAtMs;
      if (spentMs <= ms) return false;
      slowness ??= measureSlowness();
      return spentMs > ms * slowness;
    },
  };
}
