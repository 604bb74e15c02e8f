import type { Words } from "./en.ts";
import { createPluralizer } from "./plural.ts";

const plural = createPluralizer("ar-u-nu-latn");
const credits = plural({
  one: "وحدة رصيد واحدة",
  two: "وحدتا رصيد",
  few: "# وحدات رصيد",
  other: "# وحدة رصيد",
});
const models = plural({ one: "نموذج واحد", two: "نموذجان", few: "# نماذج", other: "# نموذجًا" });

/** The words of what a user bought, in Arabic. */
export const arOrders: Words["orders"] = {
  title: "الطلبات",
  lead: "كل مشترياتك مع الإيصالات والفواتير.",
  paidOnly: "المدفوعة",
  all: "الكل",
  show: "عرض",
  none: "لا توجد طلبات بعد",
  noneHint: "ستظهر هنا الخطط والأرصدة والوكلاء التي تشتريها.",
  seePricing: "عرض الأسعار",
  date: "التاريخ",
  item: "المنتج",
  amount: "المبلغ",
  status: "الحالة",
  documents: "المستندات",
  statuses: {
    pending: "غير مدفوع",
    paid: "مدفوع",
    failed: "فشل",
    canceled: "ملغى",
    refunded: "مسترَدّ",
    partlyRefunded: "مسترَدّ جزئيًا",
    disputed: "متنازع عليه",
  },
  receipt: "الإيصال",
  receiptOf: (title) => `إيصال: ${title}`,
  invoice: "الفاتورة",
  pdf: "PDF",
  pdfOf: (title) => `الفاتورة بصيغة PDF: ‏${title}`,
  invoicePage: "عرض الفاتورة",
  invoicePdf: "الفاتورة (PDF)",
  noReceipt: "لا يوجد إيصال لهذا الطلب لدى Stripe.",
  noInvoice: "لا توجد فاتورة لهذا الطلب.",
  back: "كل الطلبات",
  order: "رقم الطلب",
  paidOn: "تاريخ الدفع",
  subtotal: "المجموع الفرعي",
  discount: "الخصم",
  tax: "الضريبة",
  total: "الإجمالي",
  refunds: "المبالغ المستردة",
  refundOn: "استُرد في",
  granted: "يشمل",
  grants: {
    credits,
    plan: (plan) => `خطة ${plan}`,
    conversation: "وصول كامل إلى محادثة واحدة",
    agent: "ترخيص لهذا الوكيل",
  },
  openConversation: "فتح المحادثة",
  openAgent: "فتح الوكيل",
  reason: "السبب",
  unavailable: "تعذر الاتصال بـ Stripe الآن. ستظهر الإيصالات والضرائب هنا عند توفر الاتصال.",
  refund: "طلب استرداد",
  refundQuestion: (days) =>
    "هل تريد استرداد ثمن ما لم تستخدمه؟ سيُلغى الرصيد والوصول غير المستخدم، ويعود المبلغ " +
    "إلى وسيلة " +
    `الدفع خلال ${days} أيام عمل. لا يمكن التراجع عن ذلك.`,
  refundConfirm: "استرداد الجزء غير المستخدم",
  refundUntil: (day) => `يمكنك طلب الاسترداد حتى ${day}.`,
  invoiceKind: "اشتراك",
};

/** The words of the credits page, in Arabic. */
export const arCredits: Words["credits"] = {
  title: "الرصيد",
  balance: "الرصيد",
  available: "المتاح",
  onHold: "محجوز",
  onHoldNote: "لرسائل قيد التنفيذ",
  frozenAmount: "مجمَّد",
  frozenNote: "دفعة متنازع عليها",
  debt: "رصيدك سالب لأن دفعة أُلغيت. سيغطي شحنك القادم هذا المبلغ أولًا.",
  add: "إضافة رصيد",
  packs: "إضافة رصيد",
  view: "عرض",
  ledger: "المعاملات",
  grants: "مشتريات الرصيد",
  when: "التاريخ",
  what: "الوصف",
  amount: "الرصيد",
  after: "الرصيد بعد العملية",
  remaining: "المتبقي",
  of: "الأصلي",
  expires: "ينتهي في",
  never: "لا ينتهي",
  frozen: "مجمَّد",
  back: "مسترَدّ",
  none: "لا توجد معاملات بعد",
  noGrants: "لا يوجد رصيد بعد",
  changes: {
    grant_effective: "تفعيل رصيد",
    grant_expiry: "انتهاء صلاحية رصيد",
    grant_void: "خصم رصيد بعد استرداد",
    grant_restore: "إعادة رصيد",
  },
  chatWith: (model) => `رسالة إلى ${model}`,
};

