// Lets the keyboard read a chart: the arrow keys move from point to point. Without this script the
// hover cards and the table under the chart say the same.

/** @param {HTMLElement} canvas */
function makeReadable(canvas) {
  const marks = [...canvas.querySelectorAll(".chart-marks > li")];
  let current = marks.length - 1;

  const show = () => {
    marks.forEach((mark, index) => mark.toggleAttribute("data-current", index === current));
    canvas.setAttribute("aria-valuenow", String(current + 1));
    const texts = [...(marks[current]?.querySelectorAll(".chart-card > *") ?? [])];
    canvas.setAttribute("aria-valuetext", texts.map((one) => one.textContent ?? "").join(", "));
  };
  const hide = () => {
    for (const mark of marks) mark.removeAttribute("data-current");
  };

  canvas.tabIndex = 0;
  canvas.setAttribute("role", "slider");
  canvas.setAttribute("aria-label", canvas.dataset["chart"] ?? "");
  canvas.setAttribute("aria-valuemin", "1");
  canvas.setAttribute("aria-valuemax", String(marks.length));
  show();
  hide();

  const isMirrored = getComputedStyle(canvas).direction === "rtl";
  const last = marks.length - 1;
  /** @type {Record<string, () => number>} */
  const moves = {
    ArrowLeft: () => current + (isMirrored ? 1 : -1),
    ArrowRight: () => current + (isMirrored ? -1 : 1),
    ArrowDown: () => current - 1,
    ArrowUp: () => current + 1,
    Home: () => 0,
    End: () => last,
  };
  canvas.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (event.key === "Escape") hide();
    if (move === undefined) return;
    event.preventDefault();
    current = Math.min(last, Math.max(0, move()));
    show();
  });
  canvas.addEventListener("focus", () => {
    if (canvas.matches(":focus-visible")) show();
  });
  canvas.addEventListener("blur", hide);
}

for (const canvas of document.querySelectorAll("[data-chart]"))
  if (canvas instanceof HTMLElement) makeReadable(canvas);
