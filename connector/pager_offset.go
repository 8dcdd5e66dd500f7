package connector

// Type offset counts the rows before the page: 0, then as many more as each page had. It ends as page does. With unit bytes it
// counts the bytes of the answers before, each of which has whole rows, and ends with an answer without any.
var _ = registerPager("offset", pagerType{
	first: new(0), send: true, rows: true,
	next: func(a *pageAnswer) (pageStep, bool, error) {
		if a.rules.Unit == "bytes" {
			return a.counted(a.number() + a.bytes()), a.call.result.Rows > 0, nil
		}
		return a.counted(a.number() + a.call.result.Rows), a.full(), nil
	},
})

// bytes is the size of the answer without compression.
func (a *pageAnswer) bytes() int {
	if a.stream != nil {
		return int(a.stream.size)
	}
	return len(a.body)
}
