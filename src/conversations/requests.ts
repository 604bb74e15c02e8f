import { z } from "zod";
import { boundedText } from "../http/bounded.ts";
import { checkoutLocaleField, currencyCodeField, planIdField } from "../http/fields.ts";
import { NOT_A_NEXT_CURSOR, pageQuery } from "../http/page.ts";
import { lineField, textField } from "../http/text.ts";

const MESSAGE_CHARACTERS_MAX = 200_000;
const SYSTEM_PROMPT_CHARACTERS_MAX = 100_000;

const title = lineField(200);
const model = boundedText(200).min(1);
const systemPrompt = textField(SYSTEM_PROMPT_CHARACTERS_MAX);
const NO_CONVERSATION_ID = "must be a conversation ID";
const NO_AGENT_ID = "must be an agent ID";
const conversationId = boundedText(36, NO_CONVERSATION_ID).regex(
  /^cnv_[0-9a-f]{32}$/,
  NO_CONVERSATION_ID,
);
const agentId = boundedText(36, NO_AGENT_ID).regex(/^agt_[0-9a-f]{32}$/, NO_AGENT_ID);

const NO_MESSAGE_ID = "is not the id of a message";
const messageId = boundedText(36, NO_MESSAGE_ID).regex(/^msg_[0-9a-f]{32}$/, NO_MESSAGE_ID);

export const newConversation = z.strictObject({
  title: title.nullable().default(null),
  agentId: agentId.nullable().default(null),
  model: model.nullable().default(null),
  systemPrompt: systemPrompt.nullable().default(null),
});

export const conversationChange = z.strictObject({
  title: title.nullable().optional(),
  model: model.optional(),
  systemPrompt: systemPrompt.nullable().optional(),
  /** A message: a branch with it is shown from then on, and goes on. */
  branch: messageId.optional(),
});

/** The fields of every message. `stream` asks for server-sent events. */
const messageFields = {
  message: textField(MESSAGE_CHARACTERS_MAX),
  stream: z.boolean().default(false),
};

/** A message in an existing conversation. */
export const newMessage = z.strictObject({
  ...messageFields,
  model: model.nullable().default(null),
  /** A message of the user's, whose place the new one takes in a branch of its own. */
  branchOf: messageId.nullable().default(null),
});

/** A message in an existing conversation or a new one. */
export const newChatMessage = z.strictObject({
  ...messageFields,
  model: model.nullable().default(null),
  conversationId: conversationId.nullable().default(null),
  agentId: agentId.nullable().default(null),
});

/**
 * A message to an agent, in an existing conversation with it or a new one. The agent decides the
 * model.
 */
export const newAgentMessage = z.strictObject({
  ...messageFields,
  conversationId: conversationId.nullable().default(null),
});

export const paymentLinkRequest = z.strictObject({
  conversationId,
  /** A plan that unlocks a conversation: its id or slug. */
  tier: planIdField,
  currency: currencyCodeField.optional(),
  promotionCode: lineField(100).optional(),
  successUrl: boundedText(2000).optional(),
  cancelUrl: boundedText(2000).optional(),
  locale: checkoutLocaleField.optional(),
});

/** A cursor here is the number of the last conversation or message shown. */
const numberCursor = boundedText(200)
  .regex(/^\d{1,15}$/, NOT_A_NEXT_CURSOR)
  .transform(Number);

const numberedQuery = pageQuery.extend({ cursor: numberCursor.optional() });
export const conversationsQuery = numberedQuery.extend({
  /** A text of the title or of a message. */
  search: lineField(200).optional(),
});
export const messagesQuery = numberedQuery.extend({
  order: z.enum(["asc", "desc"]).default("asc"),
  /** The branch that is shown, or the messages of all branches. */
  branches: z.enum(["active", "all"]).default("active"),
});
export const exportQuery = z.object({ format: z.enum(["json", "markdown"]).default("json") });
