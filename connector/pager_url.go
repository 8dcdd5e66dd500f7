package connector

import "paceline/mapping"

// Type next_url follows an address in the answer, whole or relative, until there is none.
var _ = registerPager("next_url", pagerType{
	read: true,
	next: func(a *pageAnswer) (pageStep, bool, error) {
		v := a.value(&a.reads[0])
		if v == nil {
			return pageStep{}, false, nil
		}
		if mapping.KindOf(v) != mapping.String {
			return pageStep{}, false, ErrPageUnread
		}
		address, err := a.address(mapping.Text(v))
		return pageStep{url: address}, true, err
	},
})
