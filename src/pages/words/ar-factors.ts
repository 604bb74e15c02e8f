import type { enFactors } from "./en-factors.ts";
import { createPluralizer } from "./plural.ts";

const plural = createPluralizer("ar");

/** The words of second factors and passkeys, in Arabic. */
export const arFactors: typeof enFactors = {
  codeTitle: "تسجيل الدخول بخطوتين",
  code: "الرمز",
  codeHint: "الرمز المكوّن من 6 أرقام في تطبيق المصادقة، أو أحد رموز الاسترداد.",
  startAgain: "ابدأ من جديد",
  usePasskey: "تسجيل الدخول بمفتاح مرور",
  passkeyFailed: "تعذّر الدخول بمفتاح المرور أو أُلغي. حاول مجددًا، أو استخدم كلمة المرور.",
  wrongCode: "الرمز غير صحيح. تأكد من ضبط ساعة هاتفك، ثم أدخل الرمز التالي.",
  appHint: "استخدم تطبيقًا على هاتفك للحصول على رمز تدخله بعد كلمة المرور عند تسجيل الدخول.",
  addApp: "إضافة تطبيق مصادقة",
  appSince: (date: string) => `مفعّل منذ ${date}. تحتاج إلى رمز من تطبيقك لتسجيل الدخول.`,
  codesLeft: plural({
    zero: "لم تبقَ لديك رموز استرداد.",
    one: "بقي لديك رمز استرداد واحد.",
    two: "بقي لديك رمزا استرداد.",
    few: "بقيت لديك # رموز استرداد.",
    many: "بقي لديك # رمز استرداد.",
    other: "بقي لديك # رمز استرداد.",
  }),
  newCodes: "إنشاء رموز استرداد جديدة",
  newCodesHint: "لن تعمل الرموز الحالية بعد ذلك.",
  removeApp: "إزالة تطبيق المصادقة",
  removeAppHint: "ستحتاج إلى كلمة المرور فقط لتسجيل الدخول.",
  scan: "امسح رمز QR هذا بالتطبيق.",
  qr: "رمز QR لتطبيق المصادقة",
  typeSecret: "أو أدخل هذا المفتاح في التطبيق:",
  firstCode: "الرمز من التطبيق",
  confirmApp: "تفعيل",
  cancel: "إلغاء",
  codesTitle: "رموز الاسترداد",
  keepCodes:
    "احفظ هذه الرموز في مكان آمن. كل رمز يتيح لك تسجيل الدخول مرة واحدة إن فقدت هاتفك. لن تُعرض " +
    "مرة أخرى.",
  codesKept: "حفظت الرموز",
  passkeys: "مفاتيح المرور",
  passkeysHint: "سجِّل الدخول ببصمتك أو وجهك أو رمز جهازك بدلًا من كلمة المرور.",
  passkeyName: "اسم المفتاح",
  newName: "مفتاح المرور الخاص بي",
  added: "أُضيف",
  lastUsed: "آخر استخدام",
  remove: "إزالة",
  addPasskey: "إضافة مفتاح مرور",
  removePassword: "إزالة كلمة المرور",
  removePasswordHint: "ستسجّل الدخول بمفاتيح المرور فقط.",
};
