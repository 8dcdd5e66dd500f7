import { gzipSync } from 'node:zlib';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

// Vitest's reporters group failures by a function that Node has from 21 on; without it they end with an error of their own and no failure is told.
(Map as { groupBy?: unknown }).groupBy ??= <K, V>(items: Iterable<V>, keyOf: (item: V, i: number) => K) => {
  const groups = new Map<K, V[]>();
  let i = 0;
  for (const item of items) {
    const key = keyOf(item, i++);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
};

// Files are stored packed beside the plain ones, so that the server packs nothing while it answers.
function pack(): Plugin {
  return {
    name: 'pack',
    apply: 'build',
    writeBundle() {
      const folder = 'dist/app/assets';
      for (const name of readdirSync(folder)) {
        if (/\.(js|css)$/.test(name)) writeFileSync(join(folder, `${name}.gz`), gzipSync(readFileSync(join(folder, name)), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), pack()],
  build: {
    outDir: 'dist/app', emptyOutDir: true, target: 'es2022', sourcemap: false, assetsInlineLimit: 0,
    // The console, and the embedded pages, which share nothing with it that is large.
    rollupOptions: { input: ['index.html', 'embed.html'] },
  },
  server: { proxy: { '/v1.0': 'http://127.0.0.1:8080', '/session': 'http://127.0.0.1:8080', '/docs': 'http://127.0.0.1:8080' } },
});
