import type { FailureCode } from "../../errors.ts";
import type { RefusalFacts, RefusalText, RefusalWords } from "./refusal-words.ts";

/** Says how much of the plan is used up, and what to do. */
function describeQuota({ usedUp, resets, detail }: RefusalFacts): string {
  if (usedUp !== null) {
    const reset = resets === null ? "" : ` يتجدد استخدامك ${resets}.`;
    return `استخدمت كل ما في خطتك: ${usedUp}.${reset} أضف رصيدًا للمتابعة الآن.`;
  }
  const model = detail("model");
  return model === null
    ? "لا تغطي خطتك ولا رصيدك هذا الطلب. أضف رصيدًا أو رقِّ خطتك."
    : `لا تشمل خطتك النموذج ${model}. أضف رصيدًا أو اختر نموذجًا آخر.`;
}

const codes: Readonly<Record<FailureCode, RefusalText>> = {
  invalid_request: "هذه القيمة غير صالحة.",
  invalid_signature: "التوقيع غير صحيح.",
  idempotency_key_reused: "أُرسل هذا النموذج من قبل بمحتوى مختلف. أعد تحميل الصفحة ثم حاول مجددًا.",
  invalid_api_key: "مفتاح API غير صالح.",
  invalid_token: "انتهت جلستك. سجّل الدخول مجددًا.",
  token_expired: "انتهت جلستك. سجّل الدخول مجددًا.",
  invalid_credentials: "البريد الإلكتروني أو كلمة المرور غير صحيحة.",
  insufficient_quota: describeQuota,
  missing_scope: "لا يملك هذا المفتاح الصلاحية المطلوبة.",
  admin_only: "هذه الصفحة للمشرفين فقط.",
  second_factor_required: "على المشرفين تسجيل الدخول بخطوتين. فعّل ذلك من صفحة حسابك.",
  recent_sign_in_required: "سجّل الدخول مجددًا للمتابعة.",
  account_suspended: "حسابك موقوف. تواصل مع الدعم.",
  payment_required_for_keys: "تُتاح مفاتيح API بعد أول دفعة. اشترِ رصيدًا أو خطة.",
  not_found: "هذا العنصر غير موجود.",
  model_not_found: "هذا النموذج غير متاح. اختر نموذجًا آخر.",
  limit_reached: ({ detail }) =>
    detail("limit") === null
      ? "بلغت الحد الأقصى. احذف عنصرًا لا تحتاجه."
      : `بلغت الحد الأقصى (${detail("limit")}). احذف عنصرًا لا تحتاجه.`,
  conflict: "لا يمكن تنفيذ ذلك الآن. أعد تحميل الصفحة ثم حاول مجددًا.",
  email_taken: "هذا البريد الإلكتروني مسجَّل لحساب آخر.",
  link_required: "لهذا البريد الإلكتروني حساب. سجّل الدخول كالمعتاد، ثم أكّد بريدك.",
  identity_taken: "هذا الحساب مرتبط بمستخدم آخر.",
  idempotency_key_in_use: "ما زال طلبك السابق قيد التنفيذ. انتظر لحظة.",
  already_purchased: "لقد اشتريت هذا من قبل.",
  purchase_limit_exceeded: "بلغت حد الشراء لهذا المفتاح.",
  body_too_large: "المحتوى أكبر من المسموح. اختصره ثم حاول مجددًا.",
  unsupported_media_type: "صيغة الطلب غير مدعومة.",
  card_declined: "رُفضت بطاقتك ولم يُخصم منك شيء. جرّب بطاقة أخرى.",
  stripe_refused: "رفضت Stripe هذا الطلب، ولم يُخصم منك شيء.",
  not_refundable: "لا يمكن رد هذا المبلغ. تواصل مع الدعم.",
  rate_limit_exceeded: ({ retry }) =>
    retry === null
      ? "الطلبات كثيرة جدًا. انتظر قليلًا ثم حاول مجددًا."
      : `الطلبات كثيرة جدًا. حاول مجددًا ${retry}.`,
  provider_refused: "لم يكتمل تسجيل الدخول لدى المزوّد.",
  email_not_proved: "لم يؤكّد المزوّد بريدك الإلكتروني. أكّده لديه، أو أنشئ حسابًا هنا ببريدك.",
  provider_error: "تعذّر تسجيل الدخول عبر المزوّد. حاول مجددًا، أو اختر طريقة أخرى.",
  upstream_error: "تعذّر الحصول على رد من النموذج، ولم يُخصم منك شيء. حاول مجددًا.",
  upstream_timeout: "تأخر رد النموذج، ولم يُخصم منك شيء. حاول مجددًا.",
  billing_unavailable: "الدفع غير متاح الآن، ولم يُخصم منك شيء. حاول بعد قليل.",
  server_busy: "الخادم مشغول الآن. حاول بعد قليل.",
  misconfigured: "هذه الخدمة غير متاحة الآن.",
  internal_error: "حدث خطأ من جهتنا. حاول مجددًا.",
};

