import type { Child } from "hono/jsx";
import type { PageContext } from "../context.ts";

interface ConfirmProps {
  readonly c: PageContext;
  /** The path that the form posts to. */
  readonly action: string;
  /** The text of the button that opens the question, and of the one that sends the form. */
  readonly label: Child;
  /** What is about to happen, as a question. */
  readonly question: Child;
  /** The text of the button that sends the form, where it differs from the label. */
  readonly confirm?: string;
  /** Hidden or visible fields of the form. */
  readonly fields?: Child;
  /** Whether what happens cannot be undone, or moves money. */
  readonly danger?: boolean;
  /** How the button that opens it looks; a danger's looks like a danger. */
  readonly kind?: "plain" | "link";
}

/**
 * A form that asks once before it is sent. Its button opens the question with a second button, so
 * that it works without a script.
 */
export const Confirm = ({
  c,
  action,
  label,
  question,
  confirm,
  fields,
  danger = false,
  kind = "plain",
}: ConfirmProps) => (
  <details class="confirm" data-menu>
    <summary class={`button ${kind}${danger ? " danger" : ""}`}>{label}</summary>
    <form method="post" action={action} class="confirm-box">
      <p>{question}</p>
      {fields}
      <div class="row">
        <button type="submit" class={danger ? "danger solid" : undefined}>
          {confirm ?? label}
        </button>
        <button type="button" class="plain" data-close data-needs-script hidden>
          {c.var.words.ui.keep}
        </button>
      </div>
    </form>
  </details>
);
