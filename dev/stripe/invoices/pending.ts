import type { Context } from "../context.ts";
import type { InvoiceLine } from "../wire.ts";

/** Lists the lines that wait for the next invoice of a subscription. */
export const pendingLines = (ctx: Context, subscription: string): InvoiceLine[] =>
  ctx.store.pendingLines
    .oldestFirst()
    .filter((pending) => pending.subscription === subscription)
    .map(({ line }) => line);

/** Adds lines that wait for the next invoice. */
export function addPendingLines(
  ctx: Context,
  subscription: string,
  lines: readonly InvoiceLine[],
): void {
  for (const line of lines) ctx.store.pendingLines.put({ id: line.id, subscription, line });
}

/** Takes the pending lines of a subscription, to be put into an invoice. */
export function takePendingLines(ctx: Context, subscription: string): InvoiceLine[] {
  const lines = pendingLines(ctx, subscription);
  for (const line of lines) ctx.store.pendingLines.remove(line.id);
  return lines;
}
