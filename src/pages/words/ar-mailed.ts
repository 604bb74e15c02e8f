import type { enMailed } from "./en-mailed.ts";

/** The words of pages for which a mail was sent, in Arabic. */
export const arMailed: typeof enMailed = {
  forgot: "نسيت كلمة المرور؟",
  forgotTitle: "إعادة تعيين كلمة المرور",
  forgotText: "أدخل بريدك الإلكتروني، وسنرسل إليك رابطًا لاختيار كلمة مرور جديدة.",
  forgotButton: "إرسال الرابط",
  forgotSent: "إن كان لهذا البريد حساب، فقد أرسلنا إليه رابطًا صالحًا لمدة 30 دقيقة.",
  resetTitle: "إعادة تعيين كلمة المرور",
  newPassword: "كلمة المرور الجديدة",
  resetButton: "حفظ كلمة المرور",
  resetDone: "تم تغيير كلمة المرور. سجّل الدخول بكلمة المرور الجديدة.",
  noToken: "هذا الرابط غير كامل. افتحه من الرسالة مرة أخرى، أو اطلب رابطًا جديدًا.",
  confirmTitle: "تأكيد البريد الإلكتروني",
  confirmText: "أرسلنا إليك رسالة. أدخل الرمز الذي فيها، أو افتح رابطها.",
  code: "رمز من 6 أرقام",
  confirmButton: "تأكيد",
  confirmPassword: "أدخل كلمة المرور التي اخترتها عند إنشاء الحساب، لنتأكد من أنك صاحبه.",
  signUpAgain: "لم تصلك رسالة؟ أنشئ الحساب مرة أخرى",
  verifyTitle: "تأكيد البريد الإلكتروني",
  verifyText: "أكّد أن هذا البريد الإلكتروني لك.",
  verified: "تم تأكيد البريد الإلكتروني.",
  unverified: (email) => `أكّد بريدك الإلكتروني: أرسلنا رابطًا إلى ${email}.`,
  sendAgain: "إعادة إرسال الرسالة",
  sentAgain: "تم إرسال الرسالة. تفقّد بريدك.",
};
