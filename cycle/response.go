package cycle

import (
	"strings"

	"paceline"
)

// replyInputs are the inputs of a Synchronous Response step: its own parameters and fields, as the step has them.
func replyInputs(step *paceline.Step) (list []paceline.PlanInput) {
	for _, p := range step.Params {
		in := paceline.PlanInput{Key: p.Key, Label: replyLabel(p.Key), Type: paceline.TypeUndefined, Mapping: p.Mapping}
		list = append(list, in)
	}
	for _, f := range step.Fields {
		list = append(list, paceline.PlanInput{Field: true, Key: f.Location, Label: f.Location, Type: paceline.TypeUndefined, Mapping: f.Mapping})
	}
	return list
}

func replyLabel(key string) string {
	switch key {
	case paceline.ReplyStatusKey:
		return "Status"
	case paceline.ReplyTypeKey:
		return "Content type"
	case paceline.ReplyBodyKey:
		return "Body"
	}
	_, name, _ := strings.Cut(key, ":")
	return name
}
