// want: memory
function before_action() {
  const a = new BigInt64Array(5e6); return [...a].map((x) => x + 1n).length
}
