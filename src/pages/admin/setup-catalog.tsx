import type { PageContext } from "../context.ts";
import { TextArea } from "../form-components.tsx";
import { SetupStep } from "./setup-step.tsx";
import type { RefusedStep, Setup } from "./setup-steps.tsx";

/** A catalog in the form: the text, and why it was refused. */
export interface CatalogForm {
  readonly text: string;
  readonly errors: readonly string[];
}

/** The step that loads a catalog: from those that come with Farebox, or pasted. */
export function CatalogStep({
  c,
  setup,
  next,
  refused,
  form,
}: {
  c: PageContext;
  setup: Setup;
  next: string | null;
  refused: RefusedStep | undefined;
  form: CatalogForm | undefined;
}) {
  const { catalog: words } = c.var.words.setup;
  const { state, plans, models, unknownUpstreams } = setup.catalog;
  const texts = {
    done: words.done(plans, models),
    todo: words.todo,
    failed: words.unknown(unknownUpstreams.join(", ")),
  };
  return (
    <SetupStep
      c={c}
      id="catalog"
      title={words.title}
      state={state}
      text={texts[state]}
      refused={refused?.id === "catalog" ? refused.message : undefined}
    >
      {state === "done" ? (
        <p>
          <a href="/admin/catalog">{words.edit}</a>
        </p>
      ) : null}
      <details open={form !== undefined || state !== "done"}>
        <summary>{state === "todo" ? words.choose : words.change}</summary>
        <p class="row">
          <span class="muted">{words.start}</span>
          {Object.entries(words.names).map(([name, text]) => (
            <a class="button plain" href={`/admin/setup?catalog=${name}#catalog`}>
              {text}
            </a>
          ))}
        </p>
        {form === undefined ? null : (
          <form method="post" action="/admin/setup/catalog">
            {form.errors.length === 0 ? null : (
              <ul class="setup-problem" role="alert">
                {form.errors.map((error) => (
                  <li>
                    <bdi>{error}</bdi>
                  </li>
                ))}
              </ul>
            )}
            <TextArea
              id="catalog-json"
              name="catalog"
              label={words.json}
              hint={words.jsonHint}
              rows={16}
              value={form.text}
              {...(form.errors.length === 0 ? {} : { error: words.wrong(form.errors.length) })}
              required
            />
            <label class="check">
              <input type="checkbox" name="only" value="true" checked />
              {words.only}
            </label>
            <button type="submit" class={next === "catalog" ? undefined : "plain"}>
              {words.load}
            </button>
          </form>
        )}
      </details>
    </SetupStep>
  );
}
