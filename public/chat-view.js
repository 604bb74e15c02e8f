// @ts-check
// The chat's part of the page. Text that a user or a model wrote is only ever added as text, and
// never as HTML.

/**
 * @import { QuotaDetails } from "../src/errors.ts"
 * @import { chatScriptWords } from "../src/pages/chat/script-words.ts"
 * @import { MessageView } from "../src/pages/chat/message-view.ts"
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
const scroller = requireElement("[data-scroll]", HTMLElement, thread);
const list = requireElement("[data-messages]", HTMLElement, thread);
const heading = requireElement("[data-title]", HTMLElement);
const conversationList = requireElement("[data-list]", HTMLElement);
const jumpButton = requireElement("[data-jump]", HTMLButtonElement);

export const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 });
/**
 * Fills the `{name}`s of a text.
 * @param {string} pattern
 * @param {Record<string, string>} values
 */
export const fill = (pattern, values) =>
  pattern.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/**
 * Returns the text for an error in the reader's language, else the text of the wire.
 * @param {string} code
 * @param {string} message
 */
export const errorText = (code, message) => errorTexts[code] ?? message;

/** How near its end, in pixels, the conversation counts as read to the end. */
const NEAR_END = 64;
/** Returns how much of the conversation is below what is seen, in pixels. */
const distanceBelow = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
/** Scrolls to the end of the conversation. */
export function scrollToEnd() {
  scroller.scrollTop = scroller.scrollHeight;
}
/**
 * Changes the conversation, and stays at its end if the reader is there.
 * @param {() => void} change
 */
export function followEnd(change) {
  const isAtEnd = distanceBelow() <= NEAR_END;
  change();
  if (isAtEnd) scrollToEnd();
  showJump();
}
/** Shows the button that leads to the end, unless the reader is there. */
function showJump() {
  jumpButton.hidden = distanceBelow() <= 2 * NEAR_END;
}
scroller.addEventListener("scroll", showJump, { passive: true });
jumpButton.addEventListener("click", () => {
  scrollToEnd();
  showJump();
});

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
 * Returns what a message says, as it was written.
 * @param {HTMLElement} bubble
 */
export function sourceOf(bubble) {
  const source = bubble.querySelector("template[data-part=source]");
  return source instanceof HTMLTemplateElement
    ? (source.content.textContent ?? "")
    : (textOf(bubble).textContent ?? "");
}

/**
 * Keeps what a reply says, as it was written, beside what is shown of it.
 * @param {HTMLElement} bubble
 * @param {string} text
 */
export function keepSource(bubble, text) {
  const kept = bubble.querySelector("template[data-part=source]");
  const source = kept instanceof HTMLTemplateElement ? kept : document.createElement("template");
  source.dataset.part = "source";
  source.content.textContent = text;
  textOf(bubble).after(source);
}

/**
 * Formats a number of things in the form that their number requires.
 * @param {number} count
 * @param {typeof words.tokens} words
 */
const countText = (count, { forms }) => {
  const form = forms[new Intl.PluralRules(locale).select(count)] ?? forms.other;
  return form.replace("#", numbers.format(count));
};

/**
 * Shows what a model thinks before it replies.
 * @param {HTMLElement} bubble
 * @param {string} piece
 */
export function showThinking(bubble, piece) {
  requireElement("[data-part=thoughts]", HTMLElement, bubble).hidden = false;
  requireElement("[data-part=thinking]", HTMLElement, bubble).append(piece);
}

/**
 * Shows for how long a model thought.
 * @param {HTMLElement} bubble
 * @param {number} ms
 */
export function showThought(bubble, ms) {
  const seconds = countText(Math.max(1, Math.round(ms / 1000)), words.seconds);
  requireElement("[data-part=thought]", HTMLElement, bubble).textContent = fill(words.thought, {
    seconds,
  });
}

/**
 * Shows the buttons that lead to the other messages in the place of one.
 * @param {HTMLElement} bubble
 * @param {MessageView} message
 */
function showBranches(bubble, { id, branches }) {
  const form = bubble.querySelector("[data-branches]");
  if (!(form instanceof HTMLFormElement)) return;
  const at = branches.indexOf(id);
  form.hidden = branches.length < 2;
  for (const [button, to] of /** @type {const} */ ([
    [0, at - 1],
    [1, at + 1],
  ])) {
    const element = form.querySelectorAll("button")[button];
    if (element === undefined) continue;
    element.value = branches[to] ?? "";
    element.disabled = branches[to] === undefined;
  }
  const place = requireElement("[data-part=branch]", HTMLElement, form);
  place.textContent = `${at + 1}/${branches.length}`;
  const values = { at: String(at + 1), of: String(branches.length) };
  place.setAttribute("aria-label", fill(words.branch, values));
}

/**
 * Returns the status of a message and its reason; empty for a complete message.
 * @param {MessageView} message
 */
function statusText({ status, error }) {
  if (status === "complete") return "";
  const name = words.statuses[status];
  if (status === "partial") {
    /** @type {Readonly<Record<string, string>>} */
    const reasons = words.partials;
    if (isProblemShown() && error !== "client_gone") return name;
    return reasons[error ?? ""] ?? name;
  }
  return error === null || isProblemShown() ? name : `${name}: ${errorText(error, error)}`;
}

