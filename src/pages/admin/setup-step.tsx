import type { Child } from "hono/jsx";
import { Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Icon } from "../ui/icon.tsx";

type State = "done" | "todo" | "failed";

const ICONS = { done: "check-circle", todo: "clock", failed: "exclamation-circle" } as const;
const BADGES = { done: "good", todo: "", failed: "bad" } as const;

interface StepProps {
  readonly c: PageContext;
  /** Names the step in the page's address. */
  readonly id: string;
  readonly title: string;
  /** Null where nothing can be checked. */
  readonly state: State | null;
  /** What is so, and what to do next. */
  readonly text: Child;
  /** Why it failed, in the words of whoever refused. */
  readonly problem?: string | null;
  /** Why the form of this step was refused. */
  readonly refused?: string | undefined;
  readonly children?: Child;
}

/** One step of the set-up: its state, what to do next, and the form that does it. */
export const SetupStep = ({ c, id, title, state, text, problem, refused, children }: StepProps) => (
  <section class={`card setup-step ${state ?? ""}`} id={id}>
    <header>
      {state === null ? null : <Icon name={ICONS[state]} />}
      <h2>{title}</h2>
      {state === null ? null : (
        <span class={`badge ${BADGES[state]}`}>{c.var.words.setup.states[state]}</span>
      )}
    </header>
    <p>{text}</p>
    {problem === undefined || problem === null ? null : (
      <p class="setup-problem">
        <bdi lang="en">{problem}</bdi>
      </p>
    )}
    {refused === undefined ? null : (
      <Notice kind="bad">
        <p>{refused}</p>
      </Notice>
    )}
    {children}
  </section>
);

/** A form of one button, and what else it sends. */
export const StepForm = ({
  action,
  text,
  isPrimary,
  children,
}: {
  action: string;
  text: string;
  isPrimary: boolean;
  children?: Child;
}) => (
  <form method="post" action={action}>
    {children}
    <button type="submit" class={isPrimary ? undefined : "plain"}>
      {text}
    </button>
  </form>
);
