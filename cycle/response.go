package cycle

import (
	"strings"

	"paceline"
	"paceline/mapping"
)

// ReplyField begins the key of a field of an answer's JSON body; the other keys are those of paceline.PlanInput.
const ReplyField = "field:"

// ReplyInput is one value of a Synchronous Response step.
type ReplyInput struct {
	Key     string
	Mapping paceline.Mapping
}

// applyWebhooks sets by what a webhook step finds its transaction, and what a Synchronous Response step answers.
func (in StepInput) applyWebhooks(s *paceline.Step) error {
	if k := in.WebhookKey; k != nil {
		for name, location := range map[string]string{"Location": k.Location, "SourceLocation": k.SourceLocation} {
			if _, err := mapping.ParseLocation(location); location != "" && err != nil {
				return invalid(name, err.Error())
			}
		}
		s.WebhookKey = k
	}
	if in.Response == nil {
		return nil
	}
	s.Params, s.Fields = nil, nil
	seen := map[string]bool{}
	for _, r := range in.Response {
		if seen[r.Key] {
			return invalid("Key", r.Key+" stands twice")
		}
		seen[r.Key] = true
		if err := CheckMapping(r.Mapping); err != nil {
			return err
		}
		if location, ok := strings.CutPrefix(r.Key, ReplyField); ok {
			if _, err := mapping.ParseLocation(location); err != nil {
				return invalid("Key", err.Error())
			}
			s.Fields = append(s.Fields, paceline.FieldMapping{Location: location, Mapping: r.Mapping})
			continue
		}
		name, header := strings.CutPrefix(r.Key, paceline.ReplyHeader+":")
		known := r.Key == paceline.ReplyStatusKey || r.Key == paceline.ReplyTypeKey || r.Key == paceline.ReplyBodyKey
		if !known && !(header && paceline.AnswerHeader(name)) {
			return invalid("Key", "an answer has no "+r.Key)
		}
		s.Params = append(s.Params, paceline.ParamMapping{Key: r.Key, Mapping: r.Mapping})
	}
	return nil
}

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
