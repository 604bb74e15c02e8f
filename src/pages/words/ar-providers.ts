import type { enProviders } from "./en-providers.ts";

/** The words of signing in by Google, GitHub and others, in Arabic. */
export const arProviders: typeof enProviders = {
  or: "أو",
  continueWith: (name) => `المتابعة عبر ${name}`,
  leaving: (name) => `المتابعة إلى ${name}`,
  leavingText: (name) => `سجّل الدخول لدى ${name}، ثم ستعود إلى هنا.`,
  notBegun: "انتهت مهلة تسجيل الدخول، أو بدأ في متصفح آخر. ابدأ من جديد.",
  title: "مزوّدو تسجيل الدخول",
  text: "حسابات يمكنك تسجيل الدخول بها.",
  account: "الموقع",
  addedAt: "أُضيف",
  removeOne: "إزالة",
  add: (name) => `إضافة ${name}`,
  remove: (name) => `إزالة ${name}`,
};
