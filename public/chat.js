// @ts-check
// The chat: sends what was typed, and shows the reply while it comes. Without this script the
// page's own forms do the same, a whole reply at a time.

import {
  announce,
  composer,
  forgetDraft,
  keepDraft,
  restoreDraft,
  selectedModel,
  showDraft,
  showRunning,
  stopButton,
  textField,
} from "./chat-composer.js";
import {
  ApiError,
  createConversation,
  fetchTitle,
  listNewestMessages,
  postMessage,
  readFrames,
} from "./chat-transport.js";
import {
  addBubble,
  addMessage,
  describeMessage,
  errorText,
  followEnd,
  hasMessage,
  hideProblems,
  hideReason,
  isUntitled,
  linkConversation,
  scrollToEnd,
  settings,
  showProblem,
  showQuota,
  showTitle,
  textOf,
  words,
} from "./chat-view.js";

/** @import { WireError } from "./chat-transport.js" */
/** @typedef {{ user: HTMLElement, reply: HTMLElement }} Bubbles the bubbles of a turn */

/** The waits before each look for a turn that did not end as it should. */
const STORED_TURN_WAITS_MS = [250, 500, 1000, 2000, 4000];

/** The id of the conversation; empty until there is one. */
let conversationId = settings.conversation ?? "";

/**
 * The turn that runs.
 * @type {AbortController | null}
 */
let running = null;

const NOTHING_UNCONFIRMED = { body: "", key: "" };
/**
 * A message that may have arrived although no answer came. It is sent again with its key, and so
 * is not stored twice.
 */
let unconfirmed = NOTHING_UNCONFIRMED;

/** @param {AbortController | null} turn */
function setRunning(turn) {
  running = turn;
  showRunning(turn !== null);
}

/**
 * Creates the conversation before its first message, so that the user can pay for it and come back
 * to it even if the message is refused.
 * @param {string} text the first message, which stays the draft
 */
async function beginConversation(text) {
  const { agent = "" } = settings;
  const params = agent === "" ? { model: selectedModel() } : { agentId: agent };
  const id = await createConversation(params);
  forgetDraft(conversationId);
  conversationId = id;
  keepDraft(id, text);
  linkConversation(id);
}

/**
 * Shows a turn that did not end as it should as it was stored. The wire notices a little later that
 * its reader has left.
 * @param {Bubbles} bubbles the bubbles that the stored messages replace
 * @returns {Promise<boolean>} whether the turn was answered in full after all
 */
async function showStoredTurn({ user, reply }) {
  for (const waitMs of STORED_TURN_WAITS_MS) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (running !== null) return false;
    const messages = await listNewestMessages(conversationId);
    if (running !== null) return false;
    const lastUserIndex = messages.findIndex(({ role }) => role === "user");
    const [userMessage, replyMessage] = messages.slice(0, lastUserIndex + 1).toReversed();
    // A message that is shown already is of an earlier turn: this one has not arrived yet.
    if (userMessage === undefined || userMessage.status === "pending" || hasMessage(userMessage.id))
      continue;
    followEnd(() => {
      user.remove();
      reply.remove();
      addMessage(userMessage);
      if (replyMessage !== undefined) addMessage(replyMessage);
    });
    unconfirmed = NOTHING_UNCONFIRMED;
    return replyMessage?.status === "complete";
  }
  return false;
}

/**
 * Posts a message with a key that makes it safe to send again.
 * @param {string} text
 * @param {AbortSignal} signal
 */
async function postOnce(text, signal) {
  const body = JSON.stringify({ message: text, stream: true, model: selectedModel() });
  const key = unconfirmed.body === body ? unconfirmed.key : crypto.randomUUID();
  unconfirmed = { body, key };
  try {
    const response = await postMessage(conversationId, body, key, signal);
    unconfirmed = NOTHING_UNCONFIRMED;
    return response;
  } catch (error) {
    const isUnderWay = error instanceof ApiError && error.status === 409;
    if (signal.aborted || (error instanceof ApiError && !isUnderWay))
      unconfirmed = NOTHING_UNCONFIRMED;
    throw error;
  }
}

