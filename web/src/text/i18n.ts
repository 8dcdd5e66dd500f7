import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { product } from '../lib/product';
import { en } from './en';

i18next.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en: { translation: { ...en, product } } },
  interpolation: { escapeValue: false }, // React escapes
  returnNull: false,
});

export default i18next;
