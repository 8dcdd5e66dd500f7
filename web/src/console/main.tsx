import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.css';
import '../ui/tokens.css';
import '../ui/ui.css';
import '../text/i18n';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Problem } from '../lib/ask';
import { resolver, theme } from '../ui/theme';
import { Toasts } from '../ui/Toasts';
import { router } from './router';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      // What the server refuses, it refuses again; a lost connection may come back.
      retry: (n, e) => n < 2 && (!(e instanceof Problem) || e.status === 0 || e.status >= 502),
    },
  },
});

// Who is told "signed out" by the API is asked to sign in again, at the same address.
window.addEventListener('console:signed-out', () => queries.invalidateQueries({ queryKey: ['session'] }));

const nonce = () => document.querySelector<HTMLMetaElement>('meta[name=nonce]')?.content ?? '';

setNonce(nonce()); // for the style that keeps the page still behind a dialog

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={resolver} defaultColorScheme="auto" getStyleNonce={nonce}>
      <QueryClientProvider client={queries}>
        <Toasts>
          <RouterProvider router={router} />
        </Toasts>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
