package connector

// Type offset counts the rows before the page: 0, then as many more as each page had. It ends as page does.
var _ = registerPager("offset", pagerType{
	first: new(0), send: true, rows: true,
	next: func(a *pageAnswer) (pageStep, bool, error) {
		return a.counted(a.number() + a.call.result.Rows), a.full(), nil
	},
})
