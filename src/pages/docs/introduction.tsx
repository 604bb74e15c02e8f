import { Copyable } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Table } from "../table.tsx";
import { InlineCode } from "./operation.tsx";
import type { Reference } from "./reference.ts";
import {
  curlSample,
  errorSample,
  idempotencySample,
  keySample,
  listSample,
  openAiSample,
  signInSample,
} from "./samples.ts";

/** Returns the introductory chapters, which are written by hand. */
function buildChapters(c: PageContext, model: string) {
  const { docs: words } = c.var.words;
  const origin = c.var.ctx.config.PUBLIC_URL;
  return [
    { id: "sign-in", title: words.signIn, text: words.signInText, sample: signInSample(origin) },
    { id: "keys", title: words.keys, text: words.keysText, sample: keySample(origin) },
    { id: "chat", title: words.curl, text: words.curlText, sample: curlSample(origin, model) },
    {
      id: "openai",
      title: words.openAi,
      text: words.openAiText,
      sample: openAiSample(origin, model),
    },
    { id: "lists", title: words.lists, text: words.listsText, sample: listSample },
    {
      id: "idempotency",
      title: words.once,
      text: words.onceText,
      sample: idempotencySample(origin),
    },
    { id: "units", title: words.units, text: words.unitsText, sample: null },
    { id: "errors", title: words.errors, text: words.errorsText, sample: errorSample },
  ];
}

function ErrorTable({ c, errors }: { c: PageContext; errors: Reference["errors"] }) {
  const { docs: words } = c.var.words;
  return (
    <Table
      rows={errors}
      rowId={({ status }) => `error-${status}`}
      columns={[
        { head: words.status, cell: ({ status }) => status },
        {
          head: words.meaning,
          cell: ({ description }) => (
            <bdi>
              <InlineCode text={description} />
            </bdi>
          ),
        },
        {
          head: words.example,
          cell: ({ example }) => (
            <details>
              <summary>{words.example}</summary>
              <pre>{example}</pre>
            </details>
          ),
        },
      ]}
    />
  );
}

/**
 * The introduction to the API, by chapters, and every error.
 * @param model a model that is sold, for the samples
 */
export const Introduction = ({
  c,
  model,
  errors,
}: {
  c: PageContext;
  model: string;
  errors: Reference["errors"];
}) => (
  <>
    {buildChapters(c, model).map(({ id, title, text, sample }) => (
      <section>
        <h2 id={id}>{title}</h2>
        <p>{text}</p>
        {sample === null ? null : (
          <Copyable
            id={`sample-${id}`}
            text={sample}
            copy={c.var.words.common.copy}
            copied={c.var.words.common.copied}
          />
        )}
      </section>
    ))}
    <ErrorTable c={c} errors={errors} />
  </>
);
