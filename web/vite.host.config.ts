import { defineConfig } from 'vite';

// The script that partners load into their own pages, as a module and for a plain <script> (window.Integrations, which names nobody).
export default defineConfig({
  build: {
    outDir: 'dist/app/host', emptyOutDir: true, target: 'es2020', sourcemap: false,
    lib: { entry: 'src/host/embed.ts', name: 'Integrations', formats: ['es', 'iife'], fileName: (format) => (format === 'es' ? 'embed.mjs' : 'embed.js') },
  },
});
