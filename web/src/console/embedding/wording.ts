// Words by their keys as lines of text, "key = word", and back.
export function wordingText(words: Record<string, string> | null | undefined): string {
  return Object.entries(words ?? {}).map(([key, word]) => `${key} = ${word}`).join('\n');
}

export function readWording(text: string): Record<string, string> {
  const words: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    const key = line.slice(0, at).trim();
    if (at > 0 && key) words[key] = line.slice(at + 1).trim();
  }
  return words;
}
