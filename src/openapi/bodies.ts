import type { z } from "zod";
import { list } from "../http/answer-fields.ts";
import * as sales from "./objects/sales.ts";
import * as users from "./objects/users.ts";

/**
 * What each route answers when all is well, by its method and path as `operations.ts` has it. A
 * route whose answer has no body is not here. `test/openapi/answers.test.ts` holds real answers
 * against these.
 */
export const RESPONSE_BODIES: Readonly<Record<string, z.ZodType>> = {
  "POST /api/auth/register": users.signedIn,
  "POST /api/auth/login": users.signedIn,
  "POST /api/auth/refresh": users.tokens,
  "GET /api/users/:userId": users.user,
  "PATCH /api/users/:userId": users.user,
  "POST /api/api-keys": users.newApiKey,
  "GET /api/api-keys": users.apiKeys,
  "DELETE /api/api-keys/:keyId": users.success,

  "GET /api/plans": list(sales.plan),
  "GET /api/plans/active": list(sales.plan),
  "GET /api/plans/:idOrSlug": sales.plan,
  "GET /v1/models": sales.models,
  "GET /v1/models/:id": sales.model,

  "GET /v1/credits": users.openRouterCredits,
  "GET /v1/key": users.openRouterKey,
  "GET /api/usage": users.usage,
  "GET /api/usage/daily": users.dailyUsage,
  "GET /api/usage/chats": users.chatPage,
  "GET /api/credits": users.creditBalance,
  "GET /api/credits/ledger": users.ledgerPage,
  "GET /api/credits/grants": list(users.grant),
};

/** What else than JSON a route answers, where it is asked to. */
export const OTHER_CONTENT_TYPES: Readonly<Record<string, string>> = {
  "GET /api/usage/daily": "text/csv",
  "GET /api/usage/chats": "text/csv",
};

/** Bodies that are read by their rooms themselves, and not by `validate`. */
export const REQUEST_BODIES: Readonly<Record<string, z.ZodType>> = {};
