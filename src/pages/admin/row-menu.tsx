import type { PageContext } from "../context.ts";
import { Menu } from "../ui/menu.tsx";

interface RowMenuProps {
  readonly c: PageContext;
  /** The ids that may be copied. */
  readonly ids: readonly (string | null)[];
  readonly links?: readonly (readonly [href: string, text: string])[];
  /** A page at Stripe. */
  readonly stripe?: string | undefined;
}

/** The menu of a row: its ids to copy, and what else there is about it. */
export function RowMenu({ c, ids, links = [], stripe }: RowMenuProps) {
  const { admin, common } = c.var.words;
  return (
    <Menu label={admin.lists.more}>
      <ul>
        {links.map(([href, text]) => (
          <li>
            <a href={href}>{text}</a>
          </li>
        ))}
        {stripe === undefined ? null : (
          <li>
            <a href={stripe} rel="noreferrer">
              {admin.lists.openInStripe}
            </a>
          </li>
        )}
        {ids.map((id) =>
          id === null ? null : (
            <li class="menu-id">
              <code id={`id-${id}`}>{id}</code>
              <button
                type="button"
                class="link"
                data-copy={`id-${id}`}
                data-copied={common.copied}
                aria-label={admin.lists.copyId(id)}
                data-needs-script
                hidden
              >
                {common.copy}
              </button>
            </li>
          ),
        )}
      </ul>
    </Menu>
  );
}
