import type { Child } from "hono/jsx";

interface Option {
  readonly href: string;
  readonly text: Child;
  readonly current: boolean;
}

/** Links of which one is the current choice, such as the range of a chart. */
export const Segmented = ({ label, options }: { label: string; options: readonly Option[] }) => (
  <nav class="segmented" aria-label={label}>
    {options.map(({ href, text, current }) => (
      <a href={href} aria-current={current ? "true" : undefined}>
        {text}
      </a>
    ))}
  </nav>
);
