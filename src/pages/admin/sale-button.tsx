import type { PageContext } from "../context.ts";
import { Confirm } from "../ui/confirm.tsx";
import { ActionButton } from "./admin-components.tsx";

/** The button that puts a plan on sale, or takes it off after it asked once. */
export const SaleButton = ({
  c,
  plan: { id, name, isActive },
}: {
  c: PageContext;
  plan: { readonly id: string; readonly name: string; readonly isActive: boolean };
}) => {
  const { shop: words } = c.var.words.admin;
  return isActive ? (
    <Confirm
      c={c}
      action={`/admin/plans/${id}/deactivate`}
      label={words.takeOffSale}
      question={words.takeOffSaleQuestion(name)}
    />
  ) : (
    <ActionButton action={`/admin/plans/${id}/activate`} text={words.putOnSale} kind="plain" />
  );
};
