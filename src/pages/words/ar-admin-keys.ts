import type { enAdminKeys } from "./en-admin-keys.ts";

/** The words of the page of management keys, in Arabic. */
export const arAdminKeys: typeof enAdminKeys = {
  title: "مفاتيح الإدارة",
  lead:
    "تستخدم خوادمك مفاتيح الإدارة لإنشاء العملاء وبدء جلساتهم والدردشة نيابةً عنهم. " +
    "احتفظ بها على خوادمك فهي لا تعمل في المتصفح.",
  name: "الاسم",
  nameHint: "الخادم أو التطبيق الذي يستخدمه.",
  key: "المفتاح",
  scopes: "الصلاحيات",
  noScope: "اختر صلاحية واحدة على الأقل.",
  scopeTexts: {
    users: "users: إنشاء العملاء وقراءتهم وتحديثهم وحذفهم",
    sessions: "sessions: بدء الجلسات، والدردشة نيابةً عن العملاء",
    credits: "credits: إضافة الرصيد وخصمه",
    catalog: "catalog: تغيير الخطط والنماذج",
    read: "read: قراءة المستخدمين والكتالوج والطلبات والتقارير",
  },
  expires: "ينتهي في",
  create: "إنشاء مفتاح إدارة",
  made: "تم إنشاء مفتاح الإدارة",
  once: "انسخه الآن، فلن يُعرض مرة أخرى.",
  none: "لا مفاتيح إدارة بعد",
  createdAt: "تاريخ الإنشاء",
  used: "آخر استخدام",
  never: "أبدًا",
  status: "الحالة",
  active: "نشط",
  revoked: "ملغى",
  expired: "منتهٍ",
  revoke: "إلغاء",
  revokeQuestion: (name) => `هل تريد إلغاء «${name}»؟ ستتوقف الخوادم التي تستخدمه فورًا.`,
  revokeConfirm: "إلغاء المفتاح",
};
