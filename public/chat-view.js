// @ts-check
// The chat's part of the page. Text that a user or a model wrote is only ever added as text, and
// never as HTML.

/**
 * @import { QuotaDetails } from "../src/errors.ts"
 * @import { chatScriptWords } from "../src/pages/chat-script-words.ts"
 * @import { MessageView } from "../src/pages/message-view.ts"
 */

/**
 * Returns an element that the server has put into the page.
 * @template {HTMLElement} T
 * @param {string} selector
 * @param {new () => T} type
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function requireElement(selector, type, within = document) {
  const element = within.querySelector(selector);
  if (!(element instanceof type)) throw new Error(`The page has no ${selector}.`);
  return element;
}

/** The user, the agent and the language of the page, and the conversation if there is one. */
export const settings = requireElement("[data-chat]", HTMLElement).dataset;
const locale = settings.locale ?? "en";
/** @type {ReturnType<typeof chatScriptWords>} */
export const words = JSON.parse(settings.words ?? "{}");
/** @type {Readonly<Record<string, string>>} */
const errorTexts = words.problems;

const thread = requireElement(".thread", HTMLElement);
const list = requireElement("[data-messages]", HTMLElement, thread);
const heading = requireElement("[data-title]", HTMLElement);
const conversationList = requireElement("[data-conversations]", HTMLElement);

const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 });
const times = new Intl.DateTimeFormat(locale, {
  dateStyle: "medium",
  timeStyle: "short",
  timeZone: "UTC",
});
/**
 * Fills the `{name}`s of a text.
 * @param {string} pattern
 * @param {Record<string, string>} values
 */
const fill = (pattern, values) =>
  pattern.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/**
 * Returns the text for an error in the reader's language, else the text of the wire.
 * @param {string} code
 * @param {string} message
 */
export const errorText = (code, message) => errorTexts[code] ?? message;

/** Scrolls to the end of the conversation. */
export const scrollToEnd = () => thread.scrollIntoView({ block: "end" });
/** Returns how far the conversation reaches below the window, in pixels. */
const distanceBelow = () => thread.getBoundingClientRect().bottom - window.innerHeight;
/**
 * Changes the conversation, and stays at its end if the reader is there.
 * @param {() => void} change
 */
export function followEnd(change) {
  const isAtEnd = distanceBelow() <= 64;
  change();
  if (isAtEnd && distanceBelow() > 0) scrollToEnd();
}

/**
 * Clones one of the page's templates.
 * @param {string} name
 */
function cloneTemplate(name) {
  const selector = `template[data-template="${name}"]`;
  const template = requireElement(selector, HTMLTemplateElement).content.firstElementChild;
  const clone = template?.cloneNode(true);
  if (!(clone instanceof HTMLElement)) throw new Error(`The page has no template ${name}.`);
  return clone;
}

const problems = () => [...thread.querySelectorAll("[data-quota], [data-problem]")];

/** Returns whether the reason of a failure is shown already, beside the field. */
const isProblemShown = () => problems().some((problem) => !problem.hasAttribute("hidden"));

/** Hides why a message was not answered. */
export function hideProblems() {
  for (const problem of problems()) problem.setAttribute("hidden", "");
}

/**
 * Returns the element that holds the text of a bubble.
 * @param {HTMLElement} bubble
 */
export const textOf = (bubble) => requireElement("[data-part=text]", HTMLElement, bubble);

/**
 * Shows the usage and the status of a message.
 * @param {HTMLElement} bubble
 * @param {MessageView} message
 */
export function describeMessage(bubble, { id, model, usage, cost, status, error }) {
  bubble.dataset.message = id;
  const tokens =
    usage === null
      ? ""
      : fill(words.tokens, {
          input: numbers.format(usage.inputTokens),
          output: numbers.format(usage.outputTokens),
        });
  const credits = cost === null ? "" : fill(words.cost, { credits: numbers.format(cost) });
  const usageText = [model, tokens, credits].filter(Boolean).join(" · ");
  requireElement("[data-part=usage]", HTMLElement, bubble).textContent = usageText;
  const badge = requireElement("[data-part=status]", HTMLElement, bubble);
  const reason = error === null || isProblemShown() ? "" : `: ${errorText(error, error)}`;
  badge.textContent = status === "complete" ? "" : words.statuses[status] + reason;
  badge.hidden = status === "complete";
  bubble.dataset.statusText = words.statuses[status];
}

