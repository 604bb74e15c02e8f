import { arAdminAudit } from "./ar-admin-audit.ts";
import { arAdminCatalog } from "./ar-admin-catalog.ts";
import { arAdminKeys } from "./ar-admin-keys.ts";
import { arAdminLists } from "./ar-admin-lists.ts";
import { arAdminSales } from "./ar-admin-sales.ts";
import { arAdminSystem } from "./ar-admin-system.ts";
import { arAdminUsers } from "./ar-admin-users.ts";
import type { enAdmin } from "./en-admin.ts";
import { createPluralizer } from "./plural.ts";

const plural = createPluralizer("ar-u-nu-latn");

/** The words of the operator's pages in Arabic. */
export const arAdmin: typeof enAdmin = {
  lists: arAdminLists,
  log: arAdminAudit,
  sale: arAdminSales,
  system: arAdminSystem,
  shop: arAdminCatalog,
  customer: arAdminUsers,
  keys: arAdminKeys,
  label: "الإدارة",
  overview: "نظرة عامة",
  users: "المستخدمون",
  usage: "الاستخدام",
  orders: "الطلبات",
  events: "Webhook",
  drift: "الفروق",
  audit: "سجل التدقيق",
  mails: "رسائل البريد",
  catalog: "الكتالوج",
  filter: "عرض",
  from: "من",
  to: "إلى",
  user: "المستخدم",
  plan: "الخطة",
  status: "الحالة",
  kind: "النوع",
  amount: "المبلغ",
  reason: "السبب",
  never: "أبدًا",
  none: "لا شيء",
  revenue: (currency) => `الإيرادات بـ ${currency}`,
  noRevenue: "لم يُبَع شيء في هذه الأيام.",
  recurring: "شهريًا من الاشتراكات",
  subscriptions: plural({
    one: "اشتراك واحد",
    two: "اشتراكان",
    few: "# اشتراكات",
    many: "# اشتراكًا",
    other: "# اشتراك",
  }),
  activeUsers: "المستخدمون النشطون",
  day: "اليوم",
  paid: "المدفوع",
  back: "المردود",
  net: "الصافي",
  cost: "التكلفة",
  margin: "الهامش",
  noCreditValue: "اضبط CREDIT_VALUE لعرض الهامش، وتكلفة كل نموذج في الكتالوج.",
  topUsers: "الأكثر استهلاكًا",
  role: "الدور",
  roles: { user: "مستخدم", admin: "مدير" },
  email: "البريد الإلكتروني",
  name: "الاسم",
  signedUp: "وقت التسجيل",
  firstPaid: "أول دفعة",
  balance: "الرصيد",
  credits: "الرصيد",
  change: "تغيير",
  kinds: { plan: "خطة أو باقة", subscription: "اشتراك", conversation: "محادثة", agent: "وكيل" },
  orderStatuses: {
    pending: "معلّق",
    completed: "مكتمل",
    failed: "فاشل",
    refunded: "مردود",
    disputed: "متنازع عليه",
  },
  subject: "المعني",
  plans: "الخطط",
  models: "النماذج",
  numberProblem: "أدخل رقمًا.",
};
