package connector

import "paceline/mapping"

// Type token sends back what the answer named, one value or several. It ends when the first is not there.
var _ = registerPager("token", pagerType{
	send: true, read: true,
	next: func(a *pageAnswer) (pageStep, bool, error) {
		var step pageStep
		for i := range a.reads {
			v := a.value(&a.reads[i])
			if v == nil && i == 0 {
				return step, false, nil
			}
			if k := mapping.KindOf(v); k == mapping.List || k == mapping.Object {
				return step, false, ErrPageUnread
			}
			step.values = append(step.values, v)
		}
		return step, true, nil
	},
})
