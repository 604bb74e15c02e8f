import { z } from "zod";
import { boundedText } from "../http/bounded.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { LANGUAGE_NAMES } from "../languages.ts";
import { isOptional, MAIL_KINDS } from "../mail/index.ts";
import { toMicrocredits } from "../units.ts";
import { requireSession } from "./guard.ts";
import {
  loadMailPreferences,
  unsubscribe,
  updateMailPreferences,
} from "./notices/mail-preferences.ts";
import { mailPreferencesView, unsubscribedView } from "./notices/wire.ts";
import { resolveUserId } from "./users/resolve-user-id.ts";
import { USER_NOT_FOUND } from "./users/update-profile.ts";

const ALWAYS_SENT = "can't be turned off: mails about security and payments are always sent";

/** Every kind can be named, so that the refusal of one says why. */
const kindsField = z
  .strictObject(
    Object.fromEntries(MAIL_KINDS.map((kind) => [kind, z.boolean().optional()] as const)),
  )
  .superRefine((kinds, issues) => {
    for (const kind of MAIL_KINDS)
      if (kinds[kind] === false && !isOptional(kind))
        issues.addIssue({ code: "custom", path: [kind], message: ALWAYS_SENT });
  });

const preferencesParams = z.strictObject({
  language: z.enum(LANGUAGE_NAMES).optional(),
  kinds: kindsField.optional(),
  lowBalanceCredits: z
    .number()
    .positive()
    .max(1_000_000_000)
    .refine((credits) => toMicrocredits(credits) > 0, "must be at least 0.000001")
    .nullable()
    .optional(),
});
const unsubscribeParams = z.strictObject({ token: boundedText(300).trim() });

/** `/api/users`: which mails a user gets. */
export const mailPreferenceRoutes = router()
  .get(
    "/:userId/mail-preferences",
    requireSession,
    describeRoute("Returns a user's mail preferences; `me` is the caller.", mailPreferencesView, [
      "not_found",
      "billing_unavailable",
    ]),
    async (c) => {
      const { ctx, caller } = c.var;
      const userId = resolveUserId(caller, c.req.param("userId"));
      const view = userId === undefined ? USER_NOT_FOUND : await loadMailPreferences(ctx, userId);
      return view.ok ? c.json(view.value) : refuse(c, view.failure);
    },
  )
  .patch(
    "/:userId/mail-preferences",
    requireSession,
    validate("json", preferencesParams),
    describeRoute(
      "Updates a user's mail preferences. Mails about security and payments are always sent.",
      mailPreferencesView,
      ["not_found", "billing_unavailable"],
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const userId = resolveUserId(caller, c.req.param("userId"));
      if (userId === undefined) return refuse(c, USER_NOT_FOUND.failure);
      const { language, kinds, lowBalanceCredits: threshold } = c.req.valid("json");
      const updated = await updateMailPreferences(ctx, userId, {
        ...(language === undefined ? {} : { language }),
        ...(kinds === undefined ? {} : { kinds }),
        lowBalanceMicrocredits:
          typeof threshold === "number" ? toMicrocredits(threshold) : threshold,
      });
      const view = updated.ok ? await loadMailPreferences(ctx, userId) : updated;
      return view.ok ? c.json(view.value) : refuse(c, view.failure);
    },
  );

/** `/api/mails`: what the link of a mail does without signing in. */
export const unsubscribeRoutes = router().post(
  "/unsubscribe",
  validate("json", unsubscribeParams),
  describeRoute(
    "Unsubscribes from one kind of mail, with the link from such a mail.",
    unsubscribedView,
    ["invalid_request"],
  ),
  async (c) => {
    const unsubscribed = await unsubscribe(c.var.ctx, c.req.valid("json").token);
    return unsubscribed.ok ? c.json(unsubscribed.value) : refuse(c, unsubscribed.failure);
  },
);
