// @ts-check
// The chat: sends what was typed, and shows the reply while it comes. Without this script the
// page's own forms do the same, a whole reply at a time.

import {
  announce,
  composer,
  forgetDraft,
  isTouch,
  keepDraft,
  missingModel,
  restoreDraft,
  selectedModel,
  selectModel,
  showDraft,
  showRunning,
  stopButton,
  textField,
} from "./chat-composer.js";
import { LiveReply, loadMarkdown, showMarkdown } from "./chat-reply.js";
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
  describeMessage,
  errorText,
  followEnd,
  hasMessage,
  hideProblems,
  hideReason,
  isUntitled,
  keepSource,
  linkConversation,
  removeFrom,
  scrollToEnd,
  settings,
  showProblem,
  showQuota,
  showThinking,
  showThought,
  showTitle,
  sourceOf,
  textOf,
  words,
} from "./chat-view.js";

/** @import { WireError } from "./chat-transport.js" */
/** @import { MessageView } from "../src/pages/chat/message-view.ts" */
/** @typedef {{ user: HTMLElement, reply: HTMLElement }} Bubbles the bubbles of a turn */
/**
 * A message to send.
 * @typedef {object} Outgoing
 * @property {string} text
 * @property {string | null} branchOf the message whose place it takes
 */

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
 * Shows a reply as it was stored, which may be more or less than what came.
 * @param {HTMLElement} bubble
 * @param {MessageView} message
 */
async function showStoredReply(bubble, message) {
  if (sourceOf(bubble) !== message.content) {
    keepSource(bubble, message.content);
    await showMarkdown(textOf(bubble), message.content).catch(() => {
      textOf(bubble).textContent = message.content;
    });
  }
  followEnd(() => describeMessage(bubble, message));
}

/**
 * Shows a turn that did not end as it should as it was stored. The wire notices a little later that
 * its reader has left.
 * @param {Bubbles} bubbles
 * @returns {Promise<"answered" | "stored" | "unknown">} whether it was answered in full after all,
 *   or stored at least
 */
async function showStoredTurn({ user, reply }) {
  for (const waitMs of STORED_TURN_WAITS_MS) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (running !== null) return "unknown";
    const messages = await listNewestMessages(conversationId);
    if (running !== null) return "unknown";
    const lastUserIndex = messages.findIndex(({ role }) => role === "user");
    const [userMessage, replyMessage] = messages.slice(0, lastUserIndex + 1).toReversed();
    // A message that is shown already is of an earlier turn: this one has not arrived yet.
    if (userMessage === undefined || userMessage.status === "pending" || hasMessage(userMessage.id))
      continue;
    followEnd(() => describeMessage(user, userMessage));
    if (replyMessage === undefined) reply.remove();
    else await showStoredReply(reply, replyMessage);
    unconfirmed = NOTHING_UNCONFIRMED;
    return replyMessage?.status === "complete" ? "answered" : "stored";
  }
  return "unknown";
}

/**
 * Posts a message with a key that makes it safe to send again.
 * @param {Outgoing} outgoing
 * @param {AbortSignal} signal
 */
