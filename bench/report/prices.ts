import type { Counted } from "./results.ts";

/** Cloudflare's Workers Paid plan, in dollars a million, beyond what the plan includes. */
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

/** An object is billed as if it had this much memory. */
const OBJECT_GB = 0.128;
/**
 * Each RPC keeps the object awake about this long, its answer's way included. A guess on the high
 * side: the work takes 0.1 ms.
 */
const RPC_SECONDS = 0.002;

/**
 * What a million chats cost the operator on the platform, in dollars, part by part.
 * @param cpuMs CPU of a chat as measured here: workerd's whole process, so more than the platform
 *   would bill
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
