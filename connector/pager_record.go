package connector

import "paceline/mapping"

// Type last_record sends a value of the page's last row, such as its id. It ends as page does.
var _ = registerPager("last_record", pagerType{
	send: true, read: true, from: "body", rows: true,
	next: func(a *pageAnswer) (pageStep, bool, error) {
		var step pageStep
		if !a.full() {
			return step, false, nil
		}
		for i := range a.reads {
			var last mapping.Value
			for v := range a.reads[i].location.GetAll(a.call.result.Output) {
				last = v
			}
			if k := mapping.KindOf(last); k <= mapping.Null || k >= mapping.List {
				return step, false, ErrPageUnread
			}
			step.values = append(step.values, last)
		}
		return step, true, nil
	},
})
