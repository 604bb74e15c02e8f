// @ts-check
// The form of the chat: the field, the choice of a model, the buttons, and the draft. A draft stays
// in this tab until it is answered, also while the user buys something.

import { fill, numbers, requireElement, setBusy, settings, words } from "./chat-view.js";

export const composer = requireElement("[data-composer]", HTMLFormElement);
export const textField = requireElement("#message", HTMLTextAreaElement);
export const stopButton = requireElement("[data-stop]", HTMLButtonElement);
const sendButton = requireElement("[data-send]", HTMLButtonElement);
const statusLine = requireElement("[data-status]", HTMLElement);
const estimateLine = requireElement("[data-estimate]", HTMLElement);
/** The choice of a model. There is none where an agent decides. */
const picker = document.querySelector("[data-models]");

/** Whether fingers type here: then Enter begins a new line, and no keyboard is opened unasked. */
export const isTouch = matchMedia("(pointer: coarse)").matches;

/** @returns {HTMLInputElement | null} */
const checkedModel = () => picker?.querySelector("input:checked") ?? null;

/** Returns the model that the user chose, or null where there is no choice. */
export const selectedModel = () => checkedModel()?.value ?? null;

/** Returns the chosen model if the user's plan does not include it, else null. */
export function missingModel() {
  const model = checkedModel();
  return model === null || model.dataset.included !== undefined ? null : model.value;
}

/**
 * Chooses a model, if there is such a one.
 * @param {string | null} id
 */
export function selectModel(id) {
  for (const input of picker?.querySelectorAll("input") ?? [])
    if (input instanceof HTMLInputElement && input.value === id) input.checked = true;
  showModel();
}

/** Four letters are about a token, and the margin is for safety. */
const CHARACTERS_PER_TOKEN = 3;

/** Shows the chosen model, and the most that the message may cost. */
function showModel() {
  const model = checkedModel();
  if (model === null || picker === null) return;
  requireElement("[data-part=model]", HTMLElement, picker).textContent = model.value;
  const { included, inputPrice, outputPrice, maxOutput } = model.dataset;
  if (included !== undefined) {
    estimateLine.textContent = words.estimateIncluded;
    return;
  }
  const said = document.querySelector("[data-messages]")?.textContent?.length ?? 0;
  const input = ((said + textField.value.length) / CHARACTERS_PER_TOKEN) * Number(inputPrice);
  const credits = (input + Number(maxOutput) * Number(outputPrice)) / 1_000_000;
  const rounded = Number(credits.toPrecision(2));
  estimateLine.textContent =
    textField.value.trim() === ""
      ? ""
      : fill(words.estimateUpTo, { credits: numbers.format(rounded) });
}

/**
 * Shows and announces a text.
 * @param {string} text
 * @param {boolean} [isSeen] whether it is seen as well as read out
 */
export function announce(text, isSeen = true) {
  statusLine.textContent = text;
  statusLine.classList.toggle("visually-hidden", !isSeen);
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
  if (isRunning) announce(words.writing, false);
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
  showModel();
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
  if (draft !== null && textField.value === "") {
    textField.value = draft.text;
    selectModel(draft.model);
  }
  showModel();
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
