// @ts-check
// Replies in Markdown. What renders them is loaded when the first one comes or is shown, and makes
// HTML in which nothing of a message is run or loaded: see src/pages/markdown.

import { words } from "./chat-view.js";

/** @typedef {typeof import("../src/pages/markdown/browser.ts")} Markdown */

/** @type {Promise<Markdown> | null} */
let loading = null;
// By a variable, so that the type comes from the source and not from the bundle.
const MARKDOWN_SCRIPT = "/vendor/markdown.js";
/** @returns {Promise<Markdown>} */
const importMarkdown = () => import(MARKDOWN_SCRIPT);
/** Loads what renders Markdown, once. After a failure it is tried again. */
export function loadMarkdown() {
  loading ??= importMarkdown().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/**
 * Makes one element look like another, and keeps what is the same: so a selection stays, and
 * nothing flickers.
 * @param {Node} current
 * @param {Node} next
 */
function morph(current, next) {
  if (current.nodeName !== next.nodeName) {
    current.parentNode?.replaceChild(next, current);
    return;
  }
  if (current instanceof Text && next instanceof Text) {
    if (next.data.startsWith(current.data)) current.appendData(next.data.slice(current.length));
    else current.data = next.data;
    return;
  }
  if (current instanceof Element && next instanceof Element)
    for (const { name, value } of next.attributes)
      if (current.getAttribute(name) !== value) current.setAttribute(name, value);
  const [olds, news] = [[...current.childNodes], [...next.childNodes]];
  for (const [at, node] of news.entries()) {
    const old = olds[at];
    if (old === undefined) current.appendChild(node);
    else morph(old, node);
  }
  for (const old of olds.slice(news.length)) current.removeChild(old);
}

/** @param {string} html */
function toFragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/**
 * Shows blocks of HTML in an element. Blocks that are the same are left alone.
 * @param {HTMLElement} element
 * @param {readonly string[]} blocks
 * @param {readonly string[]} shown what it shows already
 */
function showBlocks(element, blocks, shown) {
  for (const [at, html] of blocks.entries()) {
    if (html === shown[at]) continue;
    const next = toFragment(html);
    const old = element.children[at];
    if (old === undefined) element.append(next);
    else if (next.firstElementChild !== null) morph(old, next.firstElementChild);
  }
  while (element.children.length > blocks.length) element.lastElementChild?.remove();
}

/**
 * Renders a whole reply.
 * @param {HTMLElement} element shows it
 * @param {string} markdown
 */
export async function showMarkdown(element, markdown) {
  const { loadRenderer } = await loadMarkdown();
  const render = await loadRenderer(markdown, words.copyCode);
  element.classList.remove("plain");
  element.removeAttribute("dir");
  element.innerHTML = render(markdown).join("");
}

/** A reply that is being written. */
export class LiveReply {
  #element;
  #onShow;
  /** @type {string[]} */
  #shown = [];
  #isPlanned = false;
  /** Everything that was written. */
  text = "";

  /**
   * @param {HTMLElement} element shows it
   * @param {(change: () => void) => void} onShow runs each change of the page
   */
  constructor(element, onShow) {
    this.#element = element;
    this.#onShow = onShow;
  }

  /**
   * Adds what came. The page follows once a frame at most.
   * @param {string} piece
   */
  append(piece) {
    this.text += piece;
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    // A hidden tab has no frames.
    const soon = document.hidden ? setTimeout : requestAnimationFrame;
    soon(() => {
      this.#isPlanned = false;
      void this.#show((markdown) => markdown.toShowableMarkdown(this.text));
    });
  }

  /** Shows the reply as it is when it is over. */
  finish() {
    return this.#show(() => this.text);
  }

  /** @param {(markdown: Markdown) => string} choose returns the part of the text that is shown */
  async #show(choose) {
    try {
      const markdown = await loadMarkdown();
      const source = choose(markdown);
      const render = await markdown.loadRenderer(source, words.copyCode);
      const blocks = render(source);
      this.#onShow(() => {
        if (this.#element.classList.contains("plain")) {
          this.#element.textContent = "";
          this.#element.classList.remove("plain");
          this.#element.removeAttribute("dir");
        }
        showBlocks(this.#element, blocks, this.#shown);
        this.#shown = blocks;
      });
    } catch {
      // Without what renders it, it is shown as it was written.
      this.#onShow(() => {
        if (this.#shown.length === 0) this.#element.textContent = this.text;
      });
    }
  }
}
