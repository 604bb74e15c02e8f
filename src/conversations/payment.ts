import { findUser } from "../auth/index.ts";
import {
  admitPaymentRequest,
  type Checkout,
  createSaleCheckout,
  findConversationPaymentStatus,
  findOpenPageUrl,
  listConversationPaymentStatuses,
} from "../billing/index.ts";
import { choosePrice, findPlan, listUnlockingPlans, type PricedPlan } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import { database } from "../db.ts";
import type { Env } from "../env.ts";
import { type Failure, fail, type Result } from "../errors.ts";
import type { Conversation, ConversationPaymentState } from "./types.ts";

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

/**
 * Whether a user's conversations have to be paid one by one: where the operator sells single
 * conversations, and the user's plan includes no messages (neither of `message` nor of `token`).
 * Credits do not count: those of one conversation would open all others.
 */
async function isPaymentRequired(
  env: Bindings,
  userId: string,
  tiers: readonly PricedPlan[],
): Promise<boolean> {
  if (tiers.length === 0) return false;
  const db = database(env.DB);
  const user = await findUser(db, userId);
  const plan = user === undefined ? undefined : await findPlan(db, user.planId);
  return (
    plan === undefined ||
    (plan.allowances.message === undefined && plan.allowances.token === undefined)
  );
}

/** How a user's conversations stand, one for each. */
export async function listPaymentStates(
  env: Bindings,
  userId: string,
  conversations: readonly Conversation[],
): Promise<ConversationPaymentState[]> {
  const db = database(env.DB);
  const tiers = await listUnlockingPlans(db, "conversation");
  const isGated = await isPaymentRequired(env, userId, tiers);
  const ids = conversations.map(({ id }) => id);
  // What was paid stays paid when the operator sells no more of them.
  const payments = await listConversationPaymentStatuses(db, userId, ids);
  return ids.map((id) => {
    const paymentStatus = payments.get(id) ?? "unpaid";
    return { paymentStatus, paymentRequired: isGated && paymentStatus !== "paid" };
  });
}

interface PaymentLinkParams {
  readonly currency?: string | undefined;
  readonly promotionCode?: string | undefined;
  readonly successUrl?: string | undefined;
  readonly cancelUrl?: string | undefined;
}

/** Opens the page on which a user pays for one conversation, in this tier. */
async function openPaymentPage(
  ctx: Context,
  userId: string,
  {
    conversationId,
    tier,
    params,
  }: { conversationId: string; tier: PricedPlan; params: PaymentLinkParams },
): Promise<Result<Checkout>> {
  const found = choosePrice(tier, params);
  if (!found.ok) return found;
  const price = found.value;
  const sale = {
    kind: "conversation",
    subjectId: conversationId,
    title: tier.name,
    amountMinor: price.amountMinor,
    currency: price.currency,
    planId: tier.id,
    priceId: price.id,
    stripePriceId: price.stripePriceId,
    creditsMicrocredits: tier.creditsMicrocredits,
    creditsExpireAfterDays: tier.creditsExpireAfterDays,
  } as const;
  const { promotionCode, successUrl, cancelUrl } = params;
  return await createSaleCheckout(ctx, userId, {
    sale,
    params: { promotionCode, successUrl, cancelUrl },
  });
}

/**
 * `POST /api/payments/link`: a page on which one of the caller's conversations is paid. `tier`: a
 * plan's id or slug.
 */
export async function createPaymentLink(
  ctx: Context,
  userId: string,
  { conversationId, tier, ...params }: PaymentLinkParams & { conversationId: string; tier: string },
): Promise<Result<Checkout>> {
  const { db } = ctx;
  const tiers = await listUnlockingPlans(db, "conversation");
  const found = tiers.find(({ id, slug }) => id === tier || slug === tier);
  if (found === undefined) {
    const sold = tiers.map(({ slug }) => slug).join(", ");
    const message =
      sold === ""
        ? "tier: conversations are not sold here."
        : `tier: is none of those that are sold: ${sold}.`;
    return fail("invalid_request", message, { param: "tier" });
  }
  return await openPaymentPage(ctx, userId, { conversationId, tier: found, params });
}

/**
 * Where an unpaid conversation can be paid: the page that is open for it, or a new one in the first
 * tier. Undefined where conversations are not sold, this one is paid, its payment is under way, or
 * no page can be had now.
 */
async function resolvePaymentUrl(
  ctx: Context,
  userId: string,
  conversationId: string,
): Promise<string | undefined> {
  const { db, nowMs } = ctx;
  const [tier] = (await listUnlockingPlans(db, "conversation")).filter(
    ({ prices }) => prices.length > 0,
  );
  if (
    tier === undefined ||
    (await findConversationPaymentStatus(db, userId, conversationId)) === "paid"
  )
    return undefined;
  const open = await findOpenPageUrl(db, userId, {
    kind: "conversation",
    subjectId: conversationId,
  });
  if (open !== null) return open;
  if (!(await admitPaymentRequest(db, userId, nowMs)).isWithinLimit) return undefined;
  const page = await openPaymentPage(ctx, userId, { conversationId, tier, params: {} });
  return page.ok ? page.value.url : undefined;
}

/** A 402 of a conversation, with where it can be paid. */
export async function withPaymentUrl(
  ctx: Context,
  userId: string,
  conversationId: string,
  failure: Failure,
): Promise<Failure> {
  return {
    ...failure,
    paymentUrl: await resolvePaymentUrl(ctx, userId, conversationId),
  };
}

/**
 * Why nothing can be said before it is paid, in a conversation that is there or (null) a new one;
 * null where it can.
 */
export async function requirePaidConversation(
  env: Bindings,
  userId: string,
  conversationId: string | null,
): Promise<Failure | null> {
  const db = database(env.DB);
  const tiers = await listUnlockingPlans(db, "conversation");
  if (!(await isPaymentRequired(env, userId, tiers))) return null;
  if (conversationId === null) {
    const message =
      "Conversations are paid one by one: make one (POST /api/conversations) and pay for it (POST /api/payments/link).";
    return { code: "insufficient_quota", message };
  }
  if ((await findConversationPaymentStatus(db, userId, conversationId)) === "paid") return null;
  return { code: "insufficient_quota", message: "This conversation is not paid yet." };
}