/**
 * Takes the reason out of a bubble's status, since it is shown beside the field now.
 * @param {HTMLElement} bubble
 */
export function hideReason(bubble) {
  const { statusText } = bubble.dataset;
  if (statusText === undefined) return;
  requireElement("[data-part=status]", HTMLElement, bubble).textContent = statusText;
}

/**
 * Adds a bubble to the conversation.
 * @param {"user" | "assistant"} role
 * @param {string} text
 */
export function addBubble(role, text) {
  const bubble = cloneTemplate(role);
  textOf(bubble).textContent = text;
  list.append(bubble);
  thread.querySelector("[data-hello]")?.remove();
  return bubble;
}

/**
 * Adds a message that is stored.
 * @param {MessageView} message
 */
export const addMessage = (message) =>
  describeMessage(addBubble(message.role, message.content), message);

/**
 * Returns whether a message is shown.
 * @param {string} id
 */
export const hasMessage = (id) => list.querySelector(`[data-message="${id}"]`) !== null;

/**
 * Marks the conversation as being written, or as at rest.
 * @param {boolean} isBusy
 */
export const setBusy = (isBusy) => list.setAttribute("aria-busy", String(isBusy));

/**
 * Shows that a message is not covered, and where to buy what is missing.
 * @param {Partial<QuotaDetails>} quota
 */
export function showQuota({ available, limit, used, resetsAt }) {
  const isCounted = typeof limit === "number" && typeof used === "number";
  const lines = [
    words.problems.insufficient_quota,
    isCounted ? fill(words.used, { used: numbers.format(used), limit: numbers.format(limit) }) : "",
    resetsAt ? fill(words.resets, { when: `${times.format(new Date(resetsAt))} UTC` }) : "",
    available === undefined ? "" : fill(words.available, { credits: numbers.format(available) }),
  ];
  const notice = requireElement("[data-quota]", HTMLElement);
  textOf(notice).textContent = lines.filter(Boolean).join(" ");
  notice.hidden = false;
}

/**
 * Shows why a message was not answered.
 * @param {string} text
 */
export function showProblem(text) {
  const notice = requireElement("[data-problem]", HTMLElement);
  textOf(notice).textContent = text;
  notice.hidden = false;
}

/**
 * Makes the page that of a conversation which was just created: its address, its links and forms,
 * and its entry in the list.
 * @param {string} conversationId
 */
export function linkConversation(conversationId) {
  const path = `/chat/${conversationId}`;
  history.replaceState(null, "", path);
  for (const link of thread.querySelectorAll("a[data-next]"))
    link.setAttribute("href", `${link.getAttribute("data-next")}?next=${encodeURIComponent(path)}`);
  for (const form of thread.querySelectorAll("form[data-pay]"))
    form.setAttribute("action", `${path}/pay`);
  const tools = requireElement("[data-tools]", HTMLElement);
  for (const form of tools.querySelectorAll("form"))
    form.setAttribute(
      "action",
      form.getAttribute("action")?.replace("/chat//", `${path}/`) ?? path,
    );
  for (const link of tools.querySelectorAll("a"))
    link.setAttribute(
      "href",
      link.getAttribute("href")?.replace("conversations//", `conversations/${conversationId}/`) ??
        path,
    );
  tools.hidden = false;
  const entry = cloneTemplate("conversation");
  const link = requireElement("a", HTMLAnchorElement, entry);
  link.href = path;
  link.setAttribute("aria-current", "page");
  link.textContent = heading.textContent;
  conversationList.prepend(entry);
  document.querySelector("[data-no-conversations]")?.remove();
}

/** Returns whether the conversation has no title yet. */
export const isUntitled = () => heading.dataset.untitled !== undefined;

/**
 * Shows the title of the conversation.
 * @param {string} conversationId
 * @param {string} title
 */
export function showTitle(conversationId, title) {
  delete heading.dataset.untitled;
  document.title = document.title.replace(/^.* · /s, () => `${title} · `);
  heading.textContent = title;
  const selector = `a[href="/chat/${conversationId}"]`;
  requireElement(selector, HTMLAnchorElement, conversationList).textContent = title;
  const field = document.querySelector("[data-tools] input[name=title]");
  if (field instanceof HTMLInputElement) field.value = title;
}