async function postOnce({ text, branchOf }, signal) {
  const body = JSON.stringify({ message: text, branchOf, stream: true, model: selectedModel() });
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
 * @param {Outgoing} outgoing
 * @param {AbortSignal} signal
 * @param {Bubbles} bubbles
 * @param {LiveReply} live
 */
async function sendMessage(outgoing, signal, { user, reply }, live) {
  if (conversationId === "") await beginConversation(outgoing.text);
  if (signal.aborted) throw new ApiError({ code: "client_gone", message: words.stopped }, 0, false);
  const response = await postOnce(outgoing, signal);
  /** @type {WireError | undefined} */
  let streamError;
  let thinkingSince = 0;
  for await (const { choices, userMessage, message, error } of readFrames(response)) {
    const { content = "", reasoning = "" } = choices?.[0]?.delta ?? {};
    if (reasoning !== "") {
      thinkingSince ||= Date.now();
      followEnd(() => showThinking(reply, reasoning));
    }
    if (content !== "") {
      if (live.text === "" && thinkingSince > 0) showThought(reply, Date.now() - thinkingSince);
      live.append(content);
    }
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
  else if (error.status === 402) showQuota(error.details, missingModel());
  else if (error.details.code === "rate_limit_exceeded") showProblem(error.message);
  else showProblem(errorText(error.details.code, error.message));
}

/**
 * Shows why a message was not answered, and the turn as it was stored.
 * @param {unknown} error
 * @param {string} text
 * @param {Bubbles} bubbles
 */
async function showFailure(error, text, { user, reply }) {
  followEnd(() => {
    showReason(error);
    hideReason(user);
    hideReason(reply);
  });
  const isRefused = error instanceof ApiError;
  if (!isRefused && !(error instanceof TypeError)) console.error(error);
  const mayBeStored = conversationId !== "" && (!isRefused || error.wasStored);
  const isLost = mayBeStored && reply.dataset.message === undefined;
  const outcome = isLost ? await showStoredTurn({ user, reply }) : "unknown";
  if (outcome === "answered") {
    hideProblems();
    if (textField.value === text) textField.value = "";
    keepDraft(conversationId, textField.value);
  }
  if (outcome !== "unknown" || textOf(reply).textContent !== "") return;
  user.remove();
  reply.remove();
}

/**
 * Says that the turn was stopped, and shows what is stored of it. The field stays empty, unless the
 * message did not arrive.
 * @param {Outgoing} outgoing
 * @param {Bubbles} bubbles
 */
async function showStopped({ text }, { user, reply }) {
  announce(textOf(reply).textContent === "" ? words.stoppedEmpty : words.stopped);
  const outcome = conversationId === "" ? "unknown" : await showStoredTurn({ user, reply });
  if (outcome !== "unknown") keepDraft(conversationId, textField.value);
  if (outcome !== "unknown" || running !== null) return;
  user.remove();
  reply.remove();
  restoreDraft(conversationId, text);
}

/**
 * Sends a message, unless a turn runs or it is empty.
 * @param {Outgoing} outgoing
 */
async function submitMessage(outgoing) {
  const { text, branchOf } = outgoing;
  if (running !== null || text.trim() === "") return;
  const turn = new AbortController();
  hideProblems();
  setRunning(turn);
  const putBack = branchOf === null ? null : removeFrom(branchOf);
  const bubbles = { user: addBubble("user", text), reply: addBubble("assistant", "") };
  bubbles.reply.classList.add("waiting");
  scrollToEnd();
  const live = new LiveReply(textOf(bubbles.reply), followEnd);
  /** @type {unknown} */
  let failure = null;
  try {
    await sendMessage(outgoing, turn.signal, bubbles, live);
    keepDraft(conversationId, textField.value);
  } catch (error) {
    failure = error;
  }
  await live.finish();
  keepSource(bubbles.reply, live.text);
  bubbles.reply.classList.remove("waiting");
  setRunning(null);
  if (failure === null) return announce(words.answered, false);
  const isStored = failure instanceof ApiError ? failure.wasStored : live.text !== "";
  if (turn.signal.aborted) return await showStopped(outgoing, bubbles);
  if (putBack === null) restoreDraft(conversationId, text);
  else if (!isStored) {
    bubbles.user.remove();
    bubbles.reply.remove();
    putBack();
  }
  await showFailure(failure, text, bubbles);
}

/** Sends what is in the field. */
function submitField() {
  const text = textField.value;
  if (running !== null || text.trim() === "") return;
  textField.value = "";
  void submitMessage({ text, branchOf: null });
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const { submitter } = event;
  if (submitter instanceof HTMLButtonElement && submitter.name === "useModel")
    selectModel(submitter.value);
  submitField();
});
textField.addEventListener("keydown", (event) => {
  // While an input method composes a word, Enter chooses it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || isTouch) return;
  event.preventDefault();
  submitField();
});
composer.addEventListener("input", () => keepDraft(conversationId, textField.value));
composer.addEventListener("input", () => void loadMarkdown().catch(() => {}), { once: true });
stopButton.addEventListener("click", () => running?.abort());
// Before the menus, which Escape closes first.
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || document.querySelector("details[data-menu][open]") !== null)
      return;
    running?.abort();
  },
  { capture: true },
);
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  const bubble = form.closest(".message");
  if (!(bubble instanceof HTMLElement)) return;
  if (form.hasAttribute("data-edit-form")) {
    event.preventDefault();
    const text = form.querySelector("textarea")?.value ?? "";
    void submitMessage({ text, branchOf: bubble.dataset.message ?? null });
  } else if (form.hasAttribute("data-retry")) {
    const question = bubble.previousElementSibling;
    if (!(question instanceof HTMLElement)) return;
    event.preventDefault();
    const branchOf = question.dataset.message ?? null;
    void submitMessage({ text: sourceOf(question), branchOf });
  }
});
// An edit begins with what was sent.
document.addEventListener(
  "toggle",
  (event) => {
    const edit = event.target;
    if (!(edit instanceof HTMLDetailsElement) || !edit.open || !("edit" in edit.dataset)) return;
    const bubble = edit.closest(".message");
    const field = edit.querySelector("textarea");
    if (!(bubble instanceof HTMLElement) || field === null) return;
    if (field.value === "") field.value = sourceOf(bubble);
    field.focus();
  },
  { capture: true },
);
showDraft(conversationId);
if (conversationId !== "" && location.hash.length < 2) scrollToEnd();
if (!isTouch) textField.focus({ preventScroll: true });
