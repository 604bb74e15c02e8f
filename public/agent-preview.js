// Shows an agent beside its form as people will see it, while it is typed.

/** The parts of the preview, each with the field that it follows. */
for (const part of document.querySelectorAll("[data-preview-of]")) {
  if (!(part instanceof HTMLElement)) continue;
  const { previewOf = "", empty = "" } = part.dataset;
  const field = document.getElementById(previewOf);
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) continue;
  field.addEventListener("input", () => {
    const text = field.value.trim() || empty;
    part.textContent = text;
    const initial = document.querySelector("[data-preview-initial]");
    if (previewOf === "name" && initial !== null)
      initial.textContent = (Array.from(text)[0] ?? "").toUpperCase();
  });
}
