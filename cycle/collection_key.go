package cycle

import (
	"paceline"
	"paceline/mapping"
)

// maxKeys bounds the unique fields of a step.
const maxKeys = 50

// checkKeys checks the unique fields of a step: each names a field of a list of another step, and each list has one.
func checkKeys(flow paceline.Flow, step paceline.ID, keys *[]paceline.CollectionKey) error {
	if keys == nil {
		return nil
	}
	if len(*keys) > maxKeys {
		return invalid("CollectionKeys", "there are more than 50")
	}
	seen := map[string]bool{}
	for _, k := range *keys {
		if s, _ := flow.Step(k.Step); s == nil || k.Step == step {
			return invalid("CollectionKeys", "SourceStepId names no other step of the cycle")
		}
		location, err := mapping.ParseLocation(k.Location)
		if err != nil {
			return invalid("CollectionKeys", err.Error())
		}
		list, ok := location.OuterList()
		at := string(k.Step) + " " + list.String()
		if !ok || seen[at] {
			return invalid("CollectionKeys", "each SourceLocation is a field of a list, one of each list")
		}
		seen[at] = true
	}
	return nil
}
