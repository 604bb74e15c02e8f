import type { Person } from "./people.ts";
import type { LocalSettings, Ports } from "./settings.ts";

/** What runs where. */
interface PlaceData {
  readonly settings: LocalSettings;
  readonly ports: Ports;
  readonly stateFolder: string;
  readonly seconds: string;
}

/** The data of the text that `npm start` prints once everything is ready. */
export interface GreetingData extends PlaceData {
  readonly demo: Person;
  readonly admin: Person | null;
  /** A model that is sold; null for none. */
  readonly model: string | null;
}

const formatPerson = ({ email, password }: Person): string =>
  `${email.padEnd(24)} password ${password}`;

/** Returns the lines with the address of everything that runs. */
const addresses = ({ settings, ports, seconds }: PlaceData): readonly string[] => [
  `Farebox is ready (${seconds} s).`,
  "",
  `  Worker        ${settings.publicUrl}`,
  ...(settings.localStripe
    ? [`  Local Stripe  http://localhost:${ports.stripe}  (the card 4242 4242 4242 4242 pays)`]
    : []),
  ...(settings.localMailbox ? [`  Mailbox       http://localhost:${ports.mailbox}`] : []),
  ...(settings.localIssuer
    ? [`  Local issuer  http://127.0.0.1:${ports.issuer}  (signs anybody in, at /login)`]
    : []),
  ...(settings.localModel ? [`  Local model   http://localhost:${ports.model}/v1`] : []),
  "",
];

/** Returns the text of a Farebox without a catalog and without users: where to begin. */
export const emptyGreeting = (place: PlaceData): string =>
  [
    ...addresses(place),
    `  Begin at      ${place.settings.publicUrl}/setup`,
    `  Setup token   ${place.settings.setupToken ?? ""}`,
    "",
    `The state is kept in ${place.stateFolder}. Ctrl-C ends everything.`,
  ].join("\n");

/**
 * Returns the text with everything that a person needs to try Farebox. Each command can be copied
 * and run.
 */
export function greeting(data: GreetingData): string {
  const { settings, demo, admin, model, stateFolder } = data;
  const { publicUrl } = settings;
  const key = demo.key ?? "";
  return [
    ...addresses(data),
    `  User          ${formatPerson(demo)}`,
    ...(admin === null ? [] : [`  Admin         ${formatPerson(admin)}`]),
    `  Key           ${demo.key ?? "none: this catalog requires a payment for API keys"}`,
    "",
    ...(demo.key === null || model === null
      ? []
      : [
          "Try it:",
          `  curl ${publicUrl}/v1/chat/completions -H "Authorization: Bearer ${key}" ` +
            `-H "Content-Type: application/json" ` +
            `-d '{"model":"${model}","messages":[{"role":"user","content":"Hello"}]}'`,
          "",
          "With the OpenAI SDK:",
          `  const openai = new OpenAI({ baseURL: "${publicUrl}/v1", apiKey: "${key}" });`,
          `  await openai.chat.completions.create({ model: "${model}", ` +
            `messages: [{ role: "user", content: "Hello" }] });`,
          "",
        ]),
    ...settings.notes.flatMap((note) => [`Note: ${note}`, ""]),
    `The whole journey: npm run demo, in another terminal. ` +
      `The state is kept in ${stateFolder}. Ctrl-C ends everything.`,
  ].join("\n");
}