/** The words of the page of API keys, in Arabic. */
export const arKeys: Words["keys"] = {
  title: "مفاتيح API",
  payFirst: "تتوفر مفاتيح API بعد أول دفعة.",
  toPricing: "عرض الأسعار",
  lead:
    "استخدم مفاتيح API لاستدعاء الواجهة من تطبيقاتك. كل من يملك مفتاحًا يمكنه إنفاق رصيدك " +
    "ضمن حدّه.",
  create: "إنشاء مفتاح API",
  name: "الاسم",
  nameHint: "مثلًا: اسم التطبيق الذي يستخدمه.",
  limit: "حد الرصيد (اختياري)",
  limitHint: "اتركه فارغًا بلا حد.",
  period: "يتجدد الحد",
  periods: { month: "شهريًا", day: "يوميًا", at_once: "لا يتجدد" },
  each: {
    month: "شهريًا",
    day: "يوميًا",
    hour: "في الساعة",
    minute: "في الدقيقة",
    at_once: "إجمالًا",
  },
  expires: "تاريخ الانتهاء (اختياري)",
  models: "النماذج (اختياري)",
  modelsHint: "لا تحدد شيئًا للسماح بكل النماذج، بما فيها ما يُضاف لاحقًا.",
  modelsOf: models,
  scopes: "الصلاحيات",
  scopeTexts: {
    chat: "المحادثة: إرسال الرسائل وإنفاق الرصيد",
    read: "القراءة: الاطلاع على الاستخدام والطلبات والإعدادات",
    write: "الكتابة: تغيير الإعدادات والوكلاء، دون شراء",
  },
  noScope: "حدد صلاحية واحدة على الأقل.",
  made: "مفتاح API الجديد",
  once: "انسخه الآن، فلن يظهر مرة أخرى.",
  key: "المفتاح",
  limitColumn: "الحد",
  spent: (amount) => `أُنفق ${amount} بلا حد`,
  createdAt: "تاريخ الإنشاء",
  used: "آخر استخدام",
  never: "لم يُستخدم",
  expiresOn: (date) => `ينتهي في ${date}`,
  manage: "إدارة",
  all: "كل مفاتيح API",
  edit: "تعديل",
  save: "حفظ التغييرات",
  keepDays: "مدة حفظ الطلبات والردود، بالأيام (اختياري)",
  keepDaysHint: "حتى 30 يومًا. تجدها في صفحة كل رسالة. اتركها فارغة لعدم الحفظ.",
  disabled: "معطَّل",
  isDisabled: "هذا المفتاح معطَّل، وتُرفض الطلبات التي تستخدمه.",
  rotate: "تبديل قيمة المفتاح",
  rotateLead:
    "بدّل قيمة المفتاح دون انقطاع: تحصل على قيمة جديدة، وتبقى القديمة صالحة ريثما تحدّث " +
    "تطبيقاتك. يبقى الحد والاستخدام كما هما.",
  rotateQuestion: (name) => `هل تريد إنشاء قيمة جديدة للمفتاح «${name}»؟`,
  rotateConfirm: "إنشاء قيمة جديدة",
  overlap: "تتوقف القيمة القديمة",
  overlaps: {
    "0": "فورًا، مع كل ما سبقها",
    "3600": "بعد ساعة",
    "86400": "بعد 24 ساعة",
    "604800": "بعد 7 أيام",
  },
  newSecret: "القيمة الجديدة لمفتاح API",
  oldSecretUntil: "تبقى قيمة سابقة لهذا المفتاح صالحة حتى",
  stop: "التعطيل أو الإبطال",
  disableLead:
    "يمكن تفعيل المفتاح المعطَّل من جديد، أما المفتاح المُبطَل فلا يعود. وفي الحالتين تكتمل " +
    "الرسائل الجارية.",
  enableLead: "فعّل المفتاح لاستخدامه من جديد، أو أبطله نهائيًا.",
  disable: "تعطيل المفتاح",
  disableQuestion: (name) => `هل تريد تعطيل «${name}»؟ ستتوقف تطبيقاتك التي تستخدمه حتى تفعّله.`,
  enable: "تفعيل المفتاح",
  revoke: "إبطال",
  revokeQuestion: (name) =>
    `هل تريد إبطال «${name}»؟ ستتوقف التطبيقات التي تستخدمه فورًا. لا يمكن التراجع عن ذلك.`,
  revokeConfirm: "إبطال المفتاح",
  none: "لا توجد مفاتيح بعد",
};

