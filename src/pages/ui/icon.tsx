import type { IconName } from "./icon-names.ts";

/** Icons that point along the text, so that they are mirrored where it runs from the right. */
const DIRECTED = new Set<IconName>([
  "arrow-left",
  "arrow-right",
  "arrow-right-start-on-rectangle",
  "arrow-top-right-on-square",
  "arrow-trending-down",
  "arrow-trending-up",
  "chevron-left",
  "chevron-right",
  "paper-airplane",
]);

/**
 * An icon of the sprite `public/icons.svg`. Without a label it is decoration, and screen readers
 * skip it.
 */
export const Icon = ({ name, label }: { name: IconName; label?: string }) => (
  <svg
    class={DIRECTED.has(name) ? "icon directed" : "icon"}
    role={label === undefined ? undefined : "img"}
    aria-label={label}
    aria-hidden={label === undefined ? "true" : undefined}
  >
    <use href={`/icons.svg#${name}`} />
  </svg>
);
