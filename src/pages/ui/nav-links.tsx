import type { PageContext } from "../context.ts";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-names.ts";

/** A link of a navigation. */
export interface NavLink {
  readonly href: string;
  readonly text: string;
  readonly icon?: IconName;
  /** Other paths whose pages belong to it. */
  readonly also?: readonly string[];
}

const isWithin = (path: string, href: string): boolean =>
  path === href || (href !== "/admin" && path.startsWith(`${href}/`));

/** The items of a navigation. The link of the current page is marked. */
export const NavLinks = ({ c, links }: { c: PageContext; links: readonly NavLink[] }) => (
  <ul>
    {links.map(({ href, text, icon, also = [] }) => (
      <li>
        <a
          href={href}
          aria-current={
            [href, ...also].some((path) => isWithin(c.req.path, path)) ? "page" : undefined
          }
        >
          {icon === undefined ? null : <Icon name={icon} />}
          {text}
        </a>
      </li>
    ))}
  </ul>
);
