// @ts-check
// The chat's requests: JSON as this browser's user, and replies that stream.

/**
 * @import { QuotaDetails } from "../src/errors.ts"
 * @import { MessageView } from "../src/pages/chat/message-view.ts"
 */

/**
 * The error of the wire. A 402 has the details of the quota.
 * @typedef {{ code: string, message: string } & Partial<QuotaDetails>} WireError
 */

/**
 * A frame of a reply that streams: a piece of its text, the messages as they were stored, or why
 * it broke off.
 * @typedef {object} Frame
 * @property {{ delta: { content?: string, reasoning?: string } }[]} [choices]
 * @property {MessageView} [userMessage]
 * @property {MessageView} [message]
 * @property {WireError} [error]
 */

/** A request that the wire refused. */
export class ApiError extends Error {
  /**
   * @param {WireError} details
   * @param {number} status
   * @param {boolean} wasStored whether the message is stored, as one that failed
   */
  constructor(details, status, wasStored) {
    super(details.message);
    this.details = details;
    this.status = status;
    this.wasStored = wasStored;
  }
}

/**
 * Calls the wire. A user who is not signed in is sent to the sign-in page.
 * @param {string} path
 * @param {Pick<RequestInit, "method" | "body" | "signal">} [init]
 * @param {Record<string, string>} [headers]
 * @throws {ApiError} for a refusal
 */
async function callApi(path, init, headers) {
  const response = await fetch(path, {
    ...init,
    headers: { "content-type": "application/json", ...headers },
  });
  if (response.ok) return response;
  if (response.status === 401)
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  const body = await response.json().catch(() => null);
  const details = body?.error ?? { code: "internal_error", message: response.statusText };
  throw new ApiError(details, response.status, response.headers.has("x-farebox-conversation"));
}

/**
 * Creates a conversation.
 * @param {{ model: string | null } | { agentId: string }} params
 * @returns {Promise<string>} its id
 */
export async function createConversation(params) {
  const init = { method: "POST", body: JSON.stringify(params) };
  return (await (await callApi("/api/conversations", init)).json()).id;
}

/**
 * Renames a conversation.
 * @param {string} conversationId
 * @param {string | null} title
 */
export const renameConversation = (conversationId, title) =>
  callApi(`/api/conversations/${conversationId}`, {
    method: "PATCH",
    body: JSON.stringify({ title }),
  });

/**
 * Returns the title of a conversation.
 * @param {string} conversationId
 * @returns {Promise<string | null>}
 */
export const fetchTitle = async (conversationId) =>
  (await (await callApi(`/api/conversations/${conversationId}`)).json()).title;

/**
 * Lists the last two messages, newest first. The list is empty where the wire cannot be reached.
 * @param {string} conversationId
 * @returns {Promise<MessageView[]>}
 */
export async function listNewestMessages(conversationId) {
  const path = `/api/conversations/${conversationId}/messages?order=desc&limit=2`;
  try {
    return (await (await callApi(path)).json()).data;
  } catch {
    return [];
  }
}

/**
 * Posts a message. The reply streams.
 * @param {string} conversationId
 * @param {string} body the request as JSON
 * @param {string} idempotencyKey
 * @param {AbortSignal} signal stops the reply
 */
export const postMessage = (conversationId, body, idempotencyKey, signal) =>
  callApi(
    `/api/conversations/${conversationId}/messages`,
    { method: "POST", body, signal },
    { "idempotency-key": idempotencyKey },
  );

/**
 * Reads the frames of a stream of server-sent events, until `[DONE]`.
 * @param {Response} response
 * @returns {AsyncGenerator<Frame, void>}
 */
export async function* readFrames(response) {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const data = event.replace(/^data: /, "");
      if (data === "[DONE]") return;
      yield JSON.parse(data);
    }
  }
}
