// What every page does with a script: themes, menus, copying and times in the reader's zone. Each
// page works without it.
const root = document.documentElement;
const YEAR_SECONDS = 365 * 86_400;

/**
 * Shows the page in a theme, and keeps it in the cookie that the server reads.
 * @param {string} theme
 */
function setTheme(theme) {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  const secure = location.protocol === "https:" ? "; secure" : "";
  // The Cookie Store API is not in every browser.
  document.cookie =
    `farebox_theme=${theme}; path=/; max-age=${YEAR_SECONDS}; samesite=lax` + secure;
  for (const link of document.querySelectorAll("[data-set-theme]")) {
    if (link instanceof HTMLElement && link.dataset.setTheme === theme)
      link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/**
 * Copies a text to the clipboard.
 * @param {string} text
 * @param {() => void} onCopied
 */
async function copy(text, onCopied) {
  await navigator.clipboard.writeText(text);
  onCopied();
}

/**
 * Closes the open menus but the one that holds an element.
 * @param {Element | null} inside
 */
function closeMenus(inside) {
  for (const menu of document.querySelectorAll("details[data-menu][open]"))
    if (inside === null || !menu.contains(inside)) menu.removeAttribute("open");
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  closeMenus(event.target);
  const themeLink = event.target.closest("[data-set-theme]");
  if (themeLink instanceof HTMLElement) {
    event.preventDefault();
    setTheme(themeLink.dataset.setTheme ?? "system");
  }
  event.target.closest("[data-close]")?.closest("details")?.removeAttribute("open");
  const copyButton = event.target.closest("[data-copy]");
  if (copyButton instanceof HTMLElement) {
    const source = document.getElementById(copyButton.dataset.copy ?? "");
    const label = copyButton.dataset.copied ?? "";
    void copy(source?.textContent?.trim() ?? "", () => {
      copyButton.textContent = label;
    });
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[data-menu][open]");
  if (open === null) return;
  open.removeAttribute("open");
  open.querySelector("summary")?.focus();
});

// The elements that need a script are hidden without one.
for (const button of document.querySelectorAll("[data-needs-script]"))
  button.removeAttribute("hidden");

/**
 * Shows a time in the reader's zone: the time of day today, else the day.
 * @param {HTMLTimeElement} element
 */
function localize(element) {
  const date = new Date(element.dateTime);
  const locale = element.dataset.time;
  const now = new Date();
  const isToday = date.toDateString() === now.toDateString();
  const isThisYear = date.getFullYear() === now.getFullYear();
  element.textContent = new Intl.DateTimeFormat(
    locale,
    isToday
      ? { hour: "numeric", minute: "2-digit" }
      : { day: "numeric", month: "short", ...(isThisYear ? {} : { year: "numeric" }) },
  ).format(date);
  element.title = new Intl.DateTimeFormat(locale, {
    dateStyle: "medium",
    timeStyle: "long",
  }).format(date);
}
for (const element of document.querySelectorAll("time[data-time]"))
  if (element instanceof HTMLTimeElement) localize(element);

// On a phone tabs scroll: the current one is brought into view.
document
  .querySelector(".tabs [aria-current]")
  ?.scrollIntoView({ block: "nearest", inline: "center" });