/** Shows the title that the conversation was given. */
async function updateTitle() {
  const title = await fetchTitle(conversationId);
  if (title !== null) showTitle(conversationId, title);
}

/**
 * Sends a message, and shows the reply while it comes.
 * @param {string} text
 * @param {AbortSignal} signal
 * @param {Bubbles} bubbles
 */
async function sendMessage(text, signal, { user, reply }) {
  if (conversationId === "") await beginConversation(text);
  if (signal.aborted) throw new ApiError({ code: "client_gone", message: words.stopped }, 0, false);
  const response = await postOnce(text, signal);
  const replyText = textOf(reply);
  /** @type {WireError | undefined} */
  let streamError;
  for await (const { choices, userMessage, message, error } of readFrames(response)) {
    const piece = choices?.[0]?.delta.content ?? "";
    if (piece !== "") followEnd(() => replyText.append(piece));
    followEnd(() => {
      if (userMessage !== undefined) describeMessage(user, userMessage);
      if (message !== undefined) describeMessage(reply, message);
    });
    streamError = error ?? streamError;
  }
  if (streamError !== undefined) throw new ApiError(streamError, 502, true);
  if (reply.dataset.message === undefined) throw new TypeError("The stream ended too early.");
  // A title that cannot be read now is there when the page is opened next.
  if (isUntitled()) updateTitle().catch(() => {});
}

/** @param {unknown} error why a message was not answered */
function showReason(error) {
  if (!(error instanceof ApiError)) showProblem(words.problems.network);
  else if (error.status === 402) showQuota(error.details);
  else if (error.details.code === "rate_limit_exceeded") showProblem(error.message);
  else showProblem(errorText(error.details.code, error.message));
}

/**
 * Shows why a message was not answered, and the turn as it was stored.
 * @param {unknown} error
 * @param {string} text
 * @param {Bubbles} bubbles
 * @param {boolean} isStopped whether the user stopped the turn
 */
async function showFailure(error, text, { user, reply }, isStopped) {
  if (isStopped) announce(words.stopped);
  else
    followEnd(() => {
      showReason(error);
      hideReason(user);
      hideReason(reply);
    });
  const isRefused = error instanceof ApiError;
  if (!isRefused && !(error instanceof TypeError) && !isStopped) console.error(error);
  const mayBeStored = conversationId !== "" && (!isRefused || error.wasStored);
  if (
    mayBeStored &&
    reply.dataset.message === undefined &&
    (await showStoredTurn({ user, reply })) &&
    !isStopped
  ) {
    hideProblems();
    if (textField.value === text) textField.value = "";
    keepDraft(conversationId, textField.value);
  }
  if (textOf(reply).textContent !== "") return;
  user.remove();
  reply.remove();
}

/** Sends what is in the field, unless a turn runs or the field is empty. */
async function submitMessage() {
  const text = textField.value;
  if (running !== null || text.trim() === "") return;
  const turn = new AbortController();
  hideProblems();
  setRunning(turn);
  const bubbles = { user: addBubble("user", text), reply: addBubble("assistant", "") };
  bubbles.reply.classList.add("waiting");
  scrollToEnd();
  textField.value = "";
  /** @type {unknown} */
  let failure = null;
  try {
    await sendMessage(text, turn.signal, bubbles);
    keepDraft(conversationId, textField.value);
  } catch (error) {
    failure = error;
    restoreDraft(conversationId, text);
  }
  bubbles.reply.classList.remove("waiting");
  setRunning(null);
  if (failure !== null) await showFailure(failure, text, bubbles, turn.signal.aborted);
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  void submitMessage();
});
textField.addEventListener("keydown", (event) => {
  // While an input method composes a word, Enter chooses it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  void submitMessage();
});
composer.addEventListener("input", () => keepDraft(conversationId, textField.value));
stopButton.addEventListener("click", () => running?.abort());
showDraft(conversationId);
if (conversationId !== "") scrollToEnd();
