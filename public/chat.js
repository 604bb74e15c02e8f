// @ts-check The chat: sends what was typed and shows the reply while it comes. Without this file
// the page's own forms do the same, a reply at a time. Nothing that anybody wrote is ever taken for
// HTML: it goes in as text.

/**
 * @typedef {{ inputTokens: number, outputTokens: number }} Usage
 * @typedef {{ id: string, role: "user" | "assistant", content: string, status: "pending" |
 *   "complete" | "partial" | "failed", error: string | null, model: string | null, usage: Usage |
 *   null, cost: number | null }} Message
 * @typedef {{ code: string, message: string, available?: number, limit?: number | null, used?:
 *   number | null, resetsAt?: string | null }} Refusal
 * @typedef {{ choices?: { delta: { content?: string } }[], userMessage?: Message, message?:
 *   Message, error?: Refusal }} Frame
 */

/**
 * An element of the page, which the server has put there.
 * @template {HTMLElement} T
 * @param {string} selector
 * @param {new () => T} type
 * @param {ParentNode} [within]
 * @returns {T}
 */
function part(selector, type, within = document) {
  const found = within.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`The page has no ${selector}.`);
  return found;
}

const chat = part("[data-chat]", HTMLElement);
const { viewer = "", agent = "", locale = "en", words: wordsText = "{}" } = chat.dataset;
const words = JSON.parse(wordsText);
const talk = part(".talk", HTMLElement);

/** @param {string} pattern @param {Record<string, string>} values */
const fill = (pattern, values) =>
  pattern.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
const figures = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 });
const times = new Intl.DateTimeFormat(locale, {
  dateStyle: "medium",
  timeStyle: "short",
  timeZone: "UTC",
});

/** A refusal of the wire. */
class Refused extends Error {
  /**
   * @param {Refusal} refusal @param {number} status @param {boolean} wasAsked whether the message
   * is kept, as one that failed
   */
  constructor(refusal, status, wasAsked) {
    super(refusal.message);
    this.refusal = refusal;
    this.status = status;
    this.wasAsked = wasAsked;
  }
}

/**
 * Asks the wire as this browser's user.
 * @param {string} path @param {Pick<RequestInit, "method" | "body" | "signal">} [init] @param
 *   {Record<string, string>} [headers]
 */
async function ask(path, init, headers) {
  const reply = await fetch(path, {
    ...init,
    headers: { "content-type": "application/json", ...headers },
  });
  if (reply.ok) return reply;
  if (reply.status === 401)
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  const body = await reply.json().catch(() => null);
  const refusal = body?.error ?? { code: "internal_error", message: reply.statusText };
  throw new Refused(refusal, reply.status, reply.headers.has("x-farebox-conversation"));
}

/**
 * What a stream of server-sent events says, until `[DONE]`. @param {Response} reply @returns
 * {AsyncGenerator<Frame, void>}
 */
