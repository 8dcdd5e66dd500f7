// What the application is called: the server writes it into the page, and with it the partner's mark where the pages are the partner's.
const meta = (name: string) => (typeof document === 'undefined' ? '' : (document.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content ?? ''));

export const product = meta('product') || 'Integrations';

/** The picture beside it; "" without one. */
export const logo = meta('logo');

/** Whether it has a name of the partner's, and so no mark of the maker's. */
export const branded = meta('branded') === 'true';
