import { LANGUAGES } from "../../languages.ts";
import type { PageContext } from "../context.ts";
import { Select } from "../form-components.tsx";

/** The choice of the language: `?lang=` of any page, which is kept in a cookie. */
export function LanguageSection({ c }: { c: PageContext }) {
  const { account: words } = c.var.words;
  return (
    <section class="card">
      <h2>{words.language}</h2>
      <form method="get" action="/account">
        <Select
          name="lang"
          label={words.language}
          hint={words.languageHint}
          value={c.var.language}
          options={Object.entries(LANGUAGES).map(([code, { name }]) => [code, name] as const)}
        />
        <button type="submit" class="plain">
          {words.saveLanguage}
        </button>
      </form>
    </section>
  );
}

/** Links to what else the reader has. */
export function MoreSection({ c }: { c: PageContext }) {
  const { account: words } = c.var.words;
  const links = [
    { href: "/orders", text: words.purchases },
    { href: "/keys", text: words.keys },
    { href: "/account/mail", text: words.mails },
  ];
  return (
    <section class="card">
      <h2>{words.more}</h2>
      <ul>
        {links.map(({ href, text }) => (
          <li>
            <a href={href}>{text}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The export of everything, and the way to its end. */
export function DataSection({ c }: { c: PageContext }) {
  const { account: words } = c.var.words;
  return (
    <section class="card">
      <h2>{words.data}</h2>
      <p>
        {words.exportHint}{" "}
        <a href="/api/users/me/export" download>
          {words.exportAll}
        </a>
      </p>
      <p>
        <a href="/account/delete">{words.deleteLink}</a>
      </p>
    </section>
  );
}
