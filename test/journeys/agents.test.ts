import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { toMicrocredits } from "../../src/units.ts";
import { fetchPackage } from "./support/fetched-package.ts";
import { newBuyer, type Person, waitForSettledBooks } from "./support/person.ts";

const { url } = inject("stack");
const run = promisify(execFile);

interface Agent {
  readonly name: string;
  readonly version: string;
  readonly bin: string;
  readonly args: readonly string[];
  /** The agent's tool that runs a command, and the name that it has for the command. */
  readonly tool: string;
  readonly commandField: "command" | "cmd";
  readonly env: (key: string) => Readonly<Record<string, string>>;
  readonly settings: (key: string) => object | null;
}

/** Codex, with its settings as its user may give them. */
const CODEX: Agent = {
  name: "@openai/codex",
  version: "0.169.0",
  bin: "codex",
  args: [
    "exec",
    "--skip-git-repo-check",
    "--dangerously-bypass-approvals-and-sandbox",
    ...[
      'model="large"',
      'model_provider="farebox"',
      'web_search="disabled"',
      'model_providers.farebox.name="Farebox"',
      `model_providers.farebox.base_url="${url}/v1"`,
      'model_providers.farebox.env_key="FAREBOX_KEY"',
      'model_providers.farebox.wire_api="responses"',
    ].flatMap((setting) => ["-c", setting]),
    "-",
  ],
  tool: "exec_command",
  commandField: "cmd",
  env: (key) => ({ FAREBOX_KEY: key }),
  settings: () => null,
};

/** opencode, with the provider of the AI SDK that it speaks by. */
const opencode = (npm: string): Agent => ({
  name: "opencode-ai",
  version: "1.18.33",
  bin: "opencode",
  args: ["run", "-m", "farebox/large"],
  tool: "bash",
  commandField: "command",
  env: () => ({}),
  settings: (apiKey) => ({
    provider: {
      farebox: {
        npm,
        options: { baseURL: `${url}/v1`, apiKey },
        models: { large: {} },
      },
    },
  }),
});

const AGENTS: Readonly<Record<string, Agent>> = {
  "Claude Code, by /v1/messages": {
    name: "@anthropic-ai/claude-code",
    version: "2.1.197",
    bin: "claude",
    args: ["-p", "--allowedTools", "Bash"],
    tool: "Bash",
    commandField: "command",
    env: (key) => ({
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: key,
      ANTHROPIC_MODEL: "large",
      ANTHROPIC_SMALL_FAST_MODEL: "large",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    }),
    settings: () => null,
  },
  "Codex, by /v1/responses": CODEX,
  "opencode, by /v1/responses": opencode("@ai-sdk/openai"),
  "opencode, by /v1/messages": opencode("@ai-sdk/anthropic"),
  "opencode, by /v1/chat/completions": opencode("@ai-sdk/openai-compatible"),
};

/** The price of the default catalog's `large`, in microcredits a token. */
const PRICE = { input: 30, output: 150 };
const COMMAND = "echo hi > made.txt";

describe.each(Object.entries(AGENTS))("%s", (_name, agent) => {
  let commands: string;
  let home: string;
  let person: Person;
  beforeAll(async () => {
    commands = await fetchPackage(agent.name, agent.version);
    home = await mkdtemp(join(tmpdir(), "farebox-agent-"));
    person = await newBuyer(url);
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  it("completes a turn with a tool, and the ledger is exact", async () => {
    const work = await mkdtemp(join(home, "work-"));
    const settings = agent.settings(person.key);
    if (settings !== null) await writeFile(join(work, "opencode.json"), JSON.stringify(settings));
    const bin = join(commands, agent.bin);
    // Some agents take the folder that they work in from PWD.
    const env = { ...process.env, HOME: home, PWD: work, ...agent.env(person.key) };
    const running = run(bin, agent.args, { cwd: work, env, timeout: 180_000 });
    const asked = { [agent.commandField]: COMMAND, description: "Makes a file" };
    running.child.stdin?.end(`call the tool ${agent.tool} with ${JSON.stringify(asked)}`);
    const { stdout } = await running;
    expect(await readFile(join(work, "made.txt"), "utf8")).toBe("hi\n");
    expect(stdout).not.toBe("");
    const { chats } = await waitForSettledBooks(person);
    expect(chats.length).toBeGreaterThanOrEqual(2);
    for (const { amount, chat } of chats) {
      expect(chat).toMatchObject({ model: "large", ending: "complete", estimated: false });
      const cost = chat.inputTokens * PRICE.input + chat.outputTokens * PRICE.output;
      expect(toMicrocredits(-amount)).toBe(cost);
    }
  });
});
