import type { enAdminLists } from "./en-admin-lists.ts";
import { createPluralizer } from "./plural.ts";

const plural = createPluralizer("ar-u-nu-latn");

/** The words of the operator's lists and of the search, in Arabic. */
export const arAdminLists: typeof enAdminLists = {
  search: "بحث",
  searchHint: "الاسم أو البريد أو أي معرّف",
  results: (query) => `نتائج البحث عن «${query}»`,
  searchLead:
    "أدخل أي جزء من الاسم أو البريد الإلكتروني، أو معرّف مستخدم أو طلب أو اشتراك، أو معرّفًا من " +
    "Stripe ‏(pi_ أو in_ أو cs_ أو sub_ أو cus_ أو ch_)، أو مفتاح API.",
  noResults: "لا توجد نتائج. تحقّق من الكتابة أو جرّب جزءًا أقصر من الاسم.",
  hits: plural({
    one: "نتيجة واحدة",
    two: "نتيجتان",
    few: "# نتائج",
    many: "# نتيجة",
    other: "# نتيجة",
  }),
  kinds: {
    user: "المستخدمون",
    order: "الطلبات",
    subscription: "الاشتراكات",
    invoice: "الفواتير",
    api_key: "مفاتيح API",
    event: "أحداث Webhook",
    plan: "الخطط والباقات",
  },
  filter: "تصفية",
  clear: "مسح التصفية",
  csv: "تصدير CSV",
  all: "الكل",
  more: "إجراءات أخرى",
  copyId: (id) => `نسخ ${id}`,
  openInStripe: "فتح في Stripe",
  noMatches: "لا توجد نتائج مطابقة. غيّر التصفية أو امسحها.",
  customer: "العميل",
  customerFilter: "بريد العميل أو معرّفه",
  manyCustomers: (text) =>
    `يطابق «${text}» أكثر من مستخدم. أدخل بريدًا إلكترونيًا كاملًا أو معرّف مستخدم.`,
  noCustomer: (text) => `لا يوجد مستخدم يطابق «${text}».`,
  erased: "مستخدم محذوف",
  item: "المنتج",
  date: "التاريخ",
  pays: "يدفع",
  trial: "فترة تجريبية",
  perMonth: (amount) => `${amount} شهريًا`,
  lastSeen: "آخر ظهور",
  refundedPart: (amount) => `رُدّ منه ${amount}`,
  viewOrders: "عرض الطلبات",
  viewAudit: "عرض سجل التدقيق",
  viewMails: "عرض رسائل البريد",
  about: "يخص",
};