/**
 * Shows the usage and the status of a message.
 * @param {HTMLElement} bubble
 * @param {MessageView} message
 */
export function describeMessage(bubble, message) {
  const { id, role, model, usage, cost, status } = message;
  bubble.dataset.message = id;
  bubble.id = id;
  showBranches(bubble, message);
  if (role === "assistant") {
    const credits =
      cost === 0 ? words.costIncluded : fill(words.cost, { credits: numbers.format(cost ?? 0) });
    const usageLine = requireElement("[data-part=usage]", HTMLElement, bubble);
    usageLine.textContent = [
      model,
      usage === null ? "" : countText(usage.inputTokens + usage.outputTokens, words.tokens),
      cost === null ? "" : credits,
    ]
      .filter(Boolean)
      // A part in the other direction stays whole.
      .map((part) => `\u2068${part}\u2069`)
      .join(" · ");
    if (usage !== null)
      usageLine.title = fill(words.tokensDetail, {
        input: numbers.format(usage.inputTokens),
        output: numbers.format(usage.outputTokens),
      });
  }
  const badge = requireElement("[data-part=status]", HTMLElement, bubble);
  badge.textContent = statusText(message);
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
  for (const form of bubble.querySelectorAll("form")) linkForm(form, conversationOf());
  for (const button of bubble.querySelectorAll("[data-needs-script]"))
    button.removeAttribute("hidden");
  list.append(bubble);
  thread.querySelector("[data-hello]")?.remove();
  return bubble;
}

/**
 * Takes a message and everything after it off the page.
 * @param {string} messageId
 * @returns {() => void} puts it back
 */
export function removeFrom(messageId) {
  const first = list.querySelector(`[data-message="${messageId}"]`);
  const all = [...list.children];
  const removed = first === null ? [] : all.slice(all.indexOf(first));
  for (const element of removed) element.remove();
  return () => list.append(...removed);
}

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
 * Formats when something happens, from now: "in 13 hours".
 * @param {string} iso
 */
function fromNow(iso) {
  const minutes = Math.max(1, Math.round((Date.parse(iso) - Date.now()) / 60_000));
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "always" });
  if (minutes < 60) return format.format(minutes, "minute");
  if (minutes < 48 * 60) return format.format(Math.round(minutes / 60), "hour");
  return format.format(Math.round(minutes / (24 * 60)), "day");
}

/**
 * Returns why a message is not covered.
 * @param {Partial<QuotaDetails>} quota
 * @param {string | null} missingModel the model that the plan does not include
 */
function quotaReason({ meter, limit, used }, missingModel) {
  if (missingModel !== null)
    return fill(words.notIncluded, { model: missingModel, plan: settings.plan ?? "" });
  if (typeof limit !== "number" || typeof used !== "number" || used < limit)
    return words.notCovered;
  const isToken = meter === "token";
  /** @type {Readonly<Record<string, string>>} */
  const texts = isToken ? words.usedUp.token : words.usedUp.message;
  const period = (isToken ? settings.tokenPeriod : settings.messagePeriod) ?? "other";
  return fill(texts[period] ?? texts.other ?? "", { limit: numbers.format(limit) });
}

/**
 * Shows why a message is not covered, and where to buy what is missing.
 * @param {Partial<QuotaDetails>} quota
 * @param {string | null} missingModel the model that the plan does not include
 */
export function showQuota(quota, missingModel) {
  const { available, resetsAt } = quota;
  const lines = [
    resetsAt ? fill(words.resets, { when: fromNow(resetsAt) }) : "",
    available === undefined ? "" : fill(words.available, { credits: numbers.format(available) }),
  ];
  const notice = requireElement("[data-quota]", HTMLElement);
  requireElement("[data-part=reason]", HTMLElement, notice).textContent = quotaReason(
    quota,
    missingModel,
  );
  textOf(notice).textContent = lines.filter(Boolean).join(" ");
  const useIncluded = requireElement("[data-use-model]", HTMLButtonElement, notice);
  useIncluded.hidden = missingModel === null || useIncluded.value === "";
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
  for (const form of [...tools.querySelectorAll("form"), ...thread.querySelectorAll("form")])
    linkForm(form, conversationId);
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
  const today = requireElement("[data-conversations]", HTMLElement, conversationList);
  today.prepend(entry);
  today.closest("section")?.removeAttribute("hidden");
  document.querySelector("[data-no-conversations]")?.remove();
}

/** Returns the id of the conversation in the address; empty before there is one. */
const conversationOf = () => /^\/chat\/([^/]+)/.exec(location.pathname)?.[1] ?? "";

/**
 * Has a form post to the conversation, which did not exist when the page was made.
 * @param {HTMLFormElement} form
 * @param {string} conversationId
 */
export function linkForm(form, conversationId) {
  const action = form.getAttribute("action") ?? "";
  if (action === "/chat" || action === "/chat/")
    form.setAttribute("action", `/chat/${conversationId}`);
  else form.setAttribute("action", action.replace("/chat//", `/chat/${conversationId}/`));
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
