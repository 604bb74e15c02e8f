import { Hono } from "hono";
import { z } from "zod";
import {
  type AuthEnv,
  createManagementKey,
  listManagementKeys,
  MANAGEMENT_SCOPES,
  type ManagementKey,
  revokeManagementKey,
} from "../auth/index.ts";
import { list, named, time } from "../http/answer-fields.ts";
import { boundedList } from "../http/bounded.ts";
import { describeRoute } from "../http/describe-route.ts";
import { timeField } from "../http/fields.ts";
import { idCursor, pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { lineField } from "../http/text.ts";
import { validate } from "../http/validate.ts";
import { toIso, toIsoOrNull } from "../time.ts";

const fields = {
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe("The beginning of the key."),
  scopes: z.array(z.enum(MANAGEMENT_SCOPES)),
  createdBy: z.string().describe("The ID of the admin."),
  createdAt: time,
  expiresAt: time.nullable(),
  lastUsedAt: time.nullable().describe("Accurate to the hour."),
  revokedAt: time.nullable(),
};

/** A management key without its text. */
const managementKeyView = named("ManagementKey", fields);

/** A new management key with its text. */
const newManagementKeyView = named("NewManagementKey", {
  ...fields,
  key: z.string().describe("Shown this once."),
});

const showManagementKey = (key: ManagementKey): z.infer<typeof managementKeyView> => ({
  ...key,
  scopes: [...key.scopes],
  createdAt: toIso(key.createdAt),
  expiresAt: toIsoOrNull(key.expiresAt),
  lastUsedAt: toIsoOrNull(key.lastUsedAt),
  revokedAt: toIsoOrNull(key.revokedAt),
});

const createParams = z.strictObject({
  name: lineField(100),
  scopes: boundedList(z.enum(MANAGEMENT_SCOPES), 20)
    .min(1)
    .transform((scopes) => [...new Set(scopes)]),
  expiresAt: timeField.transform((at) => Date.parse(at)).optional(),
});

/** `/api/admin/management-keys`, for admins alone: no management key makes another. */
export const adminManagementKeyRoutes = new Hono<AuthEnv>()
  .get(
    "/",
    validate("query", pageQuery.extend({ cursor: idCursor("mgk") }).strict()),
    describeRoute(
      "Lists management keys, newest first, with those that were revoked.",
      list(managementKeyView),
      [],
    ),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const keys = await listManagementKeys(c.var.ctx.db, limit, cursor);
      return c.json(toPage(keys, limit, showManagementKey, ({ id }) => id));
    },
  )
  .post(
    "/",
    validate("json", createParams),
    describeRoute(
      "Creates a management key for the operator's own servers. It is returned only once.",
      newManagementKeyView,
      ["limit_reached"],
      { status: 201 },
    ),
    async (c) => {
      const { ctx } = c.var;
      const { expiresAt = null, ...params } = c.req.valid("json");
      if (expiresAt !== null && expiresAt <= ctx.nowMs) {
        const message = "expiresAt: must be in the future.";
        return refuse(c, { code: "invalid_request", message, param: "expiresAt" });
      }
      const created = await createManagementKey(ctx, { ...params, expiresAt });
      if (!created.ok) return refuse(c, created.failure);
      const { key, text } = created.value;
      return c.json({ ...showManagementKey(key), key: text }, 201);
    },
  )
  .delete(
    "/:keyId",
    describeRoute(
      "Revokes a management key: from the next request on, and on /v1 within ten seconds.",
      null,
      ["not_found"],
    ),
    async (c) => {
      const revoked = await revokeManagementKey(c.var.ctx, c.req.param("keyId"));
      return revoked.ok ? c.body(null, 204) : refuse(c, revoked.failure);
    },
  );