async function* framesOf(reply) {
  if (reply.body === null) return;
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
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

// ---- What is shown

const list = part("[data-messages]", HTMLElement, talk);

const toEnd = () => talk.scrollIntoView({ block: "end" });
/** How far below the window the conversation ends. */
const hiddenBelow = () => talk.getBoundingClientRect().bottom - window.innerHeight;
/** Changes something, and follows its end if the reader is there. @param {() => void} change */
function keepingPlace(change) {
  const follow = hiddenBelow() <= 64;
  change();
  if (follow && hiddenBelow() > 0) toEnd();
}

/** A copy of one of the page's templates. @param {string} name */
function copyOf(name) {
  const copy = part(
    `template[data-template="${name}"]`,
    HTMLTemplateElement,
  ).content.firstElementChild?.cloneNode(true);
  if (!(copy instanceof HTMLElement)) throw new Error(`The page has no template ${name}.`);
  return copy;
}

/**
 * Whether it is said beside the field why something was not answered: then its message does not say
 * so as well.
 */
const isTold = () =>
  [...talk.querySelectorAll("[data-out], [data-problem]")].some(
    (notice) => !notice.hasAttribute("hidden"),
  );

/**
 * Says what a message took and how it stands. @param {HTMLElement} bubble @param {Message} message
 */
function describe(bubble, { id, model, usage, cost, status, error }) {
  bubble.dataset.message = id;
  const tokens =
    usage === null
      ? ""
      : fill(words.tokens, {
          input: figures.format(usage.inputTokens),
          output: figures.format(usage.outputTokens),
        });
  const credits = cost === null ? "" : fill(words.cost, { credits: figures.format(cost) });
  part("[data-part=fare]", HTMLElement, bubble).textContent = [model, tokens, credits]
    .filter(Boolean)
    .join(" · ");
  const state = part("[data-part=state]", HTMLElement, bubble);
  const why = error === null || isTold() ? "" : `: ${words.problems[error] ?? error}`;
  state.textContent = status === "complete" ? "" : words.statuses[status] + why;
  state.hidden = status === "complete";
  bubble.dataset.stands = words.statuses[status];
}

/** Adds a message to the list. @param {"user" | "assistant"} role @param {string} text */
function addBubble(role, text) {
  const bubble = copyOf(role);
  part("[data-part=text]", HTMLElement, bubble).textContent = text;
  list.append(bubble);
  talk.querySelector("[data-hello]")?.remove();
  return bubble;
}

/** @param {Message} message */
function addMessage(message) {
  describe(addBubble(message.role, message.content), message);
}

/** What is missing, and where to buy it. @param {Refusal} refusal */
function showOut({ available, limit, used, resetsAt }) {
  const isCounted = typeof limit === "number" && typeof used === "number";
  const lines = [
    words.problems.insufficient_quota,
    isCounted ? fill(words.used, { used: figures.format(used), limit: figures.format(limit) }) : "",
    resetsAt ? fill(words.resets, { when: `${times.format(new Date(resetsAt))} UTC` }) : "",
    available === undefined ? "" : fill(words.available, { credits: figures.format(available) }),
  ];
  const out = part("[data-out]", HTMLElement);
  part("[data-part=missing]", HTMLElement, out).textContent = lines.filter(Boolean).join(" ");
  out.hidden = false;
}

/** @param {string} text */
function showProblem(text) {
  const problem = part("[data-problem]", HTMLElement);
  part("[data-part=text]", HTMLElement, problem).textContent = text;
  problem.hidden = false;
}

function hideProblems() {
  for (const shown of talk.querySelectorAll("[data-out], [data-problem]"))
    shown.setAttribute("hidden", "");
}

// ---- Where it is said

let conversation = chat.dataset.conversation ?? "";
const heading = part("[data-title]", HTMLElement);

/** Points everything on the page that is about this conversation at it, now that there is one. */
function settleIn() {
  const here = `/chat/${conversation}`;
  history.replaceState(null, "", here);
  for (const link of talk.querySelectorAll("a[data-next]"))
    link.setAttribute("href", `${link.getAttribute("data-next")}?next=${encodeURIComponent(here)}`);
  for (const form of talk.querySelectorAll("form[data-pay]"))
    form.setAttribute("action", `${here}/pay`);
  const tools = part("[data-tools]", HTMLElement);
  for (const form of tools.querySelectorAll("form"))
    form.setAttribute(
      "action",
      form.getAttribute("action")?.replace("/chat//", `${here}/`) ?? here,
    );
  for (const link of tools.querySelectorAll("a"))
    link.setAttribute(
      "href",
      link.getAttribute("href")?.replace("conversations//", `conversations/${conversation}/`) ??
        here,
    );
  tools.hidden = false;
  const entry = copyOf("conversation");
  const link = part("a", HTMLAnchorElement, entry);
  link.href = here;
  link.setAttribute("aria-current", "page");
  link.textContent = heading.textContent;
  part("[data-conversations]", HTMLElement).prepend(entry);
  document.querySelector("[data-none]")?.remove();
}

/** Shows what the conversation came to be called. */
async function showTitle() {
  const { title } = await (await ask(`/api/conversations/${conversation}`)).json();
  if (title === null) return;
  delete heading.dataset.untitled;
  document.title = document.title.replace(/^.* · /s, () => `${title} · `);
  heading.textContent = title;
  const link = part(
    `a[href="/chat/${conversation}"]`,
    HTMLAnchorElement,
    part("[data-conversations]", HTMLElement),
  );
  link.textContent = title;
  const field = document.querySelector("[data-tools] input[name=title]");
  if (field instanceof HTMLInputElement) field.value = title;
}

// ---- What is typed: kept in this tab until it is answered, also across a visit to the shop

const box = part("#message", HTMLTextAreaElement);
const draftKey = () => `farebox draft ${viewer} ${conversation || agent}`;
/** The picker of models: there is none where an agent decides. */
const picker = document.querySelector("[data-composer] select");
const chosenModel = () => (picker instanceof HTMLSelectElement ? picker.value : null);
/** Keeps a text, and to which model it goes. @param {string} text */
function keepDraft(text) {
  if (text === "") sessionStorage.removeItem(draftKey());
  else sessionStorage.setItem(draftKey(), JSON.stringify({ text, model: chosenModel() }));
}
function showDraft() {
  const draft = JSON.parse(sessionStorage.getItem(draftKey()) ?? "null");
  if (draft === null || box.value !== "") return;
  box.value = draft.text;
  if (!(picker instanceof HTMLSelectElement)) return;
  if ([...picker.options].some(({ value }) => value === draft.model)) picker.value = draft.model;
}
/** Gives back what was not answered, before whatever was typed since. @param {string} text */
function giveBack(text) {
  box.value = box.value === "" ? text : `${text}\n\n${box.value}`;
  keepDraft(box.value);
}

// ---- A turn

const composer = part("[data-composer]", HTMLFormElement);
const sendButton = part("[data-send]", HTMLButtonElement);
const stopButton = part("[data-stop]", HTMLButtonElement);
const statusLine = part("[data-status]", HTMLElement);

/** The turn that runs. @type {AbortController | null} */
let running = null;
/**
 * A message that may have arrived though no answer came: sent again with its key, it is not said
 * twice.
 */
let unsure = { body: "", key: "" };

/** @param {AbortController | null} turn */
function setRunning(turn) {
  const hadFocus = [sendButton, stopButton].some((button) => button === document.activeElement);
  running = turn;
  sendButton.hidden = turn !== null;
  stopButton.hidden = turn === null;
  if (hadFocus) (turn === null ? box : stopButton).focus();
  list.setAttribute("aria-busy", String(turn !== null));
  statusLine.textContent = turn === null ? "" : words.writing;
}

/**
 * Makes the conversation, so that it can be paid for and come back to even if nothing is said in it
 * yet. @param {string} text what will be
 */
async function begin(text) {
  const terms = agent === "" ? { model: chosenModel() } : { agentId: agent };
  const reply = await ask("/api/conversations", { method: "POST", body: JSON.stringify(terms) });
  sessionStorage.removeItem(draftKey());
  conversation = (await reply.json()).id;
  keepDraft(text);
  settleIn();
}

/**
 * The last two messages, newest first; none where the wire cannot be asked. @returns
 * {Promise<Message[]>}
 */
async function newestMessages() {
  try {
    return (
      await (await ask(`/api/conversations/${conversation}/messages?order=desc&limit=2`)).json()
    ).data;
  } catch {
    return [];
  }
}

/**
 * Shows what is kept of the turn that did not end as it should: the wire hears a little later that
 * its reader has left.
 * @param {HTMLElement[]} bubbles what was shown of it
 * @returns {Promise<boolean>} whether it was answered after all, in full
 */
async function showKept(bubbles) {
  for (const waitMs of [250, 500, 1000, 2000, 4000]) {
    await new Promise((wake) => setTimeout(wake, waitMs));
    if (running !== null) return false;
    const data = await newestMessages();
    if (running !== null) return false;
    const from = data.findIndex(({ role }) => role === "user");
    const turn = data.slice(0, from + 1).toReversed();
    const [asked] = turn;
    // What was shown before is another turn: this one has not arrived.
    if (
      asked === undefined ||
      asked.status === "pending" ||
      list.querySelector(`[data-message="${asked.id}"]`)
    )
      continue;
    keepingPlace(() => {
      for (const bubble of bubbles) bubble.remove();
      for (const message of turn) addMessage(message);
    });
    unsure = { body: "", key: "" };
    return turn[1]?.status === "complete";
  }
  return false;
}

/**
 * Says something, and shows the reply as it comes.
 * @param {string} text @param {AbortSignal} signal @param {{ asked: HTMLElement, reply: HTMLElement
 *   }} bubbles
 */
async function say(text, signal, { asked, reply }) {
  if (conversation === "") await begin(text);
  if (signal.aborted) throw new Refused({ code: "client_gone", message: words.stopped }, 0, false);
  const body = JSON.stringify({ message: text, stream: true, model: chosenModel() });
  const key = unsure.body === body ? unsure.key : crypto.randomUUID();
  unsure = { body, key };
  const init = { method: "POST", body, signal };
  const headers = { "idempotency-key": key };
  const response = await ask(`/api/conversations/${conversation}/messages`, init, headers).catch(
    (error) => {
      const isUnderWay = error instanceof Refused && error.status === 409;
      if (signal.aborted || (error instanceof Refused && !isUnderWay))
        unsure = { body: "", key: "" };
      throw error;
    },
  );
  unsure = { body: "", key: "" };
  const said = part("[data-part=text]", HTMLElement, reply);
  /** @type {Refusal | undefined} */
  let broke;
  for await (const { choices, userMessage, message, error } of framesOf(response)) {
    const piece = choices?.[0]?.delta.content ?? "";
    if (piece !== "") keepingPlace(() => said.append(piece));
    keepingPlace(() => {
      if (userMessage !== undefined) describe(asked, userMessage);
      if (message !== undefined) describe(reply, message);
    });
    broke = error ?? broke;
  }
  if (broke !== undefined) throw new Refused(broke, 502, true);
  if (reply.dataset.message === undefined) throw new TypeError("The stream ended too early.");
  // A title that does not come is there when the page is opened next.
  if (heading.dataset.untitled !== undefined) showTitle().catch(() => {});
}

/**
 * Says why a message was not answered.
 * @param {unknown} error @param {string} text @param {{ asked: HTMLElement, reply: HTMLElement }}
 *   bubbles @param {boolean} stopped
 */
async function fail(error, text, { asked, reply }, stopped) {
  const isRefused = error instanceof Refused;
  if (stopped) statusLine.textContent = words.stopped;
  else
    keepingPlace(() => {
      if (!isRefused) showProblem(words.problems.network);
      else if (error.status === 402) showOut(error.refusal);
      else if (error.refusal.code === "rate_limit_exceeded") showProblem(error.message);
      else showProblem(words.problems[error.refusal.code] ?? error.message);
      for (const bubble of [asked, reply])
        if (bubble.dataset.stands !== undefined)
          part("[data-part=state]", HTMLElement, bubble).textContent = bubble.dataset.stands;
    });
  if (!isRefused && !(error instanceof TypeError) && !stopped) console.error(error);
  const isKept = conversation !== "" && (!isRefused || error.wasAsked);
  if (
    isKept &&
    reply.dataset.message === undefined &&
    (await showKept([asked, reply])) &&
    !stopped
  ) {
    hideProblems();
    if (box.value === text) box.value = "";
    keepDraft(box.value);
  }
  if (part("[data-part=text]", HTMLElement, reply).textContent !== "") return;
  for (const bubble of [asked, reply]) bubble.remove();
}

async function send() {
  const text = box.value;
  if (running !== null || text.trim() === "") return;
  const turn = new AbortController();
  hideProblems();
  setRunning(turn);
  const bubbles = { asked: addBubble("user", text), reply: addBubble("assistant", "") };
  bubbles.reply.classList.add("waiting");
  toEnd();
  box.value = "";
  /** @type {unknown} */
  let failure = null;
  try {
    await say(text, turn.signal, bubbles);
    keepDraft(box.value);
  } catch (error) {
    failure = error;
    giveBack(text);
  }
  bubbles.reply.classList.remove("waiting");
  setRunning(null);
  if (failure !== null) await fail(failure, text, bubbles, turn.signal.aborted);
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  void send();
});
box.addEventListener("keydown", (event) => {
  // While a word is being composed, Enter chooses it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  void send();
});
composer.addEventListener("input", () => keepDraft(box.value));
stopButton.addEventListener("click", () => running?.abort());
showDraft();
if (conversation !== "") toEnd();
