import { requireCaller, requireChatCaller } from "../auth/index.ts";
import type { Database } from "../db.ts";
import { list } from "../http/answer-fields.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { answerTurn, describeTurn } from "./answer-turn.ts";
import { changeConversation } from "./change-conversation.ts";
import { exportConversation, exportFilename } from "./conversation-document.ts";
import { chatHistory } from "./history.ts";
import { openConversation } from "./open-conversation.ts";
import { findPaymentState, listPaymentStates } from "./payment-state.ts";
import {
  conversationChange,
  conversationsQuery,
  exportQuery,
  messagesQuery,
  newConversation,
  newMessage,
} from "./requests.ts";
import { showConversation, showMessage } from "./show.ts";
import type { Conversation } from "./types.ts";
import {
  type ConversationView,
  conversationExportView,
  conversationView,
  messageView,
} from "./wire.ts";

const showWithPaymentState = async (
  db: Database,
  userId: string,
  conversation: Conversation,
): Promise<ConversationView> =>
  showConversation(conversation, await findPaymentState(db, userId, conversation));

/** `/api/conversations` */
export const conversationRoutes = router()
  .get(
    "/",
    requireCaller("read"),
    validate("query", conversationsQuery),
    describeRoute("Lists the caller's conversations, newest first.", list(conversationView), []),
    async (c) => {
      const { limit, cursor = null, search = null } = c.req.valid("query");
      const { env, db } = c.var.ctx;
      const { userId } = c.var.caller;
      const rows = await chatHistory(env, userId).list({
        limit: limit + 1,
        before: cursor,
        search,
      });
      if (!rows.ok) return refuse(c, rows.failure);
      const page = toPage(
        rows.value,
        limit,
        (row) => row,
        (row) => String(row.no),
      );
      const paymentStates = await listPaymentStates(db, userId, page.data);
      const data = page.data.flatMap((row, at) =>
        paymentStates[at] === undefined ? [] : [showConversation(row, paymentStates[at])],
      );
      return c.json({ ...page, data });
    },
  )
  .post(
    "/",
    requireCaller("write"),
    validate("json", newConversation),
    describeRoute(
      "Creates a conversation.",
      conversationView,
      ["insufficient_quota", "not_found", "model_not_found", "limit_reached"],
      { status: 201 },
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const { userId } = caller;
      const created = await openConversation(ctx, userId, c.req.valid("json"));
      return created.ok
        ? c.json(await showWithPaymentState(ctx.db, userId, created.value), 201)
        : refuse(c, created.failure);
    },
  )
  .get(
    "/:id",
    requireCaller("read"),
    describeRoute("Returns a conversation.", conversationView, ["not_found"]),
    async (c) => {
      const { env, db } = c.var.ctx;
      const { userId } = c.var.caller;
      const found = await chatHistory(env, userId).conversation(c.req.param("id"));
      return found.ok
        ? c.json(await showWithPaymentState(db, userId, found.value))
        : refuse(c, found.failure);
    },
  )
  .patch(
    "/:id",
    requireCaller("write"),
    validate("json", conversationChange),
    describeRoute("Changes a conversation.", conversationView, ["not_found", "model_not_found"]),
    async (c) => {
      const { ctx, caller } = c.var;
      const { userId } = caller;
      const id = c.req.param("id");
      const changed = await changeConversation(ctx, userId, id, c.req.valid("json"));
      return changed.ok
        ? c.json(await showWithPaymentState(ctx.db, userId, changed.value))
        : refuse(c, changed.failure);
    },
  )
  .delete(
    "/:id",
    requireCaller("write"),
    describeRoute("Deletes a conversation with its messages.", null, ["not_found"]),
    async (c) => {
      const removed = await chatHistory(c.env, c.var.caller.userId).remove(c.req.param("id"));
      return removed.ok ? c.body(null, 204) : refuse(c, removed.failure);
    },
  )
  .get(
    "/:id/messages",
    requireCaller("read"),
    validate("query", messagesQuery),
    describeRoute("Lists the messages of a conversation.", list(messageView), ["not_found"]),
    async (c) => {
      const { limit, cursor: after = null, order, branches } = c.req.valid("query");
      const history = chatHistory(c.env, c.var.caller.userId);
      const page = await history.messages(c.req.param("id"), {
        limit,
        order,
        after,
        branches,
      });
      if (!page.ok) return refuse(c, page.failure);
      const { messages, hasMore } = page.value;
      const last = messages.at(-1);
      const nextCursor = hasMore && last !== undefined ? String(last.place) : null;
      return c.json({ object: "list", data: messages.map(showMessage), hasMore, nextCursor });
    },
  )
  .post(
    "/:id/messages",
    requireChatCaller,
    validate("json", newMessage),
    describeTurn("Sends a message in a conversation."),
    (c) =>
      answerTurn(c, { ...c.req.valid("json"), conversationId: c.req.param("id"), agentId: null }),
  )
  .get(
    "/:id/export",
    requireCaller("read"),
    validate("query", exportQuery),
    describeRoute(
      "Exports a whole conversation, as JSON or Markdown.",
      conversationExportView,
      ["not_found"],
      { alternative: "text/markdown" },
    ),
    async (c) => {
      const { env, db } = c.var.ctx;
      const { userId } = c.var.caller;
      const history = chatHistory(env, userId);
      const found = await history.conversation(c.req.param("id"));
      if (!found.ok) return refuse(c, found.failure);
      const { format } = c.req.valid("query");
      const paymentState = await findPaymentState(db, userId, found.value);
      const document = exportConversation(history, found.value, paymentState, format);
      return c.body(document.stream, 200, {
        "content-type": document.contentType,
        "content-disposition": `attachment; filename="${exportFilename(found.value, format)}"`,
      });
    },
  );
