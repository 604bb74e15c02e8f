import type { enOverview } from "./en-overview.ts";
import { createPluralizer } from "./plural.ts";

const plural = createPluralizer("ar");

/** The words of the overview of a reader's own account in Arabic. */
export const arOverview: typeof enOverview = {
  title: "نظرة عامة",
  balance: "رصيد الأرصدة",
  worth: (amount) => `≈ ${amount}`,
  exactly: plural({
    one: "رصيد واحد",
    two: "رصيدان",
    few: "# أرصدة",
    many: "# رصيدًا",
    other: "# رصيد",
  }),
  addCredits: "إضافة أرصدة",
  debt: "رصيدك سالب لأن أرصدة خُصمت منه. ستغطيه عملية الشحن القادمة أولًا.",
  low: "رصيدك على وشك النفاد.",
  freeTaken:
    "لا يتضمن هذا الحساب رسائل مجانية، لأن حسابًا آخر لبريدك يستخدمها أو استخدمها خلال الشهر " +
    "الماضي. ما زال بإمكانك شراء خطة أو أرصدة.",
  messagesToday: "رسائل اليوم",
  messages30: plural({
    one: "رسالة واحدة خلال 30 يومًا",
    two: "رسالتان خلال 30 يومًا",
    few: "# رسائل خلال 30 يومًا",
    other: "# رسالة خلال 30 يومًا",
  }),
  spend: "الأرصدة المستخدمة خلال 30 يومًا",
  tokens: "التوكن خلال 30 يومًا",
  plan: "الخطة",
  changePlan: "تغيير الخطة",
  manage: "إدارة الفوترة",
  renews: (when) => `تتجدد في ${when}`,
  ends: (when) => `تنتهي في ${when}`,
  trial: (when) => `تجربة مجانية حتى ${when}`,
  pastDue: (when, plan) => `فشلت آخر عملية دفع. حدّث بطاقتك قبل ${when} للاحتفاظ بخطة ${plan}.`,
  planUsage: "استخدام الخطة",
  noMeters: "لا تتضمن خطتك استخدامًا مشمولًا. تُحسب الرسائل من أرصدتك.",
  resets: (when) => `يتجدد ${when}`,
  thenEach: (each, most) => `ثم ${each} لكل وحدة${most === null ? "" : ` (حتى ${most} إضافية)`}.`,
  beyond: (count, each) =>
    `${count} فوق حد خطتك${each === null ? "" : ` بسعر ${each} لكل وحدة`}، ` +
    "تُضاف إلى فاتورتك القادمة.",
  usage: "الاستخدام",
  measure: "عرض",
  measures: { credits: "الأرصدة", messages: "الرسائل", tokens: "التوكن" },
  usageOf: (measure) => `${measure} حسب النموذج، آخر 30 يومًا`,
  viewActivity: "عرض النشاط",
  emptyTitle: "لا يوجد استخدام بعد",
  emptyText: "تظهر هنا رسائلك وتوكناتك وأرصدتك بعد رسالتك الأولى.",
  firstMessage: "أرسل رسالتك الأولى",
  createKey: "إنشاء مفتاح API",
  expiring: "أرصدة قاربت على الانتهاء",
  expires: (amount, when) => `${amount} في ${when}`,
  exportData: "تصدير بياناتك (JSON)",
};
