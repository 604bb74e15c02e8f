import type { ApiRefusal } from "../api.ts";
import { Field, Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { type Options, Select, TextArea } from "../form-components.tsx";
import { refusalText } from "../refusal-text.ts";

/** The values of the form. Tools are one a line. */
export interface AgentFormValues {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly avatarUrl?: string | undefined;
  readonly systemPrompt?: string | undefined;
  readonly model?: string | undefined;
  readonly greeting?: string | undefined;
  readonly tools?: string | undefined;
}

const emptyToNull = (text: string | undefined): string | null =>
  text === undefined || text === "" ? null : text;

/** Converts the values of the form into a request body. */
export const toAgentBody = ({
  name = "",
  description = "",
  avatarUrl,
  systemPrompt = "",
  model = "",
  greeting,
  tools = "",
}: AgentFormValues) => ({
  name,
  description,
  avatarUrl: emptyToNull(avatarUrl),
  systemPrompt,
  model,
  greeting: emptyToNull(greeting),
  tools: tools
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== ""),
});

const FIELDS: ReadonlySet<string> = new Set([
  "name",
  "description",
  "avatarUrl",
  "systemPrompt",
  "model",
  "greeting",
  "tools",
]);

/** An agent as people see it. `agent-preview.js` follows what is typed. */
function Preview({ c, agent }: { c: PageContext; agent: AgentFormValues }) {
  const { agents: words } = c.var.words;
  const { name = "", description = "", greeting = "" } = agent;
  return (
    <aside class="card preview" aria-label={words.preview} data-preview>
      <h2>{words.preview}</h2>
      <p class="muted small">{words.previewHint}</p>
      <p class="preview-head">
        <span class="avatar" aria-hidden="true" data-preview-initial>
          {Array.from(name || words.previewName)[0]?.toUpperCase()}
        </span>
        <strong data-preview-of="name" data-empty={words.previewName}>
          {name || words.previewName}
        </strong>
      </p>
      <p class="muted lines" data-preview-of="description" data-empty="">
        {description}
      </p>
      <blockquote class="lines" data-preview-of="greeting" data-empty={words.previewGreeting}>
        {greeting || words.previewGreeting}
      </blockquote>
    </aside>
  );
}

/** The form of an agent, with each error beside its field. */
export function AgentForm({
  c,
  action,
  agent,
  models,
  error,
  button,
}: {
  c: PageContext;
  action: string;
  agent: AgentFormValues;
  models: readonly string[];
  error?: ApiRefusal | undefined;
  button: string;
}) {
  const { agents: words } = c.var.words;
  // A refusal may name an item of a field: tools.0.
  const param = error?.body.param?.split(".")[0] ?? "";
  const errorFor = (field: string) =>
    param === field && error !== undefined ? refusalText(c, error) : undefined;
  const modelIds =
    agent.model === undefined || models.includes(agent.model) ? models : [agent.model, ...models];
  const options: Options = modelIds.map((model) => [model, model]);
  return (
    <div class="agent-form">
      <form method="post" action={action} class="card">
        {error !== undefined && !FIELDS.has(param) ? (
          <Notice kind="bad">{refusalText(c, error)}</Notice>
        ) : null}
        {error?.status === 402 ? (
          <p>
            <a href="/pricing">{c.var.words.dashboard.changePlan}</a>
          </p>
        ) : null}
        <Field
          name="name"
          label={words.name}
          value={agent.name}
          error={errorFor("name")}
          required
        />
        <TextArea
          name="description"
          label={words.description}
          hint={words.descriptionHint}
          value={agent.description ?? ""}
          error={errorFor("description")}
          rows={3}
        />
        <TextArea
          name="systemPrompt"
          label={words.systemPrompt}
          hint={words.systemPromptHint}
          value={agent.systemPrompt ?? ""}
          error={errorFor("systemPrompt")}
          rows={8}
          required
        />
        <Select
          name="model"
          label={words.model}
          options={options}
          value={agent.model}
          error={errorFor("model")}
        />
        <TextArea
          name="greeting"
          label={words.greeting}
          hint={words.greetingHint}
          value={agent.greeting ?? ""}
          error={errorFor("greeting")}
          rows={2}
        />
        <Field
          name="avatarUrl"
          label={words.avatarUrl}
          hint={words.avatarUrlHint}
          type="url"
          value={agent.avatarUrl}
          error={errorFor("avatarUrl")}
        />
        <TextArea
          name="tools"
          label={words.tools}
          hint={words.toolsHint}
          value={agent.tools ?? ""}
          error={errorFor("tools")}
          rows={2}
        />
        <button type="submit">{button}</button>
      </form>
      <Preview c={c} agent={agent} />
    </div>
  );
}
