import { reword } from '../text/embed';

// What the page says of the partner whose it is; the server writes it into the page.
export type Brand = { Name?: string; Logo?: string; Header?: string; Footer?: string; Wording?: Record<string, string>; Complete?: string; Visit?: string };

export function readBrand(): Brand {
  try {
    return JSON.parse(document.getElementById('brand')?.textContent ?? '{}') as Brand;
  } catch {
    return {};
  }
}

export const brand = readBrand();
reword(brand.Wording);

// withoutPartnerCss takes the partner's own style off the page as long as it takes credentials: style alone can tell what is typed.
export function withoutPartnerCss(): () => void {
  const style = document.getElementById('partner-css') as HTMLStyleElement | null;
  if (style?.sheet) style.sheet.disabled = true;
  return () => {
    if (style?.sheet) style.sheet.disabled = false;
  };
}
