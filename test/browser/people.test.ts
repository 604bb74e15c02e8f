import { generate } from "otplib";
import type { Page } from "playwright-core";
import { describe, expect, inject, it } from "vitest";
import { openMail } from "./support/mailbox.ts";
import { confirmAction, fillSignUpForm, signOut } from "./support/steps.ts";
import { openWindow, site } from "./support/visit.ts";

const { issuerUrl } = inject("stack");
const OLD_PASSWORD = "a long way home";
const NEW_PASSWORD = "a much longer way home";

const section = (page: Page, name: string) =>
  page.locator("section").filter({ has: page.getByRole("heading", { name, exact: true }) });

async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("Email address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Gives a window's browser an authenticator that answers by itself, as a phone's owner would. */
async function addVirtualAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** Proves the address by the mail of the sign-up. */
async function proveAddress(page: Page, email: string): Promise<void> {
  await openMail(page, email, "Verify your email");
  await page.frameLocator("iframe").getByRole("link", { name: "Verify email" }).click();
  await page.waitForURL(`${site}/verify?token=*`);
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Email verified.").waitFor();
}

async function resetPassword(page: Page, email: string): Promise<void> {
  await page.goto("/forgot");
  await page.getByLabel("Email address").fill(email);
  await page.getByRole("button", { name: "Send reset link" }).click();
  await page.getByText("If this email has an account").waitFor();
  await openMail(page, email, "Reset your");
  await page.frameLocator("iframe").getByRole("link", { name: "Choose a new password" }).click();
  await page.getByLabel("New password").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Save password" }).click();
  await page.getByText("Password changed.").waitFor();
}

/** Signs in with the local issuer, as a person of this address. */
async function signInWithIssuer(page: Page, email: string): Promise<void> {
  await page.goto("/login");
  await page
    .getByRole("button", { name: /^Continue with/ })
    .first()
    .click();
  await page.waitForURL(`${issuerUrl}/**`);
  await page.getByLabel("Address", { exact: true }).fill(email);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${site}/dashboard`);
}

/** Adds a passkey on the page of the account. */
async function addPasskey(page: Page): Promise<void> {
  await page.goto("/account");
  const passkeys = section(page, "Passkeys");
  await passkeys.getByLabel("Passkey name").fill("My phone");
  await passkeys.getByLabel("Current password").first().fill(NEW_PASSWORD);
  await passkeys.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByText("Passkey added.").waitFor();
  await section(page, "Passkeys").getByRole("rowheader", { name: "My phone" }).waitFor();
}

/** Adds an authenticator app. @returns its secret */
async function addApp(page: Page): Promise<string> {
  const app = section(page, "Two-step sign-in");
  await app.getByLabel("Current password").fill(NEW_PASSWORD);
  await app.getByRole("button", { name: "Add an authenticator app" }).click();
  await page.getByRole("img", { name: "QR code for your authenticator app" }).waitFor();
  const shown = await page.locator("main code").textContent();
  const secret = (shown ?? "").replaceAll(" ", "");
  await page.getByLabel("Code from the app").fill("000 000");
  await page.getByRole("button", { name: "Turn on" }).click();
  await page.getByText("Wrong code.").waitFor();
  // The code of a step that a sign-in does not need afterwards.
  const epoch = Math.floor(Date.now() / 1000) - 30;
  await page.getByLabel("Code from the app").fill(await generate({ secret, epoch }));
  await page.getByRole("button", { name: "Turn on" }).click();
  await page.getByRole("heading", { name: "Your recovery codes" }).waitFor();
  await page.getByRole("link", { name: "I have saved them" }).click();
  return secret;
}

describe("a person", () => {
  it("proves an address, resets, signs in in every way, ends a session, and leaves", async () => {
    const page = await openWindow({ expected: [/40[01]/] });
    await addVirtualAuthenticator(page);
    await page.goto("/signup");
    const email = await fillSignUpForm(page);
    await page.waitForURL("**/dashboard");
    await proveAddress(page, email);
    await signOut(page);
    await resetPassword(page, email);
    await signIn(page, email, OLD_PASSWORD);
    await page.getByText("Wrong email or password.").waitFor();
    await signInWithIssuer(page, email);
    await addPasskey(page);
    const secret = await addApp(page);
    await signOut(page);

    // The password alone signs in no more, and the passkey does.
    const other = await openWindow();
    await signIn(other, email, NEW_PASSWORD);
    await other.getByRole("heading", { name: "Two-step sign-in" }).waitFor();
    await other.getByLabel("Code").fill(await generate({ secret }));
    await other.getByRole("button", { name: "Sign in", exact: true }).click();
    await other.waitForURL("**/dashboard");
    await page.goto("/login");
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.waitForURL("**/dashboard");

    await page.goto("/account");
    await confirmAction(page.locator("summary", { hasText: /^End: / }).first(), "End");
    await page.getByText("Session ended.").waitFor();
    await other.reload();
    await other.waitForURL("**/login?next=*");

    await page.getByRole("link", { name: "Delete account…" }).click();
    await page.getByLabel("Current password").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "Delete my account" }).click();
    await page.getByRole("heading", { name: "Account deleted" }).waitFor();
    const login = { email, password: NEW_PASSWORD };
    expect((await page.request.post("/api/auth/login", { data: login })).status()).toBe(401);
  });
});
