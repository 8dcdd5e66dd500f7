package connector

import (
	"fmt"

	"paceline/mapping"
)

// Type page counts pages: 1, 2, 3, or from start. It ends with a page without rows, or with fewer than size.
var _ = registerPager("page", pagerType{
	first: new(1), send: true, rows: true,
	next: func(a *pageAnswer) (pageStep, bool, error) { return a.counted(a.number() + 1), a.full(), nil },
})

// counted is the step to a page that is called by a number. A remote that does not know the parameter
// would answer with the same page for ever, so the rows themselves must differ.
func (a *pageAnswer) counted(n int) pageStep {
	return pageStep{values: []mapping.Value{fmt.Append(nil, n)}, same: a.call.result.Output}
}
