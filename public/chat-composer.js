// @ts-check
// The form of the chat: the field, the choice of a model, the buttons, and the draft. A draft stays
// in this tab until it is answered, also while the user buys something.

import { requireElement, setBusy, settings, words } from "./chat-view.js";

export const composer = requireElement("[data-composer]", HTMLFormElement);
export const textField = requireElement("#message", HTMLTextAreaElement);
export const stopButton = requireElement("[data-stop]", HTMLButtonElement);
const sendButton = requireElement("[data-send]", HTMLButtonElement);
const statusLine = requireElement("[data-status]", HTMLElement);
/** The choice of a model. There is none where an agent decides. */
const modelSelect = document.querySelector("[data-composer] select");

/** Returns the model that the user chose, or null where there is no choice. */
export const selectedModel = () =>
  modelSelect instanceof HTMLSelectElement ? modelSelect.value : null;

/**
 * Announces a text to screen readers.
 * @param {string} text
 */
export function announce(text) {
  statusLine.textContent = text;
}

/**
 * Shows the button that sends, or the one that stops while a turn runs.
 * @param {boolean} isRunning
 */
export function showRunning(isRunning) {
  const hadFocus = [sendButton, stopButton].some((button) => button === document.activeElement);
  sendButton.hidden = isRunning;
  stopButton.hidden = !isRunning;
  if (hadFocus) (isRunning ? stopButton : textField).focus();
  setBusy(isRunning);
  announce(isRunning ? words.writing : "");
}

/** @param {string} conversationId empty for a conversation that is not created yet */
const draftKey = (conversationId) =>
  `farebox draft ${settings.viewer ?? ""} ${conversationId || (settings.agent ?? "")}`;

/**
 * Forgets the draft of a conversation.
 * @param {string} conversationId
 */
export const forgetDraft = (conversationId) => sessionStorage.removeItem(draftKey(conversationId));

/**
 * Keeps a text as the draft of a conversation, with the model that it is for.
 * @param {string} conversationId
 * @param {string} text
 */
export function keepDraft(conversationId, text) {
  if (text === "") return forgetDraft(conversationId);
  const draft = JSON.stringify({ text, model: selectedModel() });
  sessionStorage.setItem(draftKey(conversationId), draft);
}

/**
 * Puts the draft of a conversation into the empty field.
 * @param {string} conversationId
 */
export function showDraft(conversationId) {
  const draft = JSON.parse(sessionStorage.getItem(draftKey(conversationId)) ?? "null");
  if (draft === null || textField.value !== "") return;
  textField.value = draft.text;
  if (!(modelSelect instanceof HTMLSelectElement)) return;
  if ([...modelSelect.options].some(({ value }) => value === draft.model))
    modelSelect.value = draft.model;
}

/**
 * Puts a text that was not answered back into the field, before anything typed since.
 * @param {string} conversationId
 * @param {string} text
 */
export function restoreDraft(conversationId, text) {
  textField.value = textField.value === "" ? text : `${text}\n\n${textField.value}`;
  keepDraft(conversationId, textField.value);
}
