// The theme that the reader chose; without a choice the system's (farebox.css).
const root = document.documentElement;
const chosen = localStorage.getItem("theme");
if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

/**
 * Copies a text to the clipboard.
 * @param {string} text
 * @param {() => void} onCopied
 */
async function copy(text, onCopied) {
  await navigator.clipboard.writeText(text);
  onCopied();
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const themeButton = event.target.closest("[data-theme-toggle]");
  if (themeButton) {
    const dark =
      root.dataset.theme === "dark" ||
      (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  }
  const copyButton = event.target.closest("[data-copy]");
  if (copyButton instanceof HTMLElement) {
    const source = document.getElementById(copyButton.dataset.copy ?? "");
    const label = copyButton.dataset.copied ?? "";
    void copy(source?.textContent?.trim() ?? "", () => {
      copyButton.textContent = label;
    });
  }
});

// The elements that need a script are hidden without one.
for (const button of document.querySelectorAll("[data-needs-script]"))
  button.removeAttribute("hidden");

// On a phone the links at the top scroll: the current one is brought into view.
document
  .querySelector(".top [aria-current]")
  ?.scrollIntoView({ block: "nearest", inline: "center" });
