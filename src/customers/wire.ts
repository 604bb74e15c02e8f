import { z } from "zod";
import { SCOPES } from "../account/index.ts";
import { externalIdField, type User, type UserView, userView } from "../auth/index.ts";
import { count, named } from "../http/answer-fields.ts";
import { boundedList, boundedText } from "../http/bounded.ts";
import { lineField } from "../http/text.ts";
import { toMicrocredits } from "../units.ts";

/** The most entries of a user's metadata, as at Stripe. */
const METADATA_MAX = 50;

const metadataField = z
  .record(boundedText(40).min(1), boundedText(500))
  .refine(
    (metadata) => Object.keys(metadata).length <= METADATA_MAX,
    `must have at most ${METADATA_MAX} entries`,
  );

/**
 * What the founder's backend tells of a user. A field that is left out stays; `null` empties one.
 */
export const customerParams = z.strictObject({
  email: boundedText(254).trim().check(z.email("must be an email address")).nullable().optional(),
  name: lineField(200).nullable().optional(),
  metadata: metadataField.nullable().optional(),
});

/** A session's longest time: a page asks for another before it is over. */
const TTL_SECONDS_MAX = 86_400;

export const sessionParams = z.strictObject({
  externalId: externalIdField,
  scopes: boundedList(z.enum(SCOPES), 20)
    .min(1)
    .default(["chat", "read"])
    .transform((scopes) => [...new Set(scopes)]),
  models: boundedList(lineField(200), 100)
    .min(1)
    .transform((models) => [...new Set(models)])
    .optional(),
  maxSpend: z
    .number()
    .positive()
    .max(1_000_000_000)
    .refine((credits) => toMicrocredits(credits) > 0, "must be at least 0.000001")
    .optional(),
  ttlSeconds: z.int().min(60).max(TTL_SECONDS_MAX).default(3600),
});

/** A user of the founder's backend. */
export const customerView = named("ExternalUser", {
  externalId: z.string(),
  ...userView.shape,
  email: z.string().nullable().describe("As your backend told it. It isn't verified."),
  metadata: z.record(z.string(), z.string()),
});
export type CustomerView = z.infer<typeof customerView>;

/** A session of such a user, for a browser. */
export const customerSessionView = named("ExternalUserSession", {
  user: customerView,
  accessToken: z.string().describe("Send it as `Authorization: Bearer …`, also from a browser."),
  expiresIn: count.describe("In seconds."),
});

/** Shows a user of the founder's backend. */
export const showCustomer = (
  { externalId, metadata, email }: User,
  view: UserView,
): CustomerView => ({
  ...view,
  externalId: externalId ?? "",
  email: email === "" ? null : email,
  metadata: metadata ?? {},
});
