// Light or dark, as the reader chose; without a choice the system's is taken (farebox.css).
const root = document.documentElement;
const chosen = localStorage.getItem("theme");
if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

/** @param {string} text @param {() => void} done */
async function copy(text, done) {
  await navigator.clipboard.writeText(text);
  done();
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
    const said = copyButton.dataset.copied ?? "";
    void copy(source?.textContent?.trim() ?? "", () => {
      copyButton.textContent = said;
    });
  }
});

// Buttons that need a script are of no use without one.
for (const button of document.querySelectorAll("[data-needs-script]"))
  button.removeAttribute("hidden");

// On a phone the links of the top scroll: the one that is open is in sight.
document
  .querySelector(".top [aria-current]")
  ?.scrollIntoView({ block: "nearest", inline: "center" });
