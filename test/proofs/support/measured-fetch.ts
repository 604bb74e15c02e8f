/** What was measured of one kind of request. */
interface Measured {
  readonly statuses: Map<number, number>;
  /** Times from the request to the head of its answer, in ms. */
  readonly waitsMs: number[];
}

/** Requests by method and path, with ids left out. */
export type Measurements = ReadonlyMap<string, Measured>;

const kindOf = (method: string, { pathname }: URL): string =>
  `${method} ${pathname.replaceAll(/\/[a-z]+_[\w-]{8,}/g, "/:id")}`;

/** Counts and times every request of this process to an address, from now on. */
export function measureRequests(origin: string): Measurements {
  const measurements = new Map<string, Measured>();
  const plainFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== origin) return await plainFetch(input, init);
    const kind = kindOf(init?.method ?? "GET", url);
    const measured: Measured = measurements.get(kind) ?? { statuses: new Map(), waitsMs: [] };
    measurements.set(kind, measured);
    const startedAt = performance.now();
    const reply = await plainFetch(input, init);
    measured.waitsMs.push(performance.now() - startedAt);
    measured.statuses.set(reply.status, (measured.statuses.get(reply.status) ?? 0) + 1);
    return reply;
  };
  return measurements;
}

/** Returns the value below which a part of the values lies: 0.99 for p99. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
