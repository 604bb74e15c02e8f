import { arAccount } from "./ar-account.ts";
import { arActivity } from "./ar-activity.ts";
import { arAdmin } from "./ar-admin.ts";
import { arAgents, arMarketplace } from "./ar-agents.ts";
import { arBrand } from "./ar-brand.ts";
import { arCharts } from "./ar-charts.ts";
import { arChat } from "./ar-chat.ts";
import { arDocs } from "./ar-docs.ts";
import { arFactors } from "./ar-factors.ts";
import { arHome } from "./ar-home.ts";
import { arMailChoice } from "./ar-mail-choice.ts";
import { arMailed } from "./ar-mailed.ts";
import { arOverview } from "./ar-overview.ts";
import { arProviders } from "./ar-providers.ts";
import { arReports } from "./ar-reports.ts";
import { arSetup } from "./ar-setup.ts";
import { arShop } from "./ar-shop.ts";
import { arFlash, arUi } from "./ar-ui.ts";
import { arAsk, arCancel, arCredits, arDone, arKeys, arOrders, arSuccess } from "./ar-wallet.ts";
import type { Words } from "./en.ts";
import { createPluralizer } from "./plural.ts";

const plural = createPluralizer("ar-u-nu-latn");
const credits = plural({
  one: "وحدة رصيد واحدة",
  two: "وحدتا رصيد",
  few: "# وحدات رصيد",
  other: "# وحدة رصيد",
});

