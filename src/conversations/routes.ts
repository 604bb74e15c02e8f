import { requireCaller, requireChatCaller } from "../auth/index.ts";
import { limitPayments } from "../billing/index.ts";
import { database } from "../db.ts";
import type { Env } from "../env.ts";
import { router } from "../http/factory.ts";
import { pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { exportConversation, exportFilename } from "./conversation-document.ts";
import { readCursor } from "./cursor.ts";
import { chatHistory } from "./history.ts";
import { createPaymentLink, listPaymentStates } from "./payment.ts";
import {
  conversationChange,
  exportQuery,
  messagesQuery,
  newAgentMessage,
  newChatMessage,
  newConversation,
  newMessage,
  paymentLinkRequest,
} from "./requests.ts";
import { requireModel } from "./resolve-model.ts";
import { resolveTarget } from "./resolve-target.ts";
import { answerTurn } from "./respond.ts";
import { showConversation, showMessage } from "./show.ts";
import type { Conversation, ConversationPaymentState } from "./types.ts";

const findPaymentState = async (
  env: Env,
  userId: string,
  conversation: Conversation,
): Promise<ConversationPaymentState> =>
  (await listPaymentStates(env, userId, [conversation]))[0] ?? {
    paymentStatus: "unpaid",
    paymentRequired: false,
  };

const showWithPaymentState = async (env: Env, userId: string, conversation: Conversation) =>
  showConversation(conversation, await findPaymentState(env, userId, conversation));

/** `/api/conversations` */
export const conversationRoutes = router()
  .get("/", requireCaller("read"), validate("query", pageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const before = readCursor(cursor);
    if (!before.ok) return refuse(c, before.failure);
    const rows = await chatHistory(c.env, c.var.caller.userId).list({
      limit: limit + 1,
      before: before.value,
    });
    if (!rows.ok) return refuse(c, rows.failure);
    const page = toPage(
      rows.value,
      limit,
      (row) => row,
      (row) => String(row.no),
    );
    const paymentState = await listPaymentStates(c.env, c.var.caller.userId, page.data);
    const data = page.data.flatMap((row, at) =>
      paymentState[at] === undefined ? [] : [showConversation(row, paymentState[at])],
    );
    return c.json({ ...page, data });
  })
  .post("/", requireCaller("write"), validate("json", newConversation), async (c) => {
    const { userId } = c.var.caller;
    const { title, agentId, model, systemPrompt } = c.req.valid("json");
    const targetContext = { env: c.env, db: database(c.env.DB), userId, nowMs: Date.now() };
    const target = await resolveTarget(targetContext, { agentId, model, systemPrompt });
    if (!target.ok) return refuse(c, target.failure);
    const { agent, model: found } = target.value;
    const greeting = agent?.greeting ?? null;
    const terms = {
      title,
      agentId,
      systemPrompt,
      greeting,
      model: agentId === null ? found.id : null,
    };
    const created = await chatHistory(c.env, userId).create(terms);
    return created.ok
      ? c.json(await showWithPaymentState(c.env, userId, created.value), 201)
      : refuse(c, created.failure);
  })
  .get("/:id", requireCaller("read"), async (c) => {
    const found = await chatHistory(c.env, c.var.caller.userId).conversation(c.req.param("id"));
    return found.ok
      ? c.json(await showWithPaymentState(c.env, c.var.caller.userId, found.value))
      : refuse(c, found.failure);
  })
  .patch("/:id", requireCaller("write"), validate("json", conversationChange), async (c) => {
    const history = chatHistory(c.env, c.var.caller.userId);
    const change = c.req.valid("json");
    const found = await history.conversation(c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    const { agentId, id } = found.value;
    if (agentId !== null && (change.model ?? change.systemPrompt ?? null) !== null) {
      const param = change.model === undefined ? "systemPrompt" : "model";
      return refuse(c, {
        code: "invalid_request",
        message: `${param}: the agent of this conversation decides it.`,
        param,
      });
    }
    const model =
      change.model === undefined ? null : await requireModel(c.env.DB, change.model, Date.now());
    if (model !== null && !model.ok) return refuse(c, model.failure);
    const changed = await history.change(id, change);
    return changed.ok
      ? c.json(await showWithPaymentState(c.env, c.var.caller.userId, changed.value))
      : refuse(c, changed.failure);
  })
  .delete("/:id", requireCaller("write"), async (c) => {
    const removed = await chatHistory(c.env, c.var.caller.userId).remove(c.req.param("id"));
    return removed.ok ? c.body(null, 204) : refuse(c, removed.failure);
  })
  .get("/:id/messages", requireCaller("read"), validate("query", messagesQuery), async (c) => {
    const { limit, cursor, order } = c.req.valid("query");
    const after = readCursor(cursor);
    if (!after.ok) return refuse(c, after.failure);
    const history = chatHistory(c.env, c.var.caller.userId);
    const page = await history.messages(c.req.param("id"), { limit, order, after: after.value });
    if (!page.ok) return refuse(c, page.failure);
    const { messages, hasMore } = page.value;
    const last = messages.at(-1);
    const nextCursor = hasMore && last !== undefined ? String(last.place) : null;
    return c.json({ object: "list", data: messages.map(showMessage), hasMore, nextCursor });
  })
  .post("/:id/messages", requireChatCaller, validate("json", newMessage), (c) =>
    answerTurn(c, { ...c.req.valid("json"), conversationId: c.req.param("id"), agentId: null }),
  )
  .get("/:id/export", requireCaller("read"), validate("query", exportQuery), async (c) => {
    const history = chatHistory(c.env, c.var.caller.userId);
    const found = await history.conversation(c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    const { format } = c.req.valid("query");
    const paymentState = await findPaymentState(c.env, c.var.caller.userId, found.value);
    const { contentType, stream } = exportConversation(history, found.value, paymentState, format);
    const disposition = `attachment; filename="${exportFilename(found.value, format)}"`;
    return c.body(stream, 200, { "content-type": contentType, "content-disposition": disposition });
  });

/**
 * `POST /api/agents/:id/messages`, and the same of characters: says something to an agent, in a
 * conversation with it or a new one.
 */
export const agentMessageRoutes = router().post(
  "/:id/messages",
  requireChatCaller,
  validate("json", newAgentMessage),
  (c) => answerTurn(c, { ...c.req.valid("json"), model: null, agentId: c.req.param("id") }),
);

/** `POST /api/chat`: says something, in a conversation that is there or a new one. */
export const chatMessageRoutes = router().post(
  "/",
  requireChatCaller,
  validate("json", newChatMessage),
  (c) => answerTurn(c, c.req.valid("json")),
);

/** `POST /api/payments/link`: a page on which one conversation is paid. */
export const paymentLinkRoutes = router().post(
  "/link",
  requireCaller("write"),
  limitPayments,
  validate("json", paymentLinkRequest),
  async (c) => {
    const { userId } = c.var.caller;
    const params = c.req.valid("json");
    const found = await chatHistory(c.env, userId).conversation(params.conversationId);
    const page = found.ok ? await createPaymentLink(c.var.ctx, userId, params) : found;
    return page.ok ? c.json(page.value) : refuse(c, page.failure);
  },
);
