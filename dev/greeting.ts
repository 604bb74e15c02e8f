import type { Person } from "./people.ts";
import type { LocalSettings, Ports } from "./settings.ts";

/** The data of the text that `npm start` prints once everything is ready. */
export interface GreetingData {
  readonly settings: LocalSettings;
  readonly ports: Ports;
  readonly demo: Person;
  readonly admin: Person | null;
  readonly stateFolder: string;
  readonly seconds: string;
}

const formatPerson = ({ email, password }: Person): string =>
  `${email.padEnd(24)} password ${password}`;

/**
 * Returns the text with everything that a person needs to try Farebox. Each command can be copied
 * and run.
 */
export function greeting({
  settings,
  ports,
  demo,
  admin,
  stateFolder,
  seconds,
}: GreetingData): string {
  const { publicUrl } = settings;
  const key = demo.key ?? "";
  return [
    `Farebox is ready (${seconds} s).`,
    "",
    `  Worker        ${publicUrl}`,
    ...(settings.localStripe
      ? [`  Local Stripe  http://localhost:${ports.stripe}  (the card 4242 4242 4242 4242 pays)`]
      : []),
    ...(settings.localMailbox ? [`  Mailbox       http://localhost:${ports.mailbox}`] : []),
    ...(settings.localModel ? [`  Local model   http://localhost:${ports.model}/v1`] : []),
    "",
    `  User          ${formatPerson(demo)}`,
    ...(admin === null ? [] : [`  Admin         ${formatPerson(admin)}`]),
    `  Key           ${demo.key ?? "none: this catalog gives keys to who has paid"}`,
    "",
    ...(demo.key === null
      ? []
      : [
          "Try it:",
          `  curl ${publicUrl}/v1/chat/completions -H "Authorization: Bearer ${key}" ` +
            `-H "Content-Type: application/json" ` +
            `-d '{"model":"small","messages":[{"role":"user","content":"Hello"}]}'`,
          "",
          "With the OpenAI SDK:",
          `  const openai = new OpenAI({ baseURL: "${publicUrl}/v1", apiKey: "${key}" });`,
          `  await openai.chat.completions.create({ model: "small", ` +
            `messages: [{ role: "user", content: "Hello" }] });`,
          "",
        ]),
    ...settings.notes.flatMap((note) => [`Note: ${note}`, ""]),
    `The whole journey: npm run demo, in another terminal. ` +
      `The state is kept in ${stateFolder}. Ctrl-C ends everything.`,
  ].join("\n");
}
