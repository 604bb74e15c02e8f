import type { ApiRefusal } from "../api.ts";
import type { PageContext } from "../context.ts";
import { Lines, type Options, Select } from "../form-parts.tsx";
import { Field, Notice } from "../parts.tsx";

/** What is typed about an agent, as it is typed: tools one a line. */
export interface TypedAgent {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly avatarUrl?: string | undefined;
  readonly systemPrompt?: string | undefined;
  readonly model?: string | undefined;
  readonly greeting?: string | undefined;
  readonly tools?: string | undefined;
}

const orNull = (text: string | undefined): string | null =>
  text === undefined || text === "" ? null : text;

/** What was typed, as the wire takes it. */
export const agentOf = ({
  name = "",
  description = "",
  avatarUrl,
  systemPrompt = "",
  model = "",
  greeting,
  tools = "",
}: TypedAgent) => ({
  name,
  description,
  avatarUrl: orNull(avatarUrl),
  systemPrompt,
  model,
  greeting: orNull(greeting),
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

/** The fields of an agent, with what is wrong with each. */
export function AgentForm({
  c,
  action,
  agent,
  models,
  problem,
  button,
}: {
  c: PageContext;
  action: string;
  agent: TypedAgent;
  models: readonly string[];
  problem?: ApiRefusal | undefined;
  button: string;
}) {
  const { agents: words } = c.var.words;
  // A refusal may name a place within a field: tools.0.
  const param = problem?.error.param?.split(".")[0] ?? "";
  const wrong = (field: string) => (param === field ? problem?.message : undefined);
  const known =
    agent.model === undefined || models.includes(agent.model) ? models : [agent.model, ...models];
  const options: Options = known.map((model) => [model, model]);
  return (
    <form method="post" action={action} class="card">
      {problem !== undefined && !FIELDS.has(param) ? (
        <Notice kind="bad">{problem.message}</Notice>
      ) : null}
      {problem?.status === 402 ? (
        <p>
          <a href="/pricing">{c.var.words.dashboard.changePlan}</a>
        </p>
      ) : null}
      <Field name="name" label={words.name} value={agent.name} problem={wrong("name")} required />
      <Lines
        name="description"
        label={words.description}
        hint={words.descriptionHint}
        value={agent.description ?? ""}
        problem={wrong("description")}
        rows={3}
      />
      <Lines
        name="systemPrompt"
        label={words.systemPrompt}
        hint={words.systemPromptHint}
        value={agent.systemPrompt ?? ""}
        problem={wrong("systemPrompt")}
        rows={8}
        required
      />
      <Select
        name="model"
        label={words.model}
        options={options}
        value={agent.model}
        problem={wrong("model")}
      />
      <Lines
        name="greeting"
        label={words.greeting}
        value={agent.greeting ?? ""}
        problem={wrong("greeting")}
        rows={2}
      />
      <Field
        name="avatarUrl"
        label={words.avatarUrl}
        hint={words.avatarUrlHint}
        type="url"
        value={agent.avatarUrl}
        problem={wrong("avatarUrl")}
      />
      <Lines
        name="tools"
        label={words.tools}
        hint={words.toolsHint}
        value={agent.tools ?? ""}
        problem={wrong("tools")}
        rows={2}
      />
      <button type="submit">{button}</button>
    </form>
  );
}