/** The words after Stripe's page, in Arabic. */
export const arSuccess: Words["success"] = {
  title: "تم استلام الدفعة",
  confirming: "جارٍ تأكيد الدفعة",
  waiting: "يستغرق ذلك عادة بضع ثوانٍ، وقد يستغرق الخصم البنكي بضعة أيام.",
  waitingShort: "في انتظار Stripe…",
  again: "تحديث",
  added: (count) => `أُضيف ${credits(count)}`,
  ready: (title) => `‏${title} جاهز`,
  balance: (amount) => `رصيدك الآن ${amount}.`,
  receipt: "عرض الطلب والإيصال",
  failed: "لم تكتمل الدفعة",
  cardHadTrial:
    "استُخدمت التجربة المجانية لهذه البطاقة مع حساب آخر، لذلك أُلغي الاشتراك. لم يُخصم منك شيء، " +
    "ويمكنك الاشتراك دون تجربة.",
  key: "مفتاح API الجديد",
  keyOnce: "انسخه الآن، فلن يظهر مرة أخرى.",
  toConversation: "العودة إلى المحادثة",
  toAgent: "محادثة",
  goOn: "متابعة",
};

/** The words for a buyer who left Stripe's page, in Arabic. */
export const arCancel: Words["cancel"] = {
  title: "أُلغيت عملية الشراء",
  text: "لم يُخصم منك شيء.",
  back: "العودة إلى الأسعار",
  goOn: "متابعة",
};

/** The words of what is asked once before it is done, in Arabic. */
export const arAsk: Words["ask"] = {
  cancelPlan: "إلغاء الخطة",
  keepPlan: "الإبقاء على خطتي",
  cancelQuestion: (plan, end) =>
    `هل تريد إلغاء ${plan}؟ تبقى لك حتى ${end} ولن تُحاسَب مجددًا. بعدها تنتقل إلى الخطة ` +
    `المجانية ` +
    "وتفقد ما تشمله هذه الخطة وحدها. يبقى الرصيد الذي اشتريته.",
  cancelReason: "ما سبب الإلغاء؟ (اختياري)",
  endSession: "هل تريد إنهاء هذه الجلسة؟ سيلزم تسجيل الدخول مجددًا على ذلك الجهاز.",
  endSessions: "هل تريد إنهاء كل الجلسات الأخرى؟ سيلزم تسجيل الدخول مجددًا على كل جهاز آخر.",
  removePasskey: (name) => `هل تريد إزالة «${name}»؟ لن تتمكن من تسجيل الدخول به.`,
  removePassword: "هل تريد إزالة كلمة المرور؟ لن تتمكن بعدها من الدخول إلا بمفتاح مرور.",
  deleteAgent: (name) => `هل تريد حذف ${name}؟ يحتفظ به من اشتراه. لا يمكن التراجع عن ذلك.`,
  unlistAgent: (name) =>
    `هل تريد سحب ${name} من السوق؟ لن يتمكن أحد من شرائه، ويحتفظ به من اشتراه.`,
  deleteChat: "هل تريد حذف هذه المحادثة وكل رسائلها؟ لا يمكن التراجع عن ذلك.",
};

/** What is told after it was done, in Arabic. */
export const arDone = {
  planCanceled: "أُلغيت خطتك. تبقى لك حتى {}.",
  planKept: "تستمر خطتك وتتجدد كما كانت.",
  keyRevoked: "أُبطل «{}».",
  keySaved: "حُفظ «{}».",
  keyDisabled: "عُطّل «{}».",
  keyEnabled: "فُعّل «{}».",
  refunded: "استرددت {}.",
  agentCreated: "أُنشئ {}.",
  agentSaved: "حُفظت التغييرات.",
  agentListed: "أصبح {} معروضًا في السوق.",
  agentUnlisted: "سُحب {} من السوق.",
  agentDeleted: "حُذف {}.",
  chatDeleted: "حُذفت المحادثة.",
};
