import type { ApiKey } from "../../account/index.ts";
import { toIsoOrNull } from "../../time.ts";
import { toCredits } from "../../units.ts";
import type { ApiKeyView } from "./wire.ts";

/**
 * Shows a key without its text. `spent` is what counts against the budget now, `totalSpent` all
 * that the key ever cost.
 */
export const showKey = (key: ApiKey): ApiKeyView => ({
  id: key.keyId,
  prefix: key.prefix,
  name: key.name,
  scopes: [...key.scopes],
  models: key.models === null ? null : [...key.models],
  budget:
    key.budget === null
      ? null
      : { credits: toCredits(key.budget.limitMicrocredits), period: key.budget.period },
  purchaseLimit:
    key.purchaseLimit === null
      ? null
      : {
          amountMinor: key.purchaseLimit.limitMinor,
          currency: key.purchaseLimit.currency,
          period: key.purchaseLimit.period,
        },
  purchasedMinor: key.purchasedMinor,
  spent: toCredits(key.spentMicrocredits),
  totalSpent: toCredits(key.totalMicrocredits),
  createdAt: toIsoOrNull(key.createdAt),
  lastUsedAt: toIsoOrNull(key.lastUsedAt),
  expiresAt: toIsoOrNull(key.expiresAt),
  disabledAt: toIsoOrNull(key.disabledAt ?? null),
  rotatedAt: toIsoOrNull(key.rotatedAt ?? null),
  oldSecretsEndAt: toIsoOrNull(key.oldSecretsEndAt ?? null),
  keepContentDays: key.keepDays ?? null,
});
