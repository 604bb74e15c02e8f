import type { Child } from "hono/jsx";
import { Icon } from "./icon.tsx";

/**
 * A menu that opens from a button: three dots, unless `button` shows something else. Without a
 * script it closes by its button; `page.js` also closes it on Escape and on a click elsewhere.
 */
export const Menu = ({
  label,
  button,
  children,
}: {
  label: string;
  button?: Child;
  children?: Child;
}) => (
  <details class="menu" data-menu>
    <summary aria-label={label}>{button ?? <Icon name="ellipsis-horizontal" />}</summary>
    <div class="menu-items">{children}</div>
  </details>
);
