import { type ApiClient, ApiRefusal, type ListItem, unwrap } from "../api.ts";
import { Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { formatMoney, formatTime } from "../format.ts";
import { stripeHref } from "../stripe-href.ts";
import { FactList } from "./admin-components.tsx";

type Dispute = ListItem<ApiClient["api"]["admin"]["disputes"]["$get"]>;

/** Lists the disputes over a payment; null where Stripe cannot be asked now. */
async function loadDisputes(
  c: PageContext,
  paymentIntentId: string,
): Promise<readonly Dispute[] | null> {
  try {
    const query = { paymentIntentId };
    return (await unwrap(c.var.api.api.admin.disputes.$get({ query }))).data;
  } catch (error) {
    if (error instanceof ApiRefusal) return null;
    throw error;
  }
}

/** Returns the name of one of Stripe's words in the reader's language, else the word itself. */
const nameOf = (names: Readonly<Record<string, string>>, word: string): string =>
  names[word] ?? word.replaceAll("_", " ");

function DisputeCard({ c, dispute }: { c: PageContext; dispute: Dispute }) {
  const { sale: words } = c.var.words.admin;
  const needsAnswer = dispute.status.endsWith("needs_response");
  return (
    <section class="card dispute">
      <h2>
        {words.dispute}{" "}
        <span class={`badge ${needsAnswer ? "bad" : "warn"}`}>
          {nameOf(words.disputeStatuses, dispute.status)}
        </span>
      </h2>
      <FactList
        facts={[
          [words.disputeAmount, formatMoney(c, dispute.amountMinor, dispute.currency)],
          [words.disputeReason, nameOf(words.disputeReasons, dispute.reason)],
          [
            words.disputeDue,
            dispute.evidenceDueAt === null ? null : (
              <strong>{formatTime(c, dispute.evidenceDueAt)}</strong>
            ),
          ],
          [
            words.disputeEvidence,
            dispute.hasEvidence ? words.evidenceGiven : words.evidenceMissing,
          ],
        ]}
      />
      <p class="muted">{words.disputeEffects}</p>
      <a class="button" href={stripeHref(c, dispute.id)} rel="noreferrer">
        {words.answerDispute}
      </a>
    </section>
  );
}

/** The disputes over a payment, as Stripe has them now. */
export async function DisputePanel({
  c,
  paymentIntentId,
}: {
  c: PageContext;
  paymentIntentId: string | null;
}) {
  if (paymentIntentId === null) return null;
  const disputes = await loadDisputes(c, paymentIntentId);
  if (disputes === null)
    return <Notice kind="warn">{c.var.words.admin.sale.disputeUnknown}</Notice>;
  return (
    <>
      {disputes.map((dispute) => (
        <DisputeCard c={c} dispute={dispute} />
      ))}
    </>
  );
}
