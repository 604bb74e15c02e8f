/** The words of signing in by Google, GitHub and others, in English. */
export const enProviders = {
  or: "Or",
  continueWith: (name: string) => `Continue with ${name}`,
  leaving: (name: string) => `Continue to ${name}`,
  leavingText: (name: string) => `Sign in at ${name}, and you'll come right back.`,
  notBegun: "This sign-in expired or was started in another browser. Start again.",
  title: "Sign-in providers",
  text: "Accounts you can sign in with.",
  account: "Site",
  addedAt: "Added",
  removeOne: "Remove",
  add: (name: string) => `Add ${name}`,
  remove: (name: string) => `Remove ${name}`,
};
