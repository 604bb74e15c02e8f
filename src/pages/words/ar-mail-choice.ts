import type { enMailChoice } from "./en-mail-choice.ts";

/** The words of the pages on which readers choose their mails, in Arabic. */
export const arMailChoice: typeof enMailChoice = {
  title: "رسائل البريد الإلكتروني",
  optional: "الرسائل الاختيارية",
  kinds: {
    balance_low: "رصيدي يوشك أن ينفد",
    allowance_used_up: "استهلكت كل ما تشمله خطتي",
  },
  threshold: "أشعرني عندما يقل رصيدي عن",
  thresholdHint: "اتركه فارغًا لإيقاف الإشعار.",
  language: "لغة الرسائل",
  always:
    "الرسائل المتعلقة بالأمان والمدفوعات تصل دائمًا: دفعة لم تنجح، أو تجربة أو اشتراك ينتهي، " +
    "أو مبلغ مردود، أو مفتاح جديد، أو كلمة مرور جديدة.",
  saved: "تم الحفظ.",
  off: "لا يرسل هذا الموقع رسائل بريدية.",
  unsubscribeTitle: "إلغاء الاشتراك في الرسائل",
  unsubscribeText: "لن تصلك بعد الآن رسائل من هذا النوع.",
  unsubscribeButton: "إلغاء الاشتراك",
  unsubscribed: (kind) => `ألغي اشتراكك في رسائل «${kind}».`,
};
