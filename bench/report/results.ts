import { z } from "zod";

const target = z.enum(["floor", "rpc", "rows", "bare", "farebox", "portkey", "portkey-new"]);

const sample = z.object({
  target,
  round: z.number(),
  perSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** The CPU time of the measured process per answer. */
  cpuMs: z.number(),
  residentMb: z.number(),
});
export type Sample = z.infer<typeof sample>;

const slot = z.object({
  id: z.string(),
  title: z.string(),
  users: z.number(),
  connections: z.number(),
  samples: z.array(sample),
});
export type Slot = z.infer<typeof slot>;

const counted = z.object({
  chats: z.number(),
  rowsWritten: z.number(),
  alarms: z.number(),
  rpcs: z.number(),
  d1Queries: z.number(),
});
export type Counted = z.infer<typeof counted>;

const share = z.object({ name: z.string(), percent: z.number() });
const profiled = z.object({
  date: z.string(),
  loads: z.array(
    z.object({
      title: z.string(),
      chats: z.number(),
      cpuMs: z.number(),
      /**
       * The percentage of the thread's time in JavaScript and its calls. The shares below are of
       * the same total.
       */
      javascriptPercent: z.number(),
      rooms: z.array(share),
      functions: z.array(share),
    }),
  ),
});
export type Profiled = z.infer<typeof profiled>;

/** The results of a full run. The document and the chart are made from them alone. */
export const results = z.object({
  date: z.string(),
  commit: z.string(),
  machine: z.object({
    cpu: z.string(),
    cores: z.number(),
    memoryGb: z.number(),
    kernel: z.string(),
    node: z.string(),
    loadBefore: z.number(),
    workerd: z.string(),
    driver: z.string(),
    inMemory: z.boolean(),
  }),
  rounds: z.number(),
  slotSeconds: z.number(),
  /** The upstream by itself, in answers per second. */
  upstream: z.array(
    z.object({ title: z.string(), perSecond: z.number(), fastestMeasured: z.number() }),
  ),
  slots: z.array(slot),
  /**
   * Medians in ms at one connection. The added time is the median of the differences, request by
   * request.
   */
  firstByte: z.object({ floorMs: z.number(), rpcAddsMs: z.number(), fareboxAddsMs: z.number() }),
  /**
   * The time that an account adds before the first byte which is `awayMs` away, at a model that
   * takes `firstTokenMs`: medians in ms. Of `refused` chats of an account that was emptied just
   * then, the upstream was asked for `askedInVain`. null: not measured.
   */
  farAccount: z
    .object({
      awayMs: z.number(),
      firstTokenMs: z.number(),
      overlappedAddsMs: z.number(),
      inTurnAddsMs: z.number(),
      refused: z.number(),
      askedInVain: z.number(),
    })
    .nullable()
    .default(null),
  /**
   * `busy` has many chats of each user within five minutes, `lone` the first chat of a user in a
   * while.
   */
  counts: z.object({ busy: counted, lone: counted }),
  charged: z.object({
    answers: z.number(),
    cut: z.number(),
    chargedChats: z.number(),
    heldMicrocredits: z.number(),
  }),
  scale: z.object({
    ledgers: z.array(z.object({ entries: z.number(), chatUs: z.number() })),
    resident: z.object({ accounts: z.number(), kbEach: z.number(), filesEach: z.number() }),
    start: z.object({
      fareboxMs: z.number(),
      floorMs: z.number(),
      bundleKib: z.number(),
      gzipKib: z.number(),
    }),
  }),
  profiles: z.object({ before: profiled.nullable(), now: profiled.nullable() }),
});
export type Results = z.infer<typeof results>;

/** Returns the median, which is the mean of the two middle numbers of an even count. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(middle)] ?? Number.NaN;
  const high = sorted[Math.ceil(middle)] ?? Number.NaN;
  return (low + high) / 2;
}
