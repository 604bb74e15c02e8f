import type { BatchItem } from "drizzle-orm/batch";
import { noticeStatements } from "../../auth/index.ts";
import type { Context } from "../../context.ts";
import { DAY_MS } from "../../time.ts";
import type { RefundFacts, Reversals } from "./payment-state.ts";

/** Older refunds were told of, or made before mails were. */
const TOLD_WITHIN_MS = 7 * DAY_MS;

/** The sale of which money went back, as its buyer knows it. */
interface RefundedSale {
  readonly userId: string;
  readonly title: string;
  readonly currency: string;
}

const isMade = ({ status, createdAtMs }: RefundFacts, nowMs: number): boolean =>
  (status === "succeeded" || status === "pending") && nowMs - createdAtMs < TOLD_WITHIN_MS;

/** Builds the statements that mail a sale's buyer of each refund, once. */
export async function refundNoticeStatements(
  ctx: Context,
  { userId, title, currency }: RefundedSale,
  { refunds }: Reversals,
): Promise<BatchItem<"sqlite">[]> {
  const made = refunds.filter((refund) => isMade(refund, ctx.nowMs));
  const billingUrl = `${ctx.config.PUBLIC_URL}/credits`;
  const statements = await Promise.all(
    made.map(({ id, amountMinor }) =>
      noticeStatements(ctx, {
        userId,
        kind: "refund_made",
        facts: { title, amountMinor, currency, billingUrl },
        onceKey: `refund_made:${id}`,
      }),
    ),
  );
  return statements.flat();
}
