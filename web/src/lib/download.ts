// download hands a text, or what came as a file, over as a file.
export function download(name: string, text: string | Blob, type = 'application/json') {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name.replace(/[^\p{L}\p{N} ._-]+/gu, '');
  link.click();
  URL.revokeObjectURL(link.href);
}

// csv writes rows as spreadsheets read them: with the mark by which they know UTF-8. A text that a spreadsheet would take for a formula begins with an apostrophe.
export function csv(rows: (string | number)[][]): string {
  const cell = (v: string | number) => {
    const text = typeof v === 'string' && /^[=+\-@\t\r]/.test(v) ? `'${v}` : String(v);
    return /[",\n\r']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}`;
}
