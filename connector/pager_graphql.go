package connector

import "paceline/mapping"

// Type graphql follows connections as GraphQL servers have them: read leads to the pageInfo, whose endCursor is sent as a
// variable while hasNextPage is true.
var _ = registerPager("graphql", pagerType{
	send: true, read: true, from: "body",
	next: func(a *pageAnswer) (pageStep, bool, error) {
		info := a.value(&a.reads[0])
		if info == nil {
			return pageStep{}, false, nil
		}
		more, _ := hasNextPage.Get(info)
		cursor, _ := endCursor.Get(info)
		switch k := mapping.KindOf(cursor); {
		case mapping.Text(more) != "true":
			return pageStep{}, false, nil
		case k == mapping.List || k == mapping.Object || mapping.Empty(cursor):
			return pageStep{}, false, ErrPageUnread
		}
		return pageStep{values: []mapping.Value{cursor}}, true, nil
	},
})

var (
	hasNextPage = mustLocation("hasNextPage")
	endCursor   = mustLocation("endCursor")
)
