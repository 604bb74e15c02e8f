import { isLive } from "../store.ts";
import type { SubscriptionFacts } from "./subscription-facts.ts";

/**
 * The marks that a suspension leaves in the metadata of a subscription. `paused`: it paused the
 * payments. `lifted`: somebody else lifted that pause meanwhile, so any pause after it is not ours.
 */
type SuspensionMark = "paused" | "lifted";

/** A change of a subscription at Stripe. `mark` and `isPaused` are what it has afterwards. */
export interface CollectionChange {
  readonly isPaused: boolean;
  readonly mark: SuspensionMark | null;
}

type CollectionFacts = Pick<SubscriptionFacts, "status" | "isCollectionPaused" | "suspensionMark">;

/**
 * Decides how the payments of a subscription follow the suspension of its user. A pause that
 * somebody else set is neither touched nor lifted.
 * @returns null where nothing is to change
 */
export function decideCollection(
  { status, isCollectionPaused: isPaused, suspensionMark: mark }: CollectionFacts,
  wantsPause: boolean,
): CollectionChange | null {
  // Stripe takes changes of subscriptions that are running, and bills no other.
  if (!isLive({ status }) || status === "paused") return null;
  if (!wantsPause) {
    if (mark === null) return null;
    return { isPaused: mark === "paused" ? false : isPaused, mark: null };
  }
  if (mark === null) return isPaused ? null : { isPaused: true, mark: "paused" };
  return mark === "paused" && !isPaused ? { isPaused: false, mark: "lifted" } : null;
}