/** The words of Arabic pages for each refusal, in place of the wire's English message. */
export const arRefusals: RefusalWords = {
  rules: {
    required: "هذا الحقل مطلوب.",
    wrong_type: "أدخل قيمة صالحة.",
    not_one_of: ({ detail }) => `القيم المتاحة: ${detail("options")}.`,
    too_short: ({ detail }) =>
      detail("limit") === "1" ? "هذا الحقل مطلوب." : `الحد الأدنى لعدد الأحرف: ${detail("limit")}.`,
    too_long: ({ detail }) => `الحد الأقصى لعدد الأحرف: ${detail("limit")}.`,
    too_few: ({ detail }) => `الحد الأدنى لعدد العناصر: ${detail("limit")}.`,
    too_many: ({ detail }) => `الحد الأقصى لعدد العناصر: ${detail("limit")}.`,
    too_low: ({ detail }) => `أدخل ${detail("limit")} أو أكثر.`,
    below_cost: ({ detail }) =>
      `قيمة ${detail("price")} من الرصيد أقل من ${detail("cost")} ` +
      `${detail("currency")?.toUpperCase()} التي يحاسبك بها المزوّد. ارفع هذا السعر.`,
    too_high: ({ detail }) => `أدخل ${detail("limit")} أو أقل.`,
    wrong_format: ({ detail }) => {
      if (detail("format") === "email") return "أدخل بريدًا إلكترونيًا صالحًا.";
      return detail("format") === "url" ? "أدخل رابطًا مثل https://example.com." : null;
    },
    not_multiple_of: ({ detail }) => `أدخل أحد مضاعفات ${detail("limit")}.`,
    password_common: "كلمة المرور هذه شائعة جدًا. اختر غيرها.",
    password_pattern: "يسهل تخمين كلمة المرور هذه لأنها متكررة أو متتابعة. اختر غيرها.",
    password_breached: "ظهرت كلمة المرور هذه في تسريب بيانات. اختر غيرها.",
    password_context: ({ detail }) =>
      `إلى جانب بريدك واسم الموقع، استخدم ${detail("limit")} أحرف أخرى على الأقل.`,
    password_bytes: ({ detail }) => `كلمة المرور أطول من المسموح (${detail("limit")} بايت).`,
    turnstile: "أكمل التحقق من أنك إنسان، ثم أرسل النموذج مجددًا.",
  },
  texts: {
    ...codes,
    "rate_limit_exceeded.network":
      "بلغ عدد الحسابات الجديدة من شبكتك حدّه اليوم. أنشئ حسابك غدًا، أو من شبكة أخرى.",
    "invalid_request.token": "انتهت صلاحية هذا الرابط، أو استُخدم من قبل. اطلب رسالة جديدة.",
    "invalid_request.code": "الرمز غير صحيح أو انتهت صلاحيته. اطلب رسالة جديدة إن لزم.",
    "invalid_request.challengeId": "انتهت مهلة هذه الخطوة. ابدأ تسجيل الدخول من جديد.",
    "invalid_request.sealedState": "انتهت مهلة تسجيل الدخول، أو بدأ في متصفح آخر. ابدأ من جديد.",
    "invalid_request.promotionCode": "هذا الرمز الترويجي غير صالح لهذا الشراء.",
    "invalid_request.currency": "هذه العملة غير متاحة هنا. اختر عملة أخرى.",
    "invalid_credentials.code": "الرمز غير صحيح. تأكد من ضبط ساعة هاتفك، ثم أدخل الرمز التالي.",
    "invalid_credentials.currentPassword": "كلمة المرور الحالية غير صحيحة.",
    "invalid_credentials.password": "كلمة المرور غير صحيحة.",
    "conflict.role": "لا يمكنك تغيير دورك. اطلب ذلك من مشرف آخر.",
    "already_purchased.planId": "لديك هذه الخطة بالفعل.",
  },
};
