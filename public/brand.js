// The preview of the operator's brand follows what is typed. Without it, a button updates it.

const HEX = /^#?[0-9a-f]{6}$/i;

const name = document.querySelector("input#name");
const accent = document.querySelector("input#accent");
const picker = document.querySelector("input#accent-picker");

/** @param {string} color `#rrggbb` */
function showAccent(color) {
  const before = document.querySelector('link[href*="for=preview"]');
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = `/brand/accent/${color.replace("#", "").toLowerCase()}.css?v=1&for=preview`;
  // The old colors stay until the new ones are there.
  sheet.addEventListener("load", () => before?.remove());
  document.head.append(sheet);
}

/** @param {string} text */
function showName(text) {
  for (const shown of document.querySelectorAll("[data-brand-name]")) shown.textContent = text;
}

if (name instanceof HTMLInputElement) {
  const initial = document.querySelector("[data-brand-name]")?.textContent ?? "";
  name.addEventListener("input", () => showName(name.value.trim() || initial));
}
if (accent instanceof HTMLInputElement && picker instanceof HTMLInputElement) {
  accent.addEventListener("input", () => {
    const color = accent.value.trim();
    if (!HEX.test(color)) return;
    picker.value = `#${color.replace("#", "").toLowerCase()}`;
    showAccent(color);
  });
  picker.addEventListener("change", () => {
    accent.value = picker.value;
    showAccent(picker.value);
  });
}
