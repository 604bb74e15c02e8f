import type { ApiClient, SuccessBody } from "./api.ts";
import type { PageContext } from "./context.ts";
import { TextArea } from "./form-components.tsx";
import { formatDay } from "./format.ts";
import { planName } from "./plan-names.ts";
import { Confirm } from "./ui/confirm.tsx";

type Subscription = SuccessBody<ApiClient["api"]["subscription"]["$get"]>;

/** The end of a subscription that is canceled, or would be if it were canceled now. */
const endOf = ({ cancelAt, currentPeriodEnd }: Subscription): string | null =>
  cancelAt ?? currentPeriodEnd;

/**
 * Cancels a plan, after a question that says when it ends and what is lost; or keeps one that was
 * to end.
 */
export function RenewalForm({ c, subscription }: { c: PageContext; subscription: Subscription }) {
  const { ask } = c.var.words;
  const end = endOf(subscription);
  if (subscription.cancelAtPeriodEnd || subscription.cancelAt !== null)
    return (
      <form method="post" action="/subscription/resume">
        <button type="submit" class="plain">
          {ask.keepPlan}
        </button>
      </form>
    );
  return (
    <Confirm
      c={c}
      action="/subscription/cancel"
      label={ask.cancelPlan}
      question={ask.cancelQuestion(
        planName(c, subscription.plan),
        end === null ? "" : formatDay(c, end.slice(0, 10)),
      )}
      fields={<TextArea name="reason" label={ask.cancelReason} rows={2} />}
      danger
    />
  );
}
