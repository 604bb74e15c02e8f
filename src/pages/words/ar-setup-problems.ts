import type { SetupProblemWords } from "./en-setup-problems.ts";

/** The same words in Arabic. */
export const arSetupProblems: SetupProblemWords = {
  title: "أكمِل إعداد Farebox",
  lead: "لم يُفتح هذا الموقع بعد. إن كان موقعك، فأصلِح النقاط أدناه ثم أعد تحميل الصفحة.",
  count: (problems) =>
    problems === 1
      ? "نقطة واحدة تحتاج إلى إصلاح"
      : problems === 2
        ? "نقطتان تحتاجان إلى إصلاح"
        : problems <= 10
          ? `${problems} نقاط تحتاج إلى إصلاح`
          : `${problems} نقطة تحتاج إلى إصلاح`,
  setting: "الإعداد",
  problem: "المشكلة",
  purpose: "الغرض",
  example: "مثال",
  kinds: { missing: "غير موجود", invalid: "غير صالح", example: "قيمة المثال" },
  reasons: { missing: null, invalid: null, example: "هذه القيمة منشورة في الشيفرة المصدرية." },
  names: { migrations: "جداول قاعدة البيانات", catalog: "الكتالوج" },
  purposes: {
    JWT_SECRET: "يوقّع الجلسات ويشفّر الأسرار المحفوظة. ‏32 بايت على الأقل.",
    STRIPE_SECRET_KEY: "لتحصيل المدفوعات: مفتاح سري أو مقيّد من حسابك في Stripe.",
    STRIPE_WEBHOOK_SECRET:
      "للتحقق من إشعارات Stripe. لا حاجة إليه إذا أُنشئ الـ webhook من ‎/admin/setup.",
    UPSTREAMS: "مزوّدو النماذج بصيغة JSON، كلٌّ باسمه.",
    PUBLIC_URL: "العنوان الذي يصل به الناس إلى هذا الـ Worker، للروابط وتسجيل الدخول.",
    ADMIN_EMAILS: "عناوين البريد التي يصبح أصحابها مشرفين بعد تأكيدها، تفصل بينها فواصل.",
    SETUP_TOKEN: "يتيح لأول مشرف إنشاء حسابه في ‎/setup. ‏16 حرفًا على الأقل.",
    MAIL_FROM: "مُرسِل الرسائل.",
    migrations: "جداول قاعدة البيانات DB.",
    catalog: "الباقات والنماذج التي تبيعها. لا يمكن لأحد إنشاء حساب قبل وجود باقة مجانية.",
  },
  fix: "طريقة الإصلاح",
  fixLocal: "في مجلد المشروع على هذا الجهاز:",
  fixDeployed: "في مجلد المشروع، بعد تسجيل الدخول إلى Cloudflare:",
  orDashboard:
    "أو من لوحة تحكم Cloudflare: ‏Workers & Pages، ثم الـ Worker الخاص بك، ثم Settings، ثم " +
    "Variables and Secrets.",
  urlIs: (url) => `يعمل هذا الـ Worker على العنوان ${url}.`,
  orPage: "أو حمّله من المتصفح بعد تسجيل الدخول كمشرف:",
  openSetup: "فتح الإعداد",
  more: "تجد شرح جميع الإعدادات في README تحت عنوان «Settings».",
};