/** Every word of the pages in Arabic. */
export const ar: Words = {
  nav: {
    label: "القائمة الرئيسية",
    pricing: "الأسعار",
    marketplace: "السوق",
    chat: "المحادثة",
    overview: "نظرة عامة",
    dashboard: "لوحة التحكم",
    credits: "الرصيد",
    orders: "الطلبات",
    activity: "النشاط",
    keys: "مفاتيح API",
    agents: "الوكلاء",
    admin: "الإدارة",
    docs: "التوثيق",
    signIn: "تسجيل الدخول",
    signUp: "إنشاء حساب",
    account: "الحساب",
    signOut: "تسجيل الخروج",
    skip: "انتقل إلى المحتوى",
    language: "اللغة",
  },
  brand: arBrand,
  home: arHome,
  pricing: {
    title: "الأسعار",
    lead: "ابدأ مجانًا، وادفع عندما تحتاج إلى المزيد.",
    plans: "الخطط",
    packs: "باقات الرصيد",
    tiers: "محادثات مفردة",
    monthly: "شهريًا",
    yearly: "سنويًا",
    once: "مرة واحدة",
    per: { day: "يوميًا", week: "أسبوعيًا", month: "شهريًا", year: "سنويًا" },
    currency: "العملة",
    current: "خطتك الحالية",
    choose: (plan) => `اختر ${plan}`,
    buy: (pack) => `اشترِ ${pack}`,
    onRequest: "عند الطلب",
    none: "لا شيء للبيع بهذه العملة.",
    unlimited: (what) => `${what} بلا حد`,
    allowance: (what, period) => `${what} ${period}`,
    beyond: (included, each, most) =>
      `${included}، ثم ${each} عن كل وحدة إضافية${most === null ? "" : ` (بحد أقصى ${most})`}`,
    credits,
    atOnce: "في آنٍ واحد",
    a: {
      minute: "في الدقيقة",
      hour: "في الساعة",
      day: "في اليوم",
      month: "في الشهر",
      billing: "في كل فترة فوترة",
    },
    meters: {
      message: "رسائل",
      token: "توكنات",
      agent: "وكلاء",
      character: "شخصيات",
      tool: "استدعاءات للأدوات",
      image: "صور",
      model_3d: "نماذج ثلاثية الأبعاد",
    },
    counted: {
      message: plural({ one: "رسالة واحدة", two: "رسالتان", few: "# رسائل", other: "# رسالة" }),
      token: plural({
        one: "توكن واحد",
        two: "توكنان",
        few: "# توكنات",
        many: "# توكنًا",
        other: "# توكن",
      }),
      agent: plural({
        one: "وكيل واحد",
        two: "وكيلان",
        few: "# وكلاء",
        many: "# وكيلًا",
        other: "# وكيل",
      }),
      character: plural({ one: "شخصية واحدة", two: "شخصيتان", few: "# شخصيات", other: "# شخصية" }),
      tool: plural({
        one: "استدعاء واحد للأدوات",
        two: "استدعاءان للأدوات",
        few: "# استدعاءات للأدوات",
        other: "# استدعاء للأدوات",
      }),
      image: plural({ one: "صورة واحدة", two: "صورتان", few: "# صور", other: "# صورة" }),
      model_3d: plural({
        one: "نموذج واحد ثلاثي الأبعاد",
        two: "نموذجان ثلاثيا الأبعاد",
        few: "# نماذج ثلاثية الأبعاد",
        many: "# نموذجًا ثلاثي الأبعاد",
        other: "# نموذج ثلاثي الأبعاد",
      }),
    },
    unlocks: "محادثة واحدة مع مفتاح API",
  },
  sign: {
    inTitle: "تسجيل الدخول",
    upTitle: "إنشاء حساب",
    email: "البريد الإلكتروني",
    password: "كلمة المرور",
    passwordHint: "استخدم 8 أحرف على الأقل، وتجنّب كلمات المرور الشائعة.",
    name: "الاسم (اختياري)",
    inButton: "دخول",
    upButton: "إنشاء الحساب",
    toUp: "ليس لديك حساب؟",
    toIn: "لديك حساب بالفعل؟",
  },
  success: arSuccess,
  cancel: arCancel,
  turnstile: {
    needsScript: "يتحقق هذا النموذج من أنك إنسان، ويحتاج إلى JavaScript.",
    again: "أكمل التحقق من أنك إنسان مرة أخرى.",
  },
  dashboard: {
    held: (amount) => `المحجوز لمحادثات جارية: ${amount}.`,
    frozen: (amount) => `مجمَّد ما دام مصرفك ينازع في دفعته: ${amount}.`,
    changePlan: "تغيير الخطة",
  },

  orders: arOrders,
  ask: arAsk,
  credits: arCredits,
  keys: arKeys,
  chat: arChat,
  agents: arAgents,
  marketplace: arMarketplace,
  admin: arAdmin,
  mailed: arMailed,
  factors: arFactors,
  account: arAccount,
  activity: arActivity,
  setup: arSetup,
  charts: arCharts,
  overview: arOverview,
  reports: arReports,
  providers: arProviders,
  mailChoice: arMailChoice,
  ui: arUi,
  flash: { ...arFlash, ...arAccount.told, ...arDone },
  docs: arDocs,
  shop: arShop,
  suspended: {
    notice: "حسابك موقوف. تواصل مع الدعم.",
    chat: "يمكنك قراءة محادثاتك، لكن لا يمكنك إرسال رسائل.",
  },
  errors: {
    title: "حدث خطأ",
    notFoundTitle: "الصفحة غير موجودة",
    notFound: "لم نعثر على هذه الصفحة.",
    retry: "حاول مرة أخرى",
    home: "الصفحة الرئيسية",
    back: "رجوع",
    foreign: "أعد تحميل الصفحة ثم حاول مجددًا.",
    signInFirst: "سجّل الدخول للمتابعة.",
  },
  common: {
    copy: "نسخ",
    copied: "تم النسخ",
    save: "حفظ",
    remove: "حذف",
    cancel: "إلغاء",
    next: "الأقدم",
    first: "الأحدث",
    none: "لا توجد بيانات بعد",
    of: (used, limit) => `${used} من ${limit}`,
    resets: (when) => `يتجدد ${when}`,
    unlimited: (used) => `${used} (بلا حد)`,
  },
};
