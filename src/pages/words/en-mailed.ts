/** The words of pages for which a mail was sent, in English. */
export const enMailed = {
  forgot: "Forgot your password?",
  forgotTitle: "Choose a new password",
  forgotText: "We mail you a link by which you choose a new one.",
  forgotButton: "Send the link",
  forgotSent:
    "If this address has an account, a mail with a link is on its way. It is good for 30 minutes.",
  resetTitle: "Choose a new password",
  newPassword: "New password",
  resetButton: "Set the password",
  resetDone: "Your password is changed, and every session has ended. Sign in with it.",
  noToken: "This link is not whole. Open it from the mail once more, or ask for a new one.",
  confirmTitle: "Confirm your address",
  confirmText: "We sent you a mail. Type the code that is in it, or open its link.",
  code: "Code of six digits",
  confirmButton: "Confirm",
  confirmPassword:
    "Type the password with which you signed up. It shows that it was you who signed up with " +
    "this address.",
  signUpAgain: "No mail? Sign up again",
  verifyTitle: "Confirm your address",
  verifyText: "With this the address is confirmed as yours.",
  verified: "Your address is confirmed.",
  unverified: (email: string) => `Please confirm that ${email} is yours. We sent you a mail.`,
  sendAgain: "Send it again",
  sentAgain: "The mail is on its way.",
};
