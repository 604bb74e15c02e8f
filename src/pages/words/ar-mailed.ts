import type { enMailed } from "./en-mailed.ts";

/** The words of pages for which a mail was sent, in Arabic. */
export const arMailed: typeof enMailed = {
  forgot: "نسيت كلمة المرور؟",
  forgotTitle: "اختيار كلمة مرور جديدة",
  forgotText: "نرسل إليك رابطًا تختار به كلمة مرور جديدة.",
  forgotButton: "إرسال الرابط",
  forgotSent: "إن كان لهذا العنوان حساب فستصله رسالة فيها رابط صالح لمدة 30 دقيقة.",
  resetTitle: "اختيار كلمة مرور جديدة",
  newPassword: "كلمة المرور الجديدة",
  resetButton: "حفظ كلمة المرور",
  resetDone: "تغيّرت كلمة مرورك، وانتهت كل الجلسات. سجّل الدخول بها.",
  noToken: "هذا الرابط غير كامل. افتحه من الرسالة مرة أخرى، أو اطلب رابطًا جديدًا.",
  confirmTitle: "تأكيد عنوانك",
  confirmText: "أرسلنا إليك رسالة. اكتب الرمز الذي فيها، أو افتح رابطها.",
  code: "رمز من ستة أرقام",
  confirmButton: "تأكيد",
  confirmPassword: "اكتب كلمة المرور التي أنشأت بها الحساب، ليثبت أنك أنت من أنشأه بهذا العنوان.",
  signUpAgain: "لم تصلك رسالة؟ أنشئ الحساب مرة أخرى",
  verifyTitle: "تأكيد عنوانك",
  verifyText: "بهذا يُؤكَّد أن العنوان لك.",
  verified: "تم تأكيد عنوانك.",
  unverified: (email) => `نرجو أن تؤكّد أن ${email} عنوانك. أرسلنا إليك رسالة.`,
  sendAgain: "إرسالها مرة أخرى",
  sentAgain: "الرسالة في الطريق.",
};
