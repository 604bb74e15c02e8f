import { type Letters, link, text } from "./letter.ts";
import { namePlace, nameTime } from "./sign-in-words.ts";

/** The letter about a sign-in in English. */
export const enSignIn: Pick<Letters, "new_sign_in"> = {
  new_sign_in: ({ browser, system, country, city, atMs, accountUrl, forgotUrl }, site) => ({
    subject: `New sign-in to ${site}`,
    blocks: [
      text(`Someone signed in to your ${site} account from a new device or country.`),
      text(
        `Device: ${[browser, system].filter((part) => part !== null).join(" on ") || "unknown"}`,
      ),
      text(`Place: ${namePlace("en", country, city, ", ") ?? "unknown"}`),
      text(`Time: ${nameTime("en", atMs)}`),
      text(
        "If this was you, you don't need to do anything. If not, end that session in your " +
          "account:",
      ),
      link("Review your sessions", accountUrl),
      text("Then change your password, which ends all sessions:"),
      link("Choose a new password", forgotUrl),
    ],
  }),
};
