import { branded, logo, product } from '../lib/product';

// Product is what the application is called, with its sign.
export function Product() {
  if (logo) return <img className="pl-logo" src={logo} alt={product} />;
  return <><Mark /> {product}</>;
}

// Mark is the product's sign: three runners of whom the last leads.
export function Mark({ size = 20 }: { size?: number }) {
  if (branded) return null;
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden fill="none" strokeWidth="2.6" strokeLinecap="round">
      <path d="M3 16 7 6" stroke="var(--pl-control)" />
      <path d="M8 16l4-11" stroke="var(--pl-text-2)" />
      <path d="M13 16 17 4" stroke="var(--pl-accent)" />
    </svg>
  );
}
