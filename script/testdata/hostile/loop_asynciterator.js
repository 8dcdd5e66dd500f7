// want: time
function before_action() {
  return (async () => { for await (const x of { [Symbol.asyncIterator]() { return { next() { for (;;); } }; } }); })()
}
