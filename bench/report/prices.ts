import type { Counted } from "./results.ts";

/** The prices of Cloudflare's Workers Paid plan beyond what it includes, in dollars per million. */
export const PRICES = {
  asOf: "2026-11",
  source: "https://developers.cloudflare.com/workers/platform/pricing/",
  workerRequests: 0.3,
  workerCpuMs: 0.02,
  objectRequests: 0.15,
  objectGbSeconds: 12.5,
  rowsWritten: 1,
  d1RowsWritten: 1,
};

/** The memory that an object is billed for, in GB. */
const OBJECT_GB = 0.128;
/**
 * The time for which each RPC keeps the object awake, including its answer. It is a high estimate:
 * the work takes 0.1 ms.
 */
const RPC_SECONDS = 0.002;

/**
 * Returns the operator's cost of a million chats on the platform, in dollars, by part.
 * @param cpuMs the CPU time of a chat as measured here: of workerd's whole process, which is more
 *   than the platform would bill
 */
export function costPerMillion(counted: Counted, cpuMs: number) {
  const each = (count: number): number => count / counted.chats;
  const parts = {
    "Worker requests": PRICES.workerRequests,
    "Worker CPU": cpuMs * PRICES.workerCpuMs,
    "object requests": each(counted.rpcs) * PRICES.objectRequests,
    "object duration": each(counted.rpcs) * RPC_SECONDS * OBJECT_GB * PRICES.objectGbSeconds,
    "rows written": each(counted.rowsWritten + counted.alarms) * PRICES.rowsWritten,
  };
  return { parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}
