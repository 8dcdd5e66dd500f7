package cycle

import (
	"paceline"
	"paceline/connector"
	"paceline/mapping"
)

// splits reports whether the list of a step goes on as one transaction per item: as the step says, else the cycle.
func splits(cycle, step paceline.SplitType, trigger bool) bool {
	if step == "" {
		step = cycle
	}
	switch step {
	case paceline.SplitAll:
		return true
	case paceline.SplitFirst:
		return trigger
	}
	return false
}

// mainList returns the list in the answers of a method that a split takes apart: the one that it declares its rows
// to be, else the only list at the least depth of its fields. ambiguous says that several lie there. The data of a
// transaction never decides.
func mainList(method *connector.MethodDef) (list string, ambiguous bool) {
	if l, ok := outer(method.Response.Rows); ok {
		return l.String(), false
	}
	least := -1
	for _, f := range method.Response.Fields {
		l, ok := outer(f.Loc)
		if !ok {
			continue
		}
		switch depth := l.Depth(); {
		case least < 0 || depth < least:
			least, list, ambiguous = depth, l.String(), false
		case depth == least && l.String() != list:
			ambiguous = true
		}
	}
	if ambiguous {
		return "", true
	}
	return list, false
}

func outer(location string) (mapping.Location, bool) {
	l, err := mapping.ParseLocation(location)
	if err != nil {
		return l, false
	}
	return l.OuterList()
}
