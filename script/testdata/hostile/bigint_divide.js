// want: time
function before_action() {
  const a = 3n ** 500000n, b = 7n ** 100000n; let n = 0n; for (let i = 0; i < 1000; i++) n += a / b % 11n; return String(n)
}
