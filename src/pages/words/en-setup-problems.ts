const NAMES: Readonly<Record<string, string>> = {
  migrations: "Database tables",
  catalog: "Catalog",
};

/** What each setting is for, where the wire's own words are not in this language. */
const PURPOSES: Readonly<Record<string, string>> = {};

/** The words, in English, of the page that a Farebox shows before it is set up. */
export const enSetupProblems = {
  title: "Finish setting up Farebox",
  lead: "This site isn't open yet. If it's yours, fix the points below and reload this page.",
  count: (problems: number) => (problems === 1 ? "1 thing to fix" : `${problems} things to fix`),
  setting: "Setting",
  problem: "Problem",
  purpose: "Purpose",
  example: "Example",
  kinds: { missing: "Missing", invalid: "Not usable", example: "Example value" },
  /** In place of the wire's own words; null shows those. */
  reasons: {
    missing: null,
    invalid: null,
    example: "Everybody can read this value in the source.",
  },
  names: NAMES,
  purposes: PURPOSES,
  fix: "How to fix it",
  fixLocal: "In the project's folder, on this computer:",
  fixDeployed: "In the project's folder, signed in to Cloudflare:",
  orDashboard:
    "Or set them in Cloudflare's dashboard: Workers & Pages, your Worker, Settings, Variables " +
    "and Secrets.",
  urlIs: (url: string) => `This Worker answers at ${url}.`,
  orPage: "Or load it in the browser, signed in as an admin:",
  openSetup: "Open setup",
  more: "All settings are explained in the README, under “Settings”.",
};
export type SetupProblemWords = typeof enSetupProblems;
