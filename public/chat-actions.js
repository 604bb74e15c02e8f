// @ts-check
// What can be done with messages and the conversation besides sending: copying, renaming, and
// rendering replies that the server left as they were written.

import { announce } from "./chat-composer.js";
import { showMarkdown } from "./chat-reply.js";
import { renameConversation } from "./chat-transport.js";
import { keepSource, requireElement, showTitle, sourceOf, textOf, words } from "./chat-view.js";

const COPIED_MS = 2000;

/**
 * Copies a text, and says so.
 * @param {HTMLButtonElement} button
 * @param {string} text
 */
async function copy(button, text) {
  await navigator.clipboard.writeText(text);
  announce(words.copied, false);
  button.dataset.copied = words.copied;
  setTimeout(() => delete button.dataset.copied, COPIED_MS);
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const button = event.target.closest("button");
  if (button === null) return;
  const bubble = button.closest("[data-message]");
  if (button.hasAttribute("data-copy-code"))
    void copy(button, button.closest(".code")?.querySelector("code")?.textContent ?? "");
  else if (button.hasAttribute("data-copy-message") && bubble instanceof HTMLElement)
    void copy(button, sourceOf(bubble));
});

/**
 * Renames the conversation in place.
 * @param {HTMLFormElement} form
 */
async function rename(form) {
  const field = requireElement("input[name=title]", HTMLInputElement, form);
  const conversationId = form.action.split("/").at(-2) ?? "";
  const title = field.value.trim();
  if (title === "") return form.submit();
  await renameConversation(conversationId, title);
  showTitle(conversationId, title);
  for (const menu of [form.closest("details"), form.closest("[data-menu]")])
    menu?.removeAttribute("open");
}
const renameForm = document.querySelector("[data-rename]");
if (renameForm instanceof HTMLFormElement)
  renameForm.addEventListener("submit", (event) => {
    event.preventDefault();
    // Without the wire, the form says what is wrong.
    rename(renameForm).catch(() => renameForm.submit());
  });

/** Renders a reply when it comes into view. */
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const bubble = target.closest(".message");
      if (!isIntersecting || !(bubble instanceof HTMLElement)) continue;
      observer.unobserve(target);
      const source = sourceOf(bubble);
      keepSource(bubble, source);
      delete textOf(bubble).dataset.unrendered;
      showMarkdown(textOf(bubble), source).catch(() => {});
    }
  },
  { rootMargin: "50% 0px" },
);
for (const text of document.querySelectorAll("[data-unrendered]")) observer.observe(text);
